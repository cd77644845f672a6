/** Reductions in the DSL: over axes given by position or by name, all of them by default. */
import { isFloat } from '../dtype.ts';
import { type AnyTensor, apply1, fail } from '../node.ts';
import { type Axes, sizeOf } from '../shape.ts';
import { abs, add, cast, div, exp, less, log, sqrt, square, sub, where } from './elementwise.ts';
import { axesOf, axisOf, reshape } from './movement.ts';
import { broadcastTo, extent } from './operands.ts';

export interface ReduceOptions {
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

type Reduction = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr';

function reduce(op: Reduction, x: AnyTensor, axes: Axes | undefined, options: ReduceOptions = {}): AnyTensor {
  const positions = axesOf(x, axes);
  const result = positions.length === 0 ? x : apply1(op, [x], { axes: positions });
  return options.keepDims === true
    ? reshape(
        result,
        x.shape.map((size, axis) => (positions.includes(axis) ? 1 : size)),
      )
    : result;
}

const reduction =
  (op: Reduction) =>
  (x: AnyTensor, axes?: Axes, options?: ReduceOptions): AnyTensor =>
    reduce(op, x, axes, options);

export const sum = reduction('reduceSum');
export const prod = reduction('reduceProd');
export const max = reduction('reduceMax');
export const min = reduction('reduceMin');
export const all = reduction('reduceAnd');
export const any = reduction('reduceOr');

/** Number of elements along some axes, as a scalar of the tensor's dtype. */
export const countAlong = (x: AnyTensor, axes: Axes | undefined): AnyTensor =>
  extent(sizeOf(axesOf(x, axes).map((axis) => x.shape[axis]!)), x.dtype);

export function mean(x: AnyTensor, axes?: Axes, options?: ReduceOptions): AnyTensor {
  if (!isFloat(x.dtype))
    throw fail('DTYPE_MISMATCH', `a mean needs floats, not ${x.dtype}: convert with .cast('f32')`);
  const total = sum(x, axes, options);
  return div(total, broadcastTo(countAlong(x, axes), total.shape));
}

export interface VarianceOptions extends ReduceOptions {
  /** The divisor is the count minus this: 0 for the biased (population) variance, 1 for the unbiased one. */
  readonly correction?: number;
}

/** Mean squared distance from the mean, in two passes. */
export function variance(x: AnyTensor, axes?: Axes, options: VarianceOptions = {}): AnyTensor {
  const centered = sub(x, broadcastTo(mean(x, axes, { keepDims: true }), x.shape));
  const total = sum(square(centered), axes, options);
  const count = countAlong(x, axes);
  const divisor = options.correction ? sub(count, options.correction) : count;
  return div(total, broadcastTo(divisor, total.shape));
}

export const std = (x: AnyTensor, axes?: Axes, options?: VarianceOptions): AnyTensor =>
  sqrt(variance(x, axes, options));

/** The largest value as a constant shift, 0 where it is infinite, so that differences stay finite. */
function shift(x: AnyTensor, axes: Axes | undefined): AnyTensor {
  const largest = max(x, axes, { keepDims: true });
  return apply1('stopGradient', [where(less(abs(largest), Infinity), largest, 0)], {});
}

/** ln Σ exp(x), shifted by the maximum. */
export function logSumExp(x: AnyTensor, axes?: Axes, options?: ReduceOptions): AnyTensor {
  const offset = shift(x, axes);
  const total = sum(exp(sub(x, offset)), axes, options);
  return add(log(total), reshape(offset, total.shape));
}

/** exp(x) / Σ exp(x) along an axis. */
export function softmax(x: AnyTensor, axis: number | string = -1): AnyTensor {
  const raised = exp(sub(x, shift(x, axis)));
  return div(raised, sum(raised, axis, { keepDims: true }));
}

/** ln softmax, without ever taking the logarithm of a small number. */
export function logSoftmax(x: AnyTensor, axis: number | string = -1): AnyTensor {
  const shifted = sub(x, shift(x, axis));
  return sub(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
}

export interface NormOptions extends ReduceOptions {
  /** 1, 2 (default) or Infinity. */
  readonly order?: number;
}

/** Vector norm. The derivative of the 2-norm at 0 is 0. */
export function norm(x: AnyTensor, axes?: Axes, options: NormOptions = {}): AnyTensor {
  const { order = 2 } = options;
  if (order === 1) return sum(abs(x), axes, options);
  if (order === 2) return sqrt(sum(square(x), axes, options));
  if (order === Infinity) return max(abs(x), axes, options);
  throw fail('BAD_ARGUMENT', `the norm of order ${order} is not there: use 1, 2 or Infinity`);
}

const argument =
  (op: 'argMax' | 'argMin') =>
  (x: AnyTensor, axis: number | string = -1): AnyTensor =>
    apply1(op, [x], { axis: axisOf(x, axis) });
/** Position of the largest entry; the first of equals. */
export const argmax = argument('argMax');
/** Position of the smallest entry; the first of equals. */
export const argmin = argument('argMin');

export interface RunningOptions {
  /** Start from the end. */
  readonly reverse?: boolean;
}

export interface CumulativeOptions extends RunningOptions {
  /** Leave out the entry itself. */
  readonly exclusive?: boolean;
}

const cumulative =
  (op: 'cumulativeSum' | 'cumulativeProd') =>
  (x: AnyTensor, axis: number | string, options: CumulativeOptions = {}): AnyTensor =>
    apply1(op, [x], {
      axis: axisOf(x, axis),
      exclusive: options.exclusive ?? false,
      reverse: options.reverse ?? false,
    });
export const cumsum = cumulative('cumulativeSum');
export const cumprod = cumulative('cumulativeProd');

const cumulativeExtreme =
  (op: 'cumulativeMax' | 'cumulativeMin') =>
  (x: AnyTensor, axis: number | string, options: RunningOptions = {}): AnyTensor =>
    apply1(op, [x], { axis: axisOf(x, axis), reverse: options.reverse ?? false });
/** Largest entry met so far; NaN from the first NaN on. */
export const cumulativeMax = cumulativeExtreme('cumulativeMax');
/** Smallest entry met so far; NaN from the first NaN on. */
export const cumulativeMin = cumulativeExtreme('cumulativeMin');

/** Number of true entries as i32. */
export const countTrue = (x: AnyTensor, axes?: Axes): AnyTensor => sum(cast(x, 'i32'), axes);
