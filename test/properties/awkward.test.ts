/**
 * Decisions at awkward points: kinks, ties, infinite slopes, guarded branches, extreme arguments. Value, first and
 * second derivative, forward and in reverse; never NaN where the derivative exists.
 */
import { grad, hvp, jvp } from '@cotangent/autodiff';
import { type AnyTensor, Input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../cases/arrays.ts';
import { runner } from './running.ts';

interface Awkward {
  readonly what: string;
  readonly f: (x: AnyTensor) => AnyTensor;
  readonly at: readonly number[];
  readonly value: readonly number[];
  /** Of the sum of the values. */
  readonly first: readonly number[];
  /** The Hessian of the sum times (1, 1, …); left out where there is none. */
  readonly second?: readonly number[];
}

const nan = Number.NaN;
const inf = Infinity;
const half = (x: AnyTensor, from: number, to: number): AnyTensor => ops.slice(x, 0, from, to);
/** x^p with the exponent as a tensor, for pairs [x, p]. */
const powers = (xs: AnyTensor): AnyTensor => ops.binary('pow', half(xs, 0, 1), half(xs, 1, 2));
const guarded =
  (condition: (x: AnyTensor) => AnyTensor, branch: (x: AnyTensor) => AnyTensor): Awkward['f'] =>
  (x) =>
    ops.where(condition(x), branch(x), 0);
const positive = (x: AnyTensor): AnyTensor => ops.greater(x, 0);
const constant = (...values: readonly number[]): AnyTensor => ops.constantOfArray(values, 'f64');

const kinks: readonly Awkward[] = [
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

const ties: readonly Awkward[] = [
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

const zeros: readonly Awkward[] = [
  { what: 'sqrt: the slope is infinite', f: ops.sqrt, at: [0, 4], value: [0, 2], first: [inf, 0.25] },
  {
    what: 'sqrt of a square at 0: infinity meets an exact 0',
    f: (x) => ops.sqrt(ops.square(x)),
    at: [0],
    value: [0],
    first: [0],
  },
  { what: 'the norm of zero', f: (x) => ops.norm(x), at: [0, 0], value: [0], first: [0, 0] },
  {
    what: 'the norm',
    f: (x) => ops.norm(x),
    at: [3, 4],
    value: [5],
    first: [0.6, 0.8],
    second: [0.032, -0.024],
  },
  { what: 'std of equal entries', f: (x) => ops.std(x), at: [3, 3], value: [0], first: [0, 0] },
  { what: 'x²', f: (x) => ops.pow(x, 2), at: [0, 3], value: [0, 9], first: [0, 6], second: [2, 2] },
  { what: 'x³', f: (x) => ops.pow(x, 3), at: [0, -1], value: [0, -1], first: [0, 3], second: [0, -6] },
  { what: 'x⁴', f: (x) => ops.pow(x, 4), at: [0, -1], value: [0, 1], first: [0, -4], second: [0, 12] },
  { what: 'x¹', f: (x) => ops.pow(x, 1), at: [0], value: [0], first: [1], second: [0] },
  { what: 'x⁰', f: (x) => ops.pow(x, 0), at: [0, 2], value: [1, 1], first: [0, 0], second: [0, 0] },
  { what: 'x^½: the slope is infinite', f: (x) => ops.pow(x, 0.5), at: [0], value: [0], first: [inf] },
  { what: 'x^1.5', f: (x) => ops.pow(x, 1.5), at: [0, 4], value: [0, 8], first: [0, 3] },
  {
    what: '0² with the exponent as a tensor',
    f: powers,
    at: [0, 2],
    value: [0],
    first: [0, 0],
    second: [2, 0],
  },
  { what: '0¹ with the exponent as a tensor', f: powers, at: [0, 1], value: [0], first: [1, 0] },
  { what: '0⁰ with the exponent as a tensor', f: powers, at: [0, 0], value: [1], first: [0, 0] },
  { what: '0^½ with the exponent as a tensor', f: powers, at: [0, 0.5], value: [0], first: [inf, 0] },
  { what: '2³ with the exponent as a tensor', f: powers, at: [2, 3], value: [8], first: [12, 8 * Math.LN2] },
  { what: '(−2)²', f: (x) => ops.binary('pow', x, 2), at: [-2], value: [4], first: [-4], second: [2] },
  {
    what: 'a product with one zero',
    f: (x) => ops.prod(x),
    at: [0, 2, 3],
    value: [0],
    first: [6, 0, 0],
    second: [5, 3, 2],
  },
  {
    what: 'a product with two zeros',
    f: (x) => ops.prod(x),
    at: [0, 0, 3],
    value: [0],
    first: [0, 0, 0],
    second: [3, 3, 0],
  },
  {
    what: 'a product with three zeros',
    f: (x) => ops.prod(x),
    at: [0, 0, 0],
    value: [0],
    first: [0, 0, 0],
    second: [0, 0, 0],
  },
  {
    what: 'running products with a zero',
    f: (x) => ops.cumprod(x, 0),
    at: [2, 0, 3],
    value: [2, 0, 0],
    first: [1, 8, 0],
    second: [4, 6, 2],
  },
  {
    what: 'hypot at the origin',
    f: (x) => ops.hypot(half(x, 0, 1), half(x, 1, 2)),
    at: [0, 0],
    value: [0],
    first: [0, 0],
  },
  {
    what: 'an empty product',
    f: (x) => ops.add(ops.sum(x), ops.prod(half(x, 0, 0))),
    at: [2],
    value: [3],
    first: [1],
    second: [0],
  },
  {
    what: 'an empty maximum',
    f: (x) => ops.add(ops.sum(x), ops.sum(ops.clamp(ops.max(half(x, 0, 0)), 0, 1))),
    at: [2],
    value: [2],
    first: [1],
    second: [0],
  },
];

const guards: readonly Awkward[] = [
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

const extremes: readonly Awkward[] = [
  {
    what: 'softplus',
    f: (x) => ops.softplus(x),
    at: [-1e4, 0, 1e4],
    value: [0, Math.LN2, 1e4],
    first: [0, 0.5, 1],
    second: [0, 0.25, 0],
  },
  {
    what: 'logSigmoid',
    f: ops.logSigmoid,
    at: [-1e4, 0, 1e4],
    value: [-1e4, -Math.LN2, 0],
    first: [1, 0.5, 0],
    second: [0, -0.25, 0],
  },
  {
    what: 'sigmoid',
    f: ops.sigmoid,
    at: [-1e4, 0, 1e4],
    value: [0, 0.5, 1],
    first: [0, 0.25, 0],
    second: [0, 0, 0],
  },
  { what: 'tanh', f: ops.tanh, at: [-1e4, 1e4], value: [-1, 1], first: [0, 0], second: [0, 0] },
  {
    what: 'gelu',
    f: (x) => ops.gelu(x),
    at: [-1e4, 0, 1e4],
    value: [0, 0, 1e4],
    first: [0, 0.5, 1],
    second: [0, Math.sqrt(2 / Math.PI), 0],
  },
  {
    what: 'gelu by tanh',
    f: (x) => ops.gelu(x, { approximate: 'tanh' }),
    at: [-1e4, 0, 1e4],
    value: [0, 0, 1e4],
    first: [0, 0.5, 1],
  },
  {
    what: 'silu',
    f: ops.silu,
    at: [-1e4, 0, 1e4],
    value: [0, 0, 1e4],
    first: [0, 0.5, 1],
    second: [0, 0.5, 0],
  },
  { what: 'mish', f: ops.mish, at: [-1e4, 1e4], value: [0, 1e4], first: [0, 1], second: [0, 0] },
  {
    what: 'selu',
    f: ops.selu,
    at: [-1e4, 1e4],
    value: [-1.7580993408473766, 10507.009873554804],
    first: [0, 1.0507009873554805],
    second: [0, 0],
  },
  {
    what: 'softmax',
    f: (x) => ops.mul(ops.softmax(x), constant(1, 2)),
    at: [1e4, -1e4],
    value: [1, 0],
    first: [0, 0],
    second: [0, 0],
  },
  {
    what: 'softmax of equal entries',
    f: (x) => ops.mul(ops.softmax(x), constant(1, 2)),
    at: [1e4, 1e4],
    value: [0.5, 1],
    first: [-0.25, 0.25],
    second: [0, 0],
  },
  {
    what: 'logSumExp',
    f: (x) => ops.logSumExp(x),
    at: [1e4, 1e4],
    value: [1e4 + Math.LN2],
    first: [0.5, 0.5],
    second: [0, 0],
  },
  {
    what: 'logSumExp of very negative entries',
    f: (x) => ops.logSumExp(x),
    at: [-1e4, -1e4],
    value: [-1e4 + Math.LN2],
    first: [0.5, 0.5],
    second: [0, 0],
  },
  {
    what: 'logSoftmax',
    f: (x) => ops.mul(ops.logSoftmax(x), constant(1, 0)),
    at: [1e4, -1e4],
    value: [0, -0],
    first: [0, 0],
    second: [0, 0],
  },
  {
    what: 'softmax with a mask of −∞',
    f: (x) => ops.mul(ops.softmax(x), constant(1, 2, 4)),
    at: [0, -inf, 0],
    value: [0.5, 0, 2],
    first: [-0.75, 0, 0.75],
    second: [0, 0, 0],
  },
  {
    what: 'logSumExp with a mask of −∞',
    f: (x) => ops.logSumExp(x),
    at: [-inf, 0],
    value: [0],
    first: [0, 1],
    second: [0, 0],
  },
  {
    what: 'logSumExp of nothing but −∞',
    f: (x) => ops.logSumExp(x),
    at: [-inf, -inf],
    value: [-inf],
    first: [0, 0],
  },
];

const isNear = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * (1 + Math.abs(b));
const near = (actual: ArrayLike<number>, wanted: readonly number[], what: string): void => {
  const list = Array.from(actual);
  expect(
    list.length === wanted.length && list.every((entry, i) => isNear(entry, wanted[i]!)),
    `${what} is [${list}] where it should be [${wanted}]`,
  ).toBe(true);
};

describe.each([
  ['at kinks', kinks],
  ['at ties', ties],
  ['at zero', zeros],
  ['behind a guard', guards],
  ['far out', extremes],
] as const)('derivatives %s', (_, entries) => {
  test.each(entries.map((entry) => [entry.what, entry] as const))(
    '%s',
    (_what, { f, at, value, first, second }) => {
      const x = new Input('x', [at.length], 'f64') as AnyTensor;
      const ones = ops.splat(1, x.shape, 'f64');
      const y = f(x);
      const loss = ops.sum(y);
      const gradient = grad(loss, x);
      const tangents = at.map((__, i) =>
        jvp(
          loss,
          x,
          ops.constantOfArray(
            at.map((___, k) => Number(k === i)),
            'f64',
          ),
        ),
      );
      const run = runner(
        [x as Input],
        [y, gradient, hvp(loss, x, ones), grad(ops.sum(gradient), x), ...tangents],
      );
      const [values, slopes, forward, backward, ...pushed] = run([arrayOf('f64', [at.length], at)]);
      near(values!.data, value, 'the value');
      near(slopes!.data, first, 'the gradient');
      near(
        pushed.map(({ data }) => data[0]!),
        first,
        'the derivative forward',
      );
      if (second === undefined) return;
      near(forward!.data, second, 'the Hessian, forward over reverse');
      near(backward!.data, second, 'the Hessian, reverse over reverse');
    },
  );
});

test('where there is no derivative, NaN says so', () => {
  const x = new Input('x', [2], 'f64') as AnyTensor;
  const angle = ops.atan2(half(x, 0, 1), half(x, 1, 2));
  const [gradient] = runner([x as Input], [grad(ops.sum(angle), x)])([arrayOf('f64', [2], [0, 0])]);
  near(gradient!.data, [nan, nan], 'the gradient of atan2 at the origin');
});
