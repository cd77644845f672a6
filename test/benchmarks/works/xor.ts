/** W4: XOR with a network 2-8-1, tanh and sigmoid, mean squared error and SGD. */
import {
  linear,
  meanSquaredError,
  named,
  parametersOf,
  sequential,
  sgd,
  sigmoid,
  tanh,
  training,
} from 'cotangent';
import { data } from '#common';
import { type AnyEngine, denseKernel, held, rowOf, type Step, trainingStep } from './work.ts';

export function xorStep(engine: AnyEngine): Step {
  const { x, y, w1, b1, w2 } = data.xor();
  const { network } = named({
    network: sequential(
      linear({ units: 8, kernelInitializer: denseKernel(w1, 8, 2), biasInitializer: rowOf(b1) }),
      tanh(),
      linear({ units: 1, kernelInitializer: denseKernel(w2, 1, 8) }),
      sigmoid(),
    ),
  });
  const [points, targets] = [held('x', [4, 2], x), held('y', [4, 1], y)];
  return trainingStep(engine, () => {
    const loss = meanSquaredError(training(network)(points), targets);
    return { loss, updates: sgd({ learningRate: 0.5 }).minimize(loss, parametersOf(network)) };
  });
}
