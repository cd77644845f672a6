/** Outcomes of arithmetic, comparisons and selections: one dtype, one broadcast shape. */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Broadcast } from './broadcast.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { Same, Unknown } from './outcome.ts';

type Scalar = number | boolean;

/** Two operands of one dtype; the result has it, too. */
type Alike<S extends Shape, D extends DType, T extends Shape, E extends DType> =
  Same<D, E> extends true
    ? Broadcast<S, T, D>
    : [E] extends [D]
      ? Broadcast<S, T, E>
      : [D] extends [E]
        ? Broadcast<S, T, D>
        : DTypesDiffer<D, E>;

/** The same, and the result has the dtype `R`. */
type AlikeTo<S extends Shape, D extends DType, T extends Shape, E extends DType, R extends DType> =
  Same<D, E> extends true
    ? Broadcast<S, T, R>
    : [E] extends [D]
      ? Broadcast<S, T, R>
      : [D] extends [E]
        ? Broadcast<S, T, R>
        : DTypesDiffer<D, E>;

/** a + b and its like: a number takes the dtype of the tensor. */
export type Arithmetic<A extends AnyTensor, B> = [B] extends [Scalar]
  ? Tensor<A['shape'], A['dtype']>
  : [B] extends [{ readonly shape: infer T extends Shape; readonly dtype: infer E extends DType }]
    ? Alike<A['shape'], A['dtype'], T, E>
    : Unknown<A['dtype']>;

/** a < b and its like. */
export type Comparison<A extends AnyTensor, B> = [B] extends [Scalar]
  ? Tensor<A['shape'], 'bool'>
  : [B] extends [{ readonly shape: infer T extends Shape; readonly dtype: infer E extends DType }]
    ? AlikeTo<A['shape'], A['dtype'], T, E, 'bool'>
    : Unknown<'bool'>;
