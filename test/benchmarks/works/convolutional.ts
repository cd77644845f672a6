/**
 * W2: a convolutional network for 28 × 28 images with batch norm, trained by Adam, batch 64. W8: the same network in
 * evaluation.
 */
import {
  adam,
  batchNorm,
  compile,
  conv2d,
  crossEntropy,
  evaluation,
  flatten,
  HostArray,
  linear,
  maxPool2d,
  named,
  parametersOf,
  relu,
  sequential,
  training,
} from 'cotangent';
import { data, permute } from '#common';
import {
  type AnyEngine,
  denseKernel,
  held,
  heldClasses,
  type Repeated,
  type Step,
  trainingStep,
  windowKernel,
} from './work.ts';

function network(batch: number) {
  const { x, y, c1, c2, d1, d2, rm1, rv1, rm2, rv2 } = data.cnn(batch);
  // The peers flatten [channels, height, width], we [height, width, channels].
  const reordered = permute(d1, [128, 32, 7, 7], [0, 2, 3, 1]);
  const { model } = named({
    model: sequential(
      conv2d({ filters: 16, kernel: 3, padding: 'same', kernelInitializer: windowKernel(c1, 16, 1) }),
      batchNorm({ name: 'norm1' }),
      relu(),
      maxPool2d(2),
      conv2d({ filters: 32, kernel: 3, padding: 'same', kernelInitializer: windowKernel(c2, 32, 16) }),
      batchNorm({ name: 'norm2' }),
      relu(),
      maxPool2d(2),
      flatten(),
      linear({ units: 128, kernelInitializer: denseKernel(reordered, 128, 1568) }),
      relu(),
      linear({ units: 10, kernelInitializer: denseKernel(d2, 10, 128) }),
    ),
  });
  const statistics = {
    'model/norm1/runningMean': rm1,
    'model/norm1/runningVariance': rv1,
    'model/norm2/runningMean': rm2,
    'model/norm2/runningVariance': rv2,
  };
  return { model, statistics, x: held('x', [batch, 28, 28, 1], x), y: heldClasses('y', [batch], y) };
}

export function convolutionalStep(engine: AnyEngine): Step {
  const { model, x, y } = network(64);
  return trainingStep(engine, () => {
    const loss = crossEntropy(training(model)(x), y);
    return { loss, updates: adam({ learningRate: 1e-3 }).minimize(loss, parametersOf(model)) };
  });
}

export function inference(engine: AnyEngine, batch: number): Repeated {
  const { model, statistics, x } = network(batch);
  const program = compile({ inputs: [], outputs: evaluation(model)(x) }, { engine });
  for (const [path, values] of Object.entries(statistics))
    program.state.set(path, new HostArray('f32', [values.length], values));
  return {
    step: () => program({}),
    check: async () => (await program({})).data[0]!,
  };
}
