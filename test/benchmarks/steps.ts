/**
 * Training steps of the interpreter: a perceptron 784-128-10 with SGD, and a convolutional network for 28 × 28 images
 * with Adam, both in batches of 64. `npm run bench:steps` prints the medians and ends with one line of JSON.
 */
import { compile } from '@cotangent/engine';
import { HostArray, input } from '@cotangent/graph';
import {
  type AnyLayer,
  batchNorm,
  conv2d,
  crossEntropy,
  flatten,
  linear,
  maxPool2d,
  named,
  parametersOf,
  relu,
  sequential,
  training,
} from '@cotangent/layers';
import { adam, type Optimizer, sgd } from '@cotangent/train';
import seedrandom from 'seedrandom';

const batch = 64;
const draw = seedrandom('steps');
const labels = new HostArray(
  'i32',
  [batch],
  Int32Array.from({ length: batch }, (_, i) => i % 10),
);

/** Milliseconds of each of so many steps, after a few that are not counted. */
function stepTimes(model: AnyLayer, shape: readonly number[], optimizer: Optimizer, steps: number): number[] {
  const x = input('x', ['batch', ...shape]);
  const y = input('y', ['batch'], 'i32');
  const loss = crossEntropy(training(model)(x), y);
  const step = compile({
    inputs: [x, y],
    outputs: loss,
    updates: optimizer.minimize(loss, parametersOf(model)),
  });
  const size = shape.reduce((product, entry) => product * entry, batch);
  const images = new HostArray('f32', [batch, ...shape], Float32Array.from({ length: size }, draw));
  const times: number[] = [];
  for (let i = 0; i < steps + 5; i++) {
    const started = performance.now();
    step({ x: images, y: labels });
    if (i >= 5) times.push(performance.now() - started);
  }
  return times;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const { perceptron, convolutional } = named({
  perceptron: sequential(linear({ units: 128 }), relu(), linear({ units: 10 })),
  convolutional: sequential(
    conv2d({ filters: 16, kernel: 3 }),
    batchNorm(),
    relu(),
    maxPool2d(2),
    conv2d({ filters: 32, kernel: 3 }),
    batchNorm(),
    relu(),
    maxPool2d(2),
    flatten(),
    linear({ units: 128 }),
    relu(),
    linear({ units: 10 }),
  ),
});
const perceptronMs = median(stepTimes(perceptron, [784], sgd({ learningRate: 0.1 }), 40));
const convolutionalMs = median(stepTimes(convolutional, [28, 28, 1], adam(), 15));
console.log(`perceptron 784-128-10, SGD:    ${perceptronMs.toFixed(1)} ms a step`);
console.log(`convolutional network, Adam:   ${convolutionalMs.toFixed(1)} ms a step`);
console.log(
  JSON.stringify({
    perceptronMs: Number(perceptronMs.toFixed(2)),
    convolutionalMs: Number(convolutionalMs.toFixed(1)),
  }),
);
