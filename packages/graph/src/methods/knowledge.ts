/** Methods about the tensor itself: what is known of its shape, and functions applied in turn. */
import type { Dim } from '../dim.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Axis } from '../types/axis.ts';
import type { As } from '../types/movement.ts';
import type { Fits, Like, Result } from '../types/outcome.ts';
import type { Along } from '../types/reduction.ts';
import type { DimAt } from '../types/reshape.ts';

export interface KnowledgeMethods {
  /** The dim at an axis, as the shape has it: a number or a name. */
  dim<T extends AnyTensor, const A extends Axis>(this: T, axis: Fits<Along<T, A>, A>): DimAt<T, A>;
  /** The size of an axis as a scalar (i32) in the graph, also where it is a name. */
  size<T extends AnyTensor, const A extends Axis>(this: T, axis: Fits<Along<T, A>, A>): Tensor<[], 'i32'>;
  /**
   * The same tensor, known to have a shape: the one gate from run-time to compile-time knowledge.
   * @throws SHAPE_MISMATCH if it has another one
   */
  as<T extends AnyTensor, const S extends readonly Dim[]>(
    this: T,
    shape: Fits<As<T, S>, S>,
  ): Result<As<T, S>>;
  /** Prints the value with a name each time a program computes it; the value passes unchanged. */
  debug<T extends AnyTensor>(this: T, label: string): Like<T>;

  /** Functions or layers, one after the other. */
  pipe<T extends AnyTensor, A>(this: T, a: (x: T) => A): A;
  pipe<T extends AnyTensor, A, B>(this: T, a: (x: T) => A, b: (x: A) => B): B;
  pipe<T extends AnyTensor, A, B, C>(this: T, a: (x: T) => A, b: (x: A) => B, c: (x: B) => C): C;
  pipe<T extends AnyTensor, A, B, C, D>(
    this: T,
    a: (x: T) => A,
    b: (x: A) => B,
    c: (x: B) => C,
    d: (x: C) => D,
  ): D;
  pipe<T extends AnyTensor, A, B, C, D, E>(
    this: T,
    a: (x: T) => A,
    b: (x: A) => B,
    c: (x: B) => C,
    d: (x: C) => D,
    e: (x: D) => E,
  ): E;
  pipe<T extends AnyTensor, A, B, C, D, E, F>(
    this: T,
    a: (x: T) => A,
    b: (x: A) => B,
    c: (x: B) => C,
    d: (x: C) => D,
    e: (x: D) => E,
    f: (x: E) => F,
  ): F;
}
