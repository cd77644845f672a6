/** W1: a perceptron 784-128-10 with ReLU, softmax cross-entropy and SGD, batch 64. */
import { crossEntropy, linear, named, parametersOf, relu, sequential, sgd, training } from 'cotangent';
import { data } from '#common';
import { type AnyEngine, denseKernel, held, heldClasses, type Step, trainingStep } from './work.ts';

export function perceptronStep(engine: AnyEngine): Step {
  const { x, y, w1, w2 } = data.mlp();
  const [images, labels] = [held('x', [64, 784], x), heldClasses('y', [64], y)];
  const { perceptron } = named({
    perceptron: sequential(
      linear({ units: 128, kernelInitializer: denseKernel(w1, 128, 784) }),
      relu(),
      linear({ units: 10, kernelInitializer: denseKernel(w2, 10, 128) }),
    ),
  });
  return trainingStep(engine, () => {
    const loss = crossEntropy(training(perceptron)(images), labels);
    return { loss, updates: sgd({ learningRate: 0.1 }).minimize(loss, parametersOf(perceptron)) };
  });
}
