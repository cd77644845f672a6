/** Reductions in the DSL: over axes given by position or by name, all of them by default. */
import { isFloat } from '../dtype.ts';
import { type AnyTensor, apply1, fail } from '../node.ts';
import { type Axes, sizeOf } from '../shape.ts';
import {
  abs,
  add,
  cast,
  div,
  exp,
  factorForSquares,
  greater,
  less,
  log,
  mul,
  sqrt,
  square,
  sub,
  where,
} from './elementwise.ts';
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
  return meanSquare(centered(x, axes), x, axes, options);
}

/** The root of the variance, at a scale at which no square leaves the range. */
export function std(x: AnyTensor, axes?: Axes, options: VarianceOptions = {}): AnyTensor {
  return atScale(x, axes, options, (ordinary) => {
    const distances = centered(ordinary, axes);
    return atScale(distances, axes, options, (u) => sqrt(meanSquare(u, x, axes, options)));
  });
}

/**
 * Distances from the mean. The middle of the range is taken away first, as a constant: equal entries come out as exact
 * zeros, and no sum leaves the range of the dtype.
 */
function centered(x: AnyTensor, axes: Axes | undefined): AnyTensor {
  const keepDims = { keepDims: true };
  const middle = add(mul(max(x, axes, keepDims), 0.5), mul(min(x, axes, keepDims), 0.5));
  const moved = sub(x, apply1('stopGradient', [middle], {}));
  const parts = div(moved, broadcastTo(countAlong(x, axes), x.shape));
  return sub(moved, sum(parts, axes, keepDims));
}

/** Σ u² over the number of entries of x less the correction. */
function meanSquare(u: AnyTensor, x: AnyTensor, axes: Axes | undefined, options: VarianceOptions): AnyTensor {
  const total = sum(square(u), axes, options);
  const count = countAlong(x, axes);
  const divisor = options.correction ? sub(count, options.correction) : count;
  return div(total, broadcastTo(divisor, total.shape));
}

/** f(x) for an f with f(c·x) = c·f(x), computed where squares of its argument stay in range. */
function atScale(
  x: AnyTensor,
  axes: Axes | undefined,
  options: ReduceOptions,
  f: (x: AnyTensor) => AnyTensor,
): AnyTensor {
  const factor = factorForSquares(max(abs(x), axes, { keepDims: true }));
  const result = f(mul(x, factor));
  return div(result, options.keepDims === true ? factor : reshape(factor, result.shape));
}

/** The largest value as a constant shift; 0 where there is nothing but −∞, so that differences stay −∞. */
function shift(x: AnyTensor, axes: Axes | undefined): AnyTensor {
  const largest = max(x, axes, { keepDims: true });
  return apply1('stopGradient', [where(greater(largest, -Infinity), largest, 0)], {});
}

/** ln Σ exp(x), shifted by the maximum; where that is ∞, it is the maximum, in derivative, too. */
export function logSumExp(x: AnyTensor, axes?: Axes, options?: ReduceOptions): AnyTensor {
  const offset = shift(x, axes);
  const total = sum(exp(sub(x, offset)), axes, options);
  const largest = max(x, axes, options);
  return where(less(largest, Infinity), add(log(total), reshape(offset, total.shape)), largest);
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

/**
 * Vector norm. The derivative of the 2-norm at 0 is 0. Its squares stay in range, and beside an infinite entry it is the
 * largest size, in derivative, too.
 */
export function norm(x: AnyTensor, axes?: Axes, options: NormOptions = {}): AnyTensor {
  const { order = 2 } = options;
  if (order === 1) return sum(abs(x), axes, options);
  if (order !== 2 && order !== Infinity)
    throw fail('BAD_ARGUMENT', `the norm of order ${order} is not there: use 1, 2 or Infinity`);
  const largest = max(abs(x), axes, options);
  if (order === Infinity) return largest;
  const root = atScale(x, axes, options, (u) => sqrt(sum(square(u), axes, options)));
  return where(less(largest, Infinity), root, largest);
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
