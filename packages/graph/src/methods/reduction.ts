/**
 * Reductions over axes given by position (negative from the end) or by name, all by default; `keepDims` keeps them with
 * size 1. An axis that does not exist raises AXIS_OUT_OF_RANGE. Also what runs along one axis: positions, totals, order.
 */
import type { SortOptions } from '../dsl/indexing.ts';
import type { CumulativeOptions, NormOptions, RunningOptions, VarianceOptions } from '../dsl/reduction.ts';
import type { AnyTensor } from '../node.ts';
import type { Axis } from '../types/axis.ts';
import type { TopK } from '../types/indexing.ts';
import type { Fits, Result, ResultPair } from '../types/outcome.ts';
import type { Along, Reduce, ReduceAxis } from '../types/reduction.ts';

/** One axis, or several. */
export type Axes = Axis | readonly Axis[];

/** Options with `keepDims` as a type. */
type Keeping<Options, K> = Omit<Options, 'keepDims'> & { readonly keepDims?: K };

/** Reductions: the axes go, or keep size 1. */
export interface ReducingMethods {
  /** The sum over some axes, or all. */
  sum<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The mean over some axes, or all; takes floats. */
  mean<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The product over some axes, or all; differentiable where entries are 0. */
  prod<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The largest entry over some axes, or all. */
  max<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The smallest entry over some axes, or all. */
  min<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** Whether all are true (of integers: bitwise and). */
  all<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** Whether one is true (of integers: bitwise or). */
  any<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The mean squared distance from the mean; `correction: 1` for the unbiased one. */
  variance<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: Keeping<VarianceOptions, K>,
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The root of the variance. */
  std<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: Keeping<VarianceOptions, K>,
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** ln Σ eˣ, shifted by the maximum. */
  logSumExp<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: { readonly keepDims?: K },
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
  /** The 2-norm, or another order; its derivative at 0 is 0. */
  norm<T extends AnyTensor, const A extends Axes | undefined = undefined, K extends boolean = false>(
    this: T,
    axes?: Fits<Reduce<T, A, K>, A>,
    options?: Keeping<NormOptions, K>,
  ): Result<Reduce<T, NoInfer<A>, NoInfer<K>>>;
}

/** What runs along one axis. */
export interface AlongMethods {
  /** Position (i32) of the largest entry along an axis, the last by default; the first of equals. */
  argmax<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<ReduceAxis<T, A, 'i32'>, A>,
  ): Result<ReduceAxis<T, NoInfer<A>, 'i32'>>;
  /** Position (i32) of the smallest entry along an axis, the last by default; the first of equals. */
  argmin<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<ReduceAxis<T, A, 'i32'>, A>,
  ): Result<ReduceAxis<T, NoInfer<A>, 'i32'>>;
  /** Running total along an axis; `exclusive` leaves out the entry itself, `reverse` starts from the end. */
  cumsum<T extends AnyTensor, const A extends Axis>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    options?: CumulativeOptions,
  ): Result<Along<T, A>>;
  /** Running product along an axis. */
  cumprod<T extends AnyTensor, const A extends Axis>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    options?: CumulativeOptions,
  ): Result<Along<T, A>>;
  /**
   * The largest entry met so far along an axis, in the shape of x; `reverse` starts from the end. NaN from the first NaN
   * on. Of equal entries the first one met has the derivative.
   *
   * @throws AXIS_OUT_OF_RANGE if there is no such axis; DTYPE_MISMATCH for bool
   * @example
   * ```ts
   * const levels = input('levels', [5]);
   * compute(levels.cumulativeMax(0), { levels: [1, 3, 2, 5, 4] }); // [1, 3, 3, 5, 5]
   * compute(levels.cumulativeMax(0, { reverse: true }), { levels: [1, 3, 2, 5, 4] }); // [5, 5, 5, 5, 4]
   * ```
   */
  cumulativeMax<T extends AnyTensor, const A extends Axis>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    options?: RunningOptions,
  ): Result<Along<T, A>>;
  /**
   * The smallest entry met so far along an axis, in the shape of x; otherwise as `cumulativeMax`.
   *
   * @throws AXIS_OUT_OF_RANGE if there is no such axis; DTYPE_MISMATCH for bool
   * @example
   * ```ts
   * const prices = input('prices', [2, 3]);
   * compute(prices.cumulativeMin(-1), { prices: [[4, 6, 3], [2, 1, 5]] }); // [[4, 4, 3], [2, 1, 1]]
   * ```
   */
  cumulativeMin<T extends AnyTensor, const A extends Axis>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    options?: RunningOptions,
  ): Result<Along<T, A>>;
  /** Sorted along an axis, the last by default, stably; NaN comes last. */
  sort<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<Along<T, A>, A>,
    options?: SortOptions,
  ): Result<Along<T, NoInfer<A>>>;
  /** The positions (i32) that sort x along an axis. */
  argsort<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<Along<T, A>, A>,
    options?: SortOptions,
  ): Result<Along<T, NoInfer<A>, 'i32'>>;
  /** The k largest along the last axis in order, and their positions (i32). */
  topK<T extends AnyTensor, const K extends number>(this: T, k: Fits<TopK<T, K>, K>): ResultPair<TopK<T, K>>;
}

export interface ReductionMethods extends ReducingMethods, AlongMethods {}
