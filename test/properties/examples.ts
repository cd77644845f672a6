/** For each rewrite rule, graphs on which it fires: every rule has one, and none is only talk. */
import { type AnyTensor, apply, apply1, type DType, input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { controlExamples } from './control-examples.ts';

/** Results of a small graph over a few leaves. */
export type Example = () => readonly AnyTensor[];

const x = () => input('x', [4, 3]);
const whole = () => input('whole', [4, 3], 'i32');
const flag = () => input('flag', [4, 3], 'bool');
const splat = (value: number, like: AnyTensor) => ops.splat(value, like.shape, like.dtype);
const windows = {
  window: [2, 1],
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ] as const,
  dilation: [1, 1],
};

const on = (leaf: () => AnyTensor, ...bodies: readonly ((leaf: AnyTensor) => AnyTensor)[]): Example[] =>
  bodies.map((body) => () => [body(leaf())]);

export const examples: Readonly<Record<string, readonly Example[]>> = {
  ...controlExamples,
  'x · 1 = x': [
    ...on(
      x,
      (a) => ops.mul(a, 1),
      (a) => ops.mul(splat(1, a), a),
    ),
    ...on(whole, (a) => ops.mul(a, 1)),
  ],
  'mulNoNan(x, 1) = x': on(
    x,
    (a) => ops.mulNoNan(a, 1),
    (a) => ops.mulNoNan(splat(1, a), ops.sin(a)),
  ),
  'mulNoNan(x, c) = x · c for a finite c ≠ 0': on(
    x,
    (a) => ops.mulNoNan(a, 2.5),
    (a) => ops.mulNoNan(splat(1e-3, a), a),
    (a) => ops.mulNoNan(a, -2),
  ),
  'x / 1 = x': [...on(x, (a) => ops.div(a, 1)), ...on(whole, (a) => ops.div(a, 1))],
  'x − 0 = x': [...on(x, (a) => ops.sub(a, 0)), ...on(whole, (a) => ops.sub(a, 0))],
  'x + 0 = x for integers, x + −0 = x for floats': [
    ...on(
      x,
      (a) => ops.add(a, -0),
      (a) => ops.add(splat(-0, a), a),
    ),
    ...on(whole, (a) => ops.add(a, 0)),
  ],
  '−(−x) = x': [...on(x, (a) => ops.neg(ops.neg(a))), ...on(whole, (a) => ops.neg(ops.neg(a)))],
  'select(true, a, b) = a, select(false, a, b) = b, select(c, a, a) = a': [
    ...on(
      x,
      (a) => ops.where(ops.splat(true, a.shape, 'bool'), a, ops.sin(a)),
      (a) => ops.where(ops.splat(false, a.shape, 'bool'), a, ops.sin(a)),
      (a) => ops.where(ops.greater(a, 0), a, a),
    ),
  ],
  'convert to the same dtype = x': on(x, (a) => apply1('convert', [a], { dtype: 'f32' })),
  'movement of a constant that is one number = that constant': on(
    x,
    (a) => ops.add(a, ops.broadcastTo(ops.splat(2, [], 'f32'), a.shape)),
    (a) => ops.mul(a, ops.reshape(ops.splat(-0, [12], 'f32'), [4, 3])),
    (a) => ops.add(a, ops.transpose(ops.splat(3, [3, 4], 'f32'))),
    (a) => ops.add(a, ops.reverse(splat(3, a))),
    (a) => ops.add(a, ops.slice(ops.splat(NaN, [9, 3], 'f32'), 0, 1, 9, 2)),
  ),
  'reshape, slice or broadcast to the same shape = x': on(
    x,
    (a) => apply1('reshape', [a], { shape: [4, 3] }),
    (a) => apply1('slice', [a], { start: [0, 0], limit: [4, 3], strides: [1, 1] }),
    (a) => apply1('broadcastInDim', [a], { shape: [4, 3], axes: [0, 1] }),
  ),
  'transpose in order = x': on(x, (a) => apply1('transpose', [a], { permutation: [0, 1] })),
  'reverse of no axis = x': on(x, (a) => ops.reverse(a, [])),
  'pad by nothing = x': on(x, (a) =>
    ops.pad(a, [
      [0, 0],
      [0, 0],
    ]),
  ),
  'concatenate one = it': on(x, (a) => apply1('concatenate', [a], { axis: 1 })),
  'reshape of a reshape = one reshape': on(x, (a) => ops.reshape(ops.reshape(a, [2, 6]), [12])),
  'transpose of a transpose = one transpose': on(
    () => input('cube', [2, 3, 4]),
    (a) => ops.transpose(ops.transpose(a, [1, 2, 0]), [1, 0, 2]),
    (a) => ops.transpose(ops.transpose(a, [2, 0, 1]), [2, 0, 1]),
  ),
  'broadcast of a broadcast = one broadcast': on(
    () => input('row', [1, 3]),
    (a) => ops.broadcastTo(ops.broadcastTo(a, [2, 1, 3]), [2, 4, 3]),
    (a) => {
      const turned = apply1('broadcastInDim', [a], { shape: [3, 5, 1], axes: [2, 0] });
      return apply1('broadcastInDim', [turned], { shape: [5, 2, 3], axes: [2, 0, 1] });
    },
  ),
  'a product or an extreme over no axes = x': [
    ...on(
      x,
      (a) => apply1('reduceProd', [a], { axes: [] }),
      (a) => apply1('reduceMax', [a], { axes: [] }),
      (a) => apply1('reduceMin', [a], { axes: [] }),
    ),
    ...on(flag, (a) => apply1('reduceAnd', [a], { axes: [] })),
    ...on(whole, (a) => apply1('reduceOr', [a], { axes: [] })),
  ],
  'a tag that reports nothing = x': on(x, (a) => ops.withNote(a, 'a note')),
  'windowed extremes whose positions nobody uses are found without them': on(
    x,
    (a) => apply('reduceWindowArgMax', [a], windows)[0]!,
    (a) => apply('reduceWindowArgMin', [a], windows)[0]!,
  ),
  '(A·B)ᵀ = Bᵀ·Aᵀ: a product with its free axes exchanged is the product of the exchanged operands': [
    () => {
      const [a, b] = [input('x', [4, 3]), input('other', [3, 5])];
      return [ops.transpose(ops.matmul(a, b))];
    },
    () => {
      const [a, b] = [input('deep', [2, 4, 9], 'f64'), input('deeper', [2, 9, 4], 'f64')];
      return [ops.transpose(ops.matmul(a, b), [0, 2, 1])];
    },
    () => {
      const [a, b] = [input('deep', [4, 5, 9], 'f64'), input('deeper', [9, 3], 'f64')];
      return [ops.transpose(ops.matmul(a, b), [2, 0, 1])];
    },
  ],
};

