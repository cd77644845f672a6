/** Methods that pick and place by index. An index outside of its axis is an error at run time, INDEX_OUT_OF_RANGE. */
import type { DType } from '../dtype.ts';
import type { Nested } from '../host-array.ts';
import type { AnyTensor } from '../node.ts';
import type { Axis } from '../types/axis.ts';
import type { GatherAt, OneHot, ScatterAt, Take, TakeAlongAxis } from '../types/indexing.ts';
import type { Fits, Result } from '../types/outcome.ts';
import type { Along } from '../types/reduction.ts';

export interface IndexingMethods {
  /** Entries along an axis (0 by default) at given positions; the axes of the indices take its place. */
  take<T extends AnyTensor, const I extends AnyTensor | Nested>(
    this: T,
    indices: Fits<Take<T, I, 0>, I>,
  ): Result<Take<T, I, 0>>;
  take<T extends AnyTensor, const I extends AnyTensor | Nested, const A extends Axis>(
    this: T,
    indices: Fits<Take<T, I, A>, I>,
    axis: Fits<Along<T, A>, A>,
  ): Result<Take<T, I, A>>;
  /** For each place of the indices the entry at that position along an axis, the last by default. */
  takeAlongAxis<T extends AnyTensor, I extends AnyTensor, const A extends Axis = -1>(
    this: T,
    indices: Fits<TakeAlongAxis<T, I, A>, I>,
    axis?: Fits<Along<T, A>, A>,
  ): Result<TakeAlongAxis<T, I, A>>;
  /** Entries at coordinates: the last axis of the indices holds one coordinate for each of the first axes. */
  gatherAt<T extends AnyTensor, I extends AnyTensor>(
    this: T,
    indices: Fits<GatherAt<T, I>, I>,
  ): Result<GatherAt<T, I>>;
  /** x with updates added at coordinates. */
  scatterAdd<T extends AnyTensor, I extends AnyTensor, U extends AnyTensor>(
    this: T,
    indices: Fits<GatherAt<T, I>, I>,
    updates: Fits<ScatterAt<T, I, U>, U>,
  ): Result<ScatterAt<T, I, U>>;
  /** x with updates written at coordinates; the last one in row-major order wins. */
  scatterSet<T extends AnyTensor, I extends AnyTensor, U extends AnyTensor>(
    this: T,
    indices: Fits<GatherAt<T, I>, I>,
    updates: Fits<ScatterAt<T, I, U>, U>,
  ): Result<ScatterAt<T, I, U>>;
  /** 1 at the position of each class number, 0 elsewhere, along a new last axis. */
  oneHot<T extends AnyTensor, const N extends number, D extends DType & ('f32' | 'f64' | 'i32') = 'f32'>(
    this: T,
    classes: N,
    dtype?: D,
  ): OneHot<T, N, D>;
}
