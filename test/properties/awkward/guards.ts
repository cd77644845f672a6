/** Branches with an infinite slope or NaN that a guard does not take. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Awkward } from './awkward.ts';

const guarded =
  (condition: (x: AnyTensor) => AnyTensor, branch: (x: AnyTensor) => AnyTensor): Awkward['f'] =>
  (x) =>
    ops.where(condition(x), branch(x), 0);
const positive = (x: AnyTensor): AnyTensor => ops.greater(x, 0);

export const guards: readonly Awkward[] = [
  {
    what: 'log',
    f: guarded(positive, ops.log),
    at: [-1, 0, 2],
    value: [0, 0, Math.LN2],
    first: [0, 0, 0.5],
    second: [0, 0, -0.25],
  },
  {
    what: 'x·log(x)',
    f: guarded(positive, (x) => ops.mul(x, ops.log(x))),
    at: [-1, 0, 1],
    value: [0, 0, 0],
    first: [0, 0, 1],
    second: [0, 0, 1],
  },
  {
    what: '1/x',
    f: guarded((x) => ops.notEqual(x, 0), ops.reciprocal),
    at: [0, 2],
    value: [0, 0.5],
    first: [0, -0.25],
    second: [0, 0.25],
  },
  {
    what: '1/x as a quotient of tensors',
    f: guarded(
      (x) => ops.notEqual(x, 0),
      (x) => ops.div(ops.sin(x), x),
    ),
    at: [0],
    value: [0],
    first: [0],
    second: [0],
  },
  {
    what: 'exp',
    f: guarded((x) => ops.less(x, 100), ops.exp),
    at: [0, 1000],
    value: [1, 0],
    first: [1, 0],
    second: [1, 0],
  },
  {
    what: 'expm1',
    f: guarded((x) => ops.less(x, 100), ops.expm1),
    at: [0, 1000],
    value: [0, 0],
    first: [1, 0],
    second: [1, 0],
  },
  {
    what: 'sqrt',
    f: guarded(positive, ops.sqrt),
    at: [-1, 0, 4],
    value: [0, 0, 2],
    first: [0, 0, 0.25],
    second: [0, 0, -1 / 32],
  },
  {
    what: 'rsqrt',
    f: guarded(positive, ops.rsqrt),
    at: [-1, 0, 4],
    value: [0, 0, 0.5],
    first: [0, 0, -1 / 16],
    second: [0, 0, 3 / 128],
  },
  {
    what: 'log1p',
    f: guarded((x) => ops.greater(x, -1), ops.log1p),
    at: [-2, -1, 0],
    value: [0, 0, 0],
    first: [0, 0, 1],
    second: [0, 0, -1],
  },
  {
    what: 'atan2 at the origin',
    f: guarded(
      (x) => ops.notEqual(x, 0),
      (x) => ops.atan2(x, x),
    ),
    at: [0],
    value: [0],
    first: [0],
    second: [0],
  },
  {
    what: 'pow of a negative base',
    f: guarded(positive, (x) => ops.pow(x, 0.5)),
    at: [-1, 0, 4],
    value: [0, 0, 2],
    first: [0, 0, 0.25],
    second: [0, 0, -1 / 32],
  },
  {
    what: 'tanh(log(x)): a NaN on the way',
    f: guarded(positive, (x) => ops.tanh(ops.log(x))),
    at: [-1, 0, 1],
    value: [0, 0, 0],
    first: [0, 0, 1],
    second: [0, 0, -1],
  },
  {
    what: 'sin(1/x): a NaN on the way',
    f: guarded(
      (x) => ops.notEqual(x, 0),
      (x) => ops.sin(ops.reciprocal(x)),
    ),
    at: [0],
    value: [0],
    first: [0],
    second: [0],
  },
  {
    what: 'cos(log(x))',
    f: guarded(positive, (x) => ops.cos(ops.log(x))),
    at: [-1, 0, 1],
    value: [0, 0, 1],
    first: [0, 0, 0],
    second: [0, 0, -1],
  },
  {
    what: 'sigmoid(log(x))',
    f: guarded(positive, (x) => ops.sigmoid(ops.log(x))),
    at: [-1, 0, 1],
    value: [0, 0, 0.5],
    first: [0, 0, 0.25],
    second: [0, 0, -0.25],
  },
  {
    what: 'erf(log(x))',
    f: guarded(positive, (x) => ops.erf(ops.log(x))),
    at: [-1, 0, 1],
    value: [0, 0, 0],
    first: [0, 0, 2 / Math.sqrt(Math.PI)],
    second: [0, 0, -2 / Math.sqrt(Math.PI)],
  },
  {
    what: '|log(x)|',
    f: guarded(positive, (x) => ops.abs(ops.log(x))),
    at: [-1, Math.E],
    value: [0, 1],
    first: [0, 1 / Math.E],
    second: [0, -Math.exp(-2)],
  },
  {
    what: 'tan(log(x))',
    f: guarded(positive, (x) => ops.tan(ops.log(x))),
    at: [-1, 1],
    value: [0, 0],
    first: [0, 1],
    second: [0, -1],
  },
  {
    what: 'prod(log(x)) of entries that are not taken',
    f: (x) => ops.prod(ops.where(positive(x), ops.log(x), 1)),
    at: [-1, 0, Math.E],
    value: [1],
    first: [0, 0, 1 / Math.E],
    second: [0, 0, -Math.exp(-2)],
  },
];