/** Graphs that look like the pattern of a rule and are not: nothing may change their values. */
export const nearMisses: readonly Example[] = [
  ...on(
    () => input('square', [3, 3]),
    (a) => ops.transpose(a),
    (a) => apply1('broadcastInDim', [a], { shape: [3, 3], axes: [1, 0] }),
    (a) => ops.reverse(a, [0]),
    (a) => ops.add(a, 0),
    (a) => ops.sub(a, -0),
    (a) => ops.mul(a, -1),
    (a) => ops.div(a, -1),
    (a) => ops.add(a, 1),
    (a) => ops.sub(a, 1),
    (a) => ops.neg(a),
    (a) => ops.neg(ops.abs(a)),
    (a) => ops.mulNoNan(a, Infinity),
    (a) => ops.mulNoNan(a, NaN),
    (a) => ops.mulNoNan(a, 0),
    (a) => ops.mulNoNan(a, -0),
    (a) => ops.mulNoNan(a, 1e-60),
    (a) => ops.mulNoNan(a, 1e60),
    (a) => apply1('reduceSum', [a], { axes: [] }),
    (a) => ops.where(ops.greater(a, 0), a, ops.sin(a)),
    (a) => ops.cast(ops.cast(a, 'f64'), 'f32'),
    (a) => ops.cast(ops.cast(a, 'i32'), 'f32'),
    (a) =>
      ops.pad(a, [
        [1, -1],
        [0, 0],
      ]),
    (a) => ops.transpose(ops.matmul(a, ops.sin(a))),
    (a) => ops.matmul(ops.transpose(a), a),
    (a) => ops.cumsum(a, 0, { exclusive: true }),
    (a) => ops.sort(a, 0, { descending: true }),
    (a) => apply1('reshape', [ops.transpose(a)], { shape: [3, 3] }),
  ),
  () => {
    const [values, positions] = apply('reduceWindowArgMax', [input('square', [3, 3])], windows);
    return [values!, positions!];
  },
];

/** The leaves of examples have one of these dtypes. */
export const exampleTypes: readonly DType[] = ['f32', 'f64', 'i32', 'bool'];
