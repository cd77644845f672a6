/** Methods that move elements: shapes and the order of axes, parts, and what is put around. */
import type { Dim } from '../dim.ts';
import type { PadMode } from '../dsl/movement.ts';
import type { AnyTensor } from '../node.ts';
import type { Axis } from '../types/axis.ts';
import type { BroadcastTo, ExpandDims, MoveAxis, Squeeze, SwapAxes, Transpose } from '../types/movement.ts';
import type { Fits, Result, ResultList } from '../types/outcome.ts';
import type { Diagonal, Entry, Pad, Slice, Split, Tile, Triangle, Unfold } from '../types/part.ts';
import type { Along, AlongAll } from '../types/reduction.ts';
import type { Flatten, Reshape } from '../types/reshape.ts';
import type { Axes } from './reduction.ts';

/** Shapes, and the order of axes. */
export interface ShapeMethods {
  /**
   * The same elements in row-major order in another shape; -1 stands for the rest.
   * @throws SHAPE_MISMATCH unless there are as many elements
   */
  reshape<T extends AnyTensor, const S extends readonly Dim[]>(
    this: T,
    shape: Fits<Reshape<T, S>, S>,
  ): Result<Reshape<T, S>>;
  /** Everything from an axis on (1 by default) as one axis. */
  flatten<T extends AnyTensor, const A extends Axis = 1>(
    this: T,
    startAxis?: Fits<Flatten<T, A>, A>,
  ): Result<Flatten<T, NoInfer<A>>>;
  /** Result axis i is axis order[i]; without an order the axes are reversed. */
  transpose<T extends AnyTensor, const P extends readonly Axis[] | undefined = undefined>(
    this: T,
    order?: Fits<Transpose<T, P>, P>,
  ): Result<Transpose<T, NoInfer<P>>>;
  /** Two axes change places. */
  swapAxes<T extends AnyTensor, const A extends Axis, const B extends Axis>(
    this: T,
    a: Fits<Along<T, A>, A>,
    b: Fits<SwapAxes<T, A, B>, B>,
  ): Result<SwapAxes<T, A, B>>;
  /** One axis goes to another place; the others keep their order. */
  moveAxis<T extends AnyTensor, const A extends Axis, const B extends number>(
    this: T,
    from: Fits<Along<T, A>, A>,
    to: Fits<MoveAxis<T, A, B>, B>,
  ): Result<MoveAxis<T, A, B>>;
  /** A new axis of size 1; negative positions count in the result. */
  expandDims<T extends AnyTensor, const A extends number>(
    this: T,
    axis: Fits<ExpandDims<T, A>, A>,
  ): Result<ExpandDims<T, A>>;
  /**
   * Drops axes of size 1: the given ones, or all.
   * @throws SHAPE_MISMATCH if one has another size
   */
  squeeze<T extends AnyTensor, const A extends Axes | undefined = undefined>(
    this: T,
    axes?: Fits<Squeeze<T, A>, A>,
  ): Result<Squeeze<T, NoInfer<A>>>;
  /** Repeats along new leading axes and along axes of size 1. */
  broadcastTo<T extends AnyTensor, const S extends readonly Dim[]>(
    this: T,
    shape: Fits<BroadcastTo<T, S>, S>,
  ): Result<BroadcastTo<T, S>>;
}

/** Parts, repetitions and what is put around. */
export interface PartMethods {
  /** start ≤ index < end along an axis, in steps; negative positions count from the end. */
  slice<
    T extends AnyTensor,
    const A extends Axis,
    const From extends Dim,
    const To extends Dim | undefined = undefined,
    const Step extends number = 1,
  >(
    this: T,
    axis: Fits<Along<T, A>, A>,
    start: Fits<Slice<T, A, From, To, Step>, From>,
    end?: To,
    step?: Step,
  ): Result<Slice<T, A, From, To, Step>>;
  /** One entry along an axis, negative positions from the end; the axis goes. */
  at<T extends AnyTensor, const A extends Axis, const I extends number>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    position: Fits<Entry<T, A, I>, I>,
  ): Result<Entry<T, A, I>>;
  /** Cut along an axis (0 by default), into equal parts or parts of given sizes. */
  split<T extends AnyTensor, const P extends number | readonly number[], const A extends Axis = 0>(
    this: T,
    parts: Fits<Split<T, P, A>, P>,
    axis?: Fits<Along<T, A>, A>,
  ): ResultList<Split<T, P, NoInfer<A>>>;
  /** The other way round along some axes, or all. */
  reverse<T extends AnyTensor, const A extends Axes | undefined = undefined>(
    this: T,
    axes?: Fits<AlongAll<T, A>, A>,
  ): Result<AlongAll<T, NoInfer<A>>>;
  /** [before, after] per axis, filled with a value, mirrored without the border, or repeating the edge. */
  pad<T extends AnyTensor, const P extends readonly (readonly [number, number])[]>(
    this: T,
    padding: Fits<Pad<T, P>, P>,
    options?: { readonly value?: number; readonly mode?: PadMode },
  ): Result<Pad<T, P>>;
  /** The whole, repeated along each axis. */
  tile<T extends AnyTensor, const R extends readonly number[]>(
    this: T,
    repeats: Fits<Tile<T, R>, R>,
  ): Result<Tile<T, R>>;
  /** Shifted along an axis; what leaves at one end enters at the other. */
  roll<T extends AnyTensor, const A extends Axis>(
    this: T,
    shift: number,
    axis: Fits<Along<T, A>, A>,
  ): Result<Along<T, A>>;
  /** Sliding windows along an axis as a new last axis: [..., (n − size)/step + 1, ..., size]. */
  unfold<T extends AnyTensor, const A extends Axis, const N extends number, const Step extends number = 1>(
    this: T,
    axis: Fits<Along<T, A>, A>,
    size: Fits<Unfold<T, A, N, Step>, N>,
    step?: Step,
  ): Result<Unfold<T, A, N, NoInfer<Step>>>;
  /** Keeps what lies on and below the k-th diagonal of the last two axes, 0 elsewhere. */
  tril<T extends AnyTensor>(this: T, k?: number): Result<Triangle<T>>;
  /** Keeps what lies on and above the k-th diagonal of the last two axes, 0 elsewhere. */
  triu<T extends AnyTensor>(this: T, k?: number): Result<Triangle<T>>;
  /** The diagonal of two axes of equal size, the last two by default; it becomes the last axis. */
  diagonal<T extends AnyTensor, const A extends Axis = -2, const B extends Axis = -1>(
    this: T,
    axis1?: Fits<Diagonal<T, A, B>, A>,
    axis2?: B,
  ): Result<Diagonal<T, NoInfer<A>, NoInfer<B>>>;
}

export interface MovementMethods extends ShapeMethods, PartMethods {}
