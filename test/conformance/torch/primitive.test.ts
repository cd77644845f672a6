/** Functions of the DSL against PyTorch: elementwise, products, reductions, movement, indexing, and whole graphs. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describeGroup, type Row } from './check.ts';

const unary = (f: (x: AnyTensor) => AnyTensor): Row => ({ build: ({ x }) => f(x) });
const binary = (f: (a: AnyTensor, b: AnyTensor) => AnyTensor): Row => ({ build: ({ a, b }) => f(a, b) });

interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
const reduction = (
  f: (x: AnyTensor, axes: readonly number[], options: ops.ReduceOptions) => AnyTensor,
): Row => ({
  build: ({ x }, { axes, keepDims }: Axes) => f(x, axes, { keepDims }),
});
const alongAxis = (f: (x: AnyTensor, axis: number) => AnyTensor): Row => ({
  build: ({ x }, { axis }: { axis: number }) => f(x, axis),
});
const several = (outputs: Readonly<Record<string, AnyTensor>>) => ({ outputs, owned: {} });

/** Padding of one axis. */
const padAxis = (mode: ops.PadMode): Row => ({
  build: ({ x }, { axis, before, after }: { axis: number; before: number; after: number }) =>
    ops.pad(
      x,
      x.shape.map((_, i) => (i === axis ? [before, after] : [0, 0])),
      { mode },
    ),
});

const graphs: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = {
  shared: (x) => {
    const factor = ops.mul(ops.sum(ops.mul(x, x)), ops.sum(ops.exp(ops.neg(x))));
    return ops.add(factor, ops.mul(ops.index(ops.index(x, 0, 0), 0, 0), x));
  },
  diamond: (x) => {
    const u = ops.mul(x, ops.sum(x));
    return ops.add(ops.mul(ops.sin(u), ops.cos(u)), u);
  },
  unused: (x) => ops.mul(ops.slice(x, 0, 0, 1), 3),
  deep: (x) => {
    let v = x;
    for (let i = 0; i < 40; i++) v = ops.tanh(ops.add(ops.mul(v, 1.1), x));
    return v;
  },
  attention: (x) => ops.matmul(ops.softmax(ops.div(ops.matmul(x, ops.transpose(x)), 2), -1), x),
};

describeGroup('primitive', {
  exp: unary(ops.exp),
  log: unary(ops.log),
  log1p: unary(ops.log1p),
  expm1: unary(ops.expm1),
  sqrt: unary(ops.sqrt),
  rsqrt: unary(ops.rsqrt),
  square: unary(ops.square),
  reciprocal: unary(ops.reciprocal),
  neg: unary(ops.neg),
  abs: unary(ops.abs),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  tan: unary(ops.tan),
  asin: unary(ops.asin),
  acos: unary(ops.acos),
  atan: unary(ops.atan),
  sinh: unary(ops.sinh),
  cosh: unary(ops.cosh),
  asinh: unary(ops.asinh),
  acosh: unary(ops.acosh),
  atanh: unary(ops.atanh),
  erf: unary(ops.erf),
  sign: unary(ops.sign),
  floor: unary(ops.floor),
  ceil: unary(ops.ceil),
  clamp: { build: ({ x }, { min, max }: { min: number; max: number }) => ops.clamp(x, min, max) },

  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  pow: binary(ops.pow),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  atan2: binary(ops.atan2),
  hypot: binary(ops.hypot),
  matmul: binary(ops.matmul),
  where: { build: ({ a, b, mask }) => ops.where(ops.notEqual(mask, 0), a, b) },
  einsum: {
    build: ({ a, b }, { equation }: { equation: string }) =>
      ops.einsum(equation, equation.includes(',') ? [a, b] : [a]),
  },

  sum: reduction(ops.sum),
  mean: reduction(ops.mean),
  max: reduction(ops.max),
  min: reduction(ops.min),
  logSumExp: reduction(ops.logSumExp),
  norm1: reduction((x, axes, options) => ops.norm(x, axes, { ...options, order: 1 })),
  norm2: reduction((x, axes, options) => ops.norm(x, axes, options)),
  var: reduction(ops.variance),
  varUnbiased: reduction((x, axes, options) => ops.variance(x, axes, { ...options, correction: 1 })),
  // PyTorch's default deviation is the unbiased one.
  std: reduction((x, axes, options) => ops.std(x, axes, { ...options, correction: 1 })),
  prod: alongAxis(ops.prod),
  cumsum: alongAxis(ops.cumsum),
  cumprod: alongAxis(ops.cumprod),
  argmax: alongAxis(ops.argmax),

  gather: {
    build: ({ x, index }, { axis }: { axis: number }) => ops.takeAlongAxis(x, index, axis),
  },
  scatterAdd: {
    build: ({ x, index, src }, { axis }: { axis: number }) => ops.scatterAddAlongAxis(x, index, src, axis),
  },
  indexSelect: { build: ({ x, index }, { axis }: { axis: number }) => ops.take(x, index, axis) },
  topk: {
    build: ({ x }, { k }: { k: number }) => {
      const [values, indices] = ops.topK(x, k);
      return several({ values, indices });
    },
  },
  sort: {
    build: ({ x }, { axis, descending }: { axis: number; descending: boolean }) =>
      several({ values: ops.sort(x, axis, { descending }), indices: ops.argsort(x, axis, { descending }) }),
  },

  transpose: { build: ({ x }, { perm }: { perm: number[] }) => ops.transpose(x, perm) },
  reshape: { build: ({ x }, { shape }: { shape: number[] }) => ops.reshape(x, shape) },
  flip: { build: ({ x }, { axes }: { axes: number[] }) => ops.reverse(x, axes) },
  slice: {
    build: ({ x }, { starts, ends, steps }: Record<'starts' | 'ends' | 'steps', number[]>) =>
      starts.reduce<AnyTensor>((y, start, axis) => ops.slice(y, axis, start, ends[axis], steps[axis]), x),
  },
  broadcastTo: { build: ({ x }, { shape }: { shape: number[] }) => ops.broadcastTo(x, shape) },
  tile: { build: ({ x }, { repeats }: { repeats: number[] }) => ops.tile(x, repeats) },
  pad: {
    build: ({ x }, { before, after, value }: { before: number[]; after: number[]; value: number }) =>
      ops.pad(
        x,
        before.map((amount, axis) => [amount, after[axis]] as const),
        { value },
      ),
  },
  padReflect: padAxis('reflect'),
  padEdge: padAxis('edge'),
  tril: { build: ({ x }, { k }: { k: number }) => ops.tril(x, k) },
  triu: { build: ({ x }, { k }: { k: number }) => ops.triu(x, k) },
  roll: { build: ({ x }, { shift, axis }: { shift: number; axis: number }) => ops.roll(x, shift, axis) },
  unfold: {
    build: ({ x }, { axis, size, step }: Record<'axis' | 'size' | 'step', number>) =>
      ops.unfold(x, axis, size, step),
  },
  concat: { build: ({ a, b }, { axis }: { axis: number }) => ops.concat([a, b], axis) },
  stack: { build: ({ a, b }, { axis }: { axis: number }) => ops.stack([a, b], axis) },
  split: {
    build: ({ x }, { axis, sizes }: { axis: number; sizes: number[] }) =>
      several(Object.fromEntries(ops.split(x, sizes, axis).map((part, i) => [`y${i}`, part]))),
  },

  squareOfSum: unary((x) => ops.square(ops.sum(x))),
  graph: { build: ({ x }, { shape }: { shape: string }) => graphs[shape](x) },
});
