/** Steps of training that are large enough to be shared: a convolutional network, and recurrent ones over time. */

import { initialValue } from '@cotangent/engine';
import { closeGraph, HostArray, input } from '@cotangent/graph';
import {
  type AnyLayer,
  batchNorm,
  conv2d,
  crossEntropy,
  flatten,
  gru,
  linear,
  lstm,
  maxPool2d,
  named,
  parametersOf,
  relu,
  sequential,
  training,
} from '@cotangent/layers';
import { specialize } from '@cotangent/rewrite';
import { adam, type Optimizer, sgd } from '@cotangent/train';
import { drawn } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import type { Fed } from './programs.ts';

/** One step of a model on examples of a shape, of ten classes. */
function trainingOf(model: AnyLayer, batch: number, shape: readonly number[], optimizer: Optimizer): Fed {
  const x = input('x', [batch, ...shape]);
  const labels = input('labels', [batch, ...shape.slice(0, -1).slice(0, shape.length === 2 ? 1 : 0)], 'i32');
  const loss = crossEntropy(training(model)(x), labels);
  const graph = specialize(
    closeGraph({
      inputs: [x, labels],
      outputs: { loss },
      updates: optimizer.minimize(loss, parametersOf(model)),
    }),
    {},
  );
  const random = new Random(batch);
  const classes = labels.shape.reduce((count, size) => count * size, 1);
  return {
    graph,
    inputs: {
      x: drawn(random, 'f32', [batch, ...shape], { draw: (source) => source.real(-1, 1) }),
      labels: new HostArray(
        'i32',
        labels.shape,
        Int32Array.from({ length: classes }, (_, i) => (7 * i) % 10),
      ),
    },
    variables: Object.fromEntries(
      graph.variables.map(({ path, shape: sizes, dtype, initializer }) => [
        path,
        initialValue(initializer, sizes as readonly number[], dtype, 1, path),
      ]),
    ),
  };
}

export function convolutional(optimizer: Optimizer = adam()): Fed {
  const { model } = named({
    model: sequential(
      conv2d({ filters: 16, kernel: 3, padding: 'same' }),
      batchNorm(),
      relu(),
      maxPool2d(2),
      conv2d({ filters: 32, kernel: 3, padding: 'same' }),
      batchNorm(),
      relu(),
      maxPool2d(2),
      flatten(),
      linear({ units: 64 }),
      relu(),
      linear({ units: 10 }),
    ),
  });
  return trainingOf(model, 16, [28, 28, 1], optimizer);
}

export function recurrent(kind: 'lstm' | 'gru'): Fed {
  const cell = kind === 'lstm' ? lstm({ units: 96 }) : gru({ units: 96 });
  const { model } = named({ model: sequential(cell, linear({ units: 10 })) });
  return trainingOf(model, 24, [12, 40], sgd({ learningRate: 0.1 }));
}
