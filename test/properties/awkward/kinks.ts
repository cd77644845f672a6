/** Kinks, and ties of extremes. */
import * as ops from '@cotangent/graph/ops';
import { type Awkward, constant } from './awkward.ts';

const inf = Infinity;

export const kinks: readonly Awkward[] = [
  {
    what: 'relu',
    f: ops.relu,
    at: [-1, -0, 0, 1],
    value: [0, 0, 0, 1],
    first: [0, 0, 0, 1],
    second: [0, 0, 0, 0],
  },
  {
    what: 'abs',
    f: ops.abs,
    at: [-2, -0, 0, 3],
    value: [2, 0, 0, 3],
    first: [-1, 0, 0, 1],
    second: [0, 0, 0, 0],
  },
  { what: 'sign', f: ops.sign, at: [-2, 0, 3], value: [-1, 0, 1], first: [0, 0, 0], second: [0, 0, 0] },
  { what: 'round', f: ops.round, at: [0.5, 1.5], value: [0, 2], first: [0, 0], second: [0, 0] },
  {
    what: 'clamp at its ends',
    f: (x) => ops.clamp(x, -1, 1),
    at: [-2, -1, 0, 1, 2],
    value: [-1, -1, 0, 1, 1],
    first: [0, 1, 1, 1, 0],
    second: [0, 0, 0, 0, 0],
  },
  {
    what: 'leakyRelu',
    f: (x) => ops.leakyRelu(x, 0.1),
    at: [-1, 0, 1],
    value: [-0.1, 0, 1],
    first: [0.1, 0.1, 1],
    second: [0, 0, 0],
  },
  { what: 'relu6', f: ops.relu6, at: [0, 6], value: [0, 6], first: [0, 0], second: [0, 0] },
  {
    what: 'elu',
    f: (x) => ops.elu(x),
    at: [0, -1e4, 1e4],
    value: [0, -1, 1e4],
    first: [1, 0, 1],
    second: [1, 0, 0],
  },
  { what: 'softsign', f: ops.softsign, at: [0], value: [0], first: [1], second: [-2] },
];

export const ties: readonly Awkward[] = [
  {
    what: 'maximum',
    f: (x) => ops.maximum(x, 1),
    at: [0, 1, 2],
    value: [1, 1, 2],
    first: [0, 0.5, 1],
    second: [0, 0, 0],
  },
  {
    what: 'minimum',
    f: (x) => ops.minimum(x, 1),
    at: [0, 1, 2],
    value: [0, 1, 1],
    first: [1, 0.5, 0],
    second: [0, 0, 0],
  },
  {
    what: 'maximum of a thing and itself',
    f: (x) => ops.maximum(x, x),
    at: [2],
    value: [2],
    first: [1],
    second: [0],
  },
  {
    what: 'max over an axis',
    f: (x) => ops.max(x),
    at: [2, 2, 1, 2],
    value: [2],
    first: [1 / 3, 1 / 3, 0, 1 / 3],
    second: [0, 0, 0, 0],
  },
  {
    what: 'min over an axis',
    f: (x) => ops.min(x),
    at: [0, -0, 1],
    value: [-0],
    first: [0.5, 0.5, 0],
    second: [0, 0, 0],
  },
  {
    what: 'max of infinities',
    f: (x) => ops.max(x),
    at: [-inf, -inf],
    value: [-inf],
    first: [0.5, 0.5],
    second: [0, 0],
  },
  {
    what: 'max pooling: the first in row-major order',
    f: (x) => ops.maxPool(ops.reshape(x, [1, 4, 1]), 2, { stride: 1 }),
    at: [1, 1, 1, 0],
    value: [1, 1, 1],
    first: [1, 1, 1, 0],
    second: [0, 0, 0, 0],
  },
  {
    what: 'sort is stable',
    f: (x) => ops.mul(ops.sort(x), constant(1, 10, 100)),
    at: [2, 1, 1],
    value: [1, 10, 200],
    first: [100, 1, 10],
    second: [0, 0, 0],
  },
  {
    what: 'topK: the lower position',
    f: (x) => ops.topK(x, 1)[0]!,
    at: [1, 1],
    value: [1],
    first: [1, 0],
    second: [0, 0],
  },
];
