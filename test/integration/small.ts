/** A small training that has everything: dropout, batch norm, momentum, a schedule, shuffled data. */
import { HostArray, input } from '@cotangent/graph';
import { batchNorm, crossEntropy, dropout, linear, named, relu, sequential } from '@cotangent/layers';
import { accuracy, adam, fromArrays, oneCycleSchedule, trainer } from '@cotangent/train';
import seedrandom from 'seedrandom';

/** Two noisy classes of points. */
export function points(count: number) {
  const draw = seedrandom('points');
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const values = Float32Array.from(
    { length: count * 4 },
    (_, i) => draw() - 0.5 + (labels[i >> 2] === 1 ? 0.4 : 0) * (i % 2),
  );
  return fromArrays({
    x: new HostArray('f32', [count, 4], values),
    label: new HostArray('i32', [count], labels),
  });
}

export function smallTrainer(seed: number | string = 1) {
  const { net } = named({
    net: sequential(linear({ units: 8 }), batchNorm(), relu(), dropout(0.3), linear({ units: 2 })),
  });
  return trainer({
    model: net,
    inputs: [input('x', ['batch', 4]), input('label', ['batch'], 'i32')],
    loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
    optimizer: adam({ learningRate: 0.01 }),
    schedule: oneCycleSchedule({ maximum: 0.02, steps: 40 }),
    metrics: { accuracy: accuracy() },
    seed,
  });
}

export const smallData = () => points(83).shuffle('order').batch(8);
