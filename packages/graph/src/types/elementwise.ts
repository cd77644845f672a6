/** Outcomes of arithmetic, comparisons and selections: one dtype, one broadcast shape. */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Broadcast } from './broadcast.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { Same } from './outcome.ts';

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
    : Tensor<Shape, A['dtype']>;

/** a < b and its like. */
export type Comparison<A extends AnyTensor, B> = [B] extends [Scalar]
  ? Tensor<A['shape'], 'bool'>
  : [B] extends [{ readonly shape: infer T extends Shape; readonly dtype: infer E extends DType }]
    ? AlikeTo<A['shape'], A['dtype'], T, E, 'bool'>
    : Tensor<Shape, 'bool'>;

/** x.clamp(low, high) */
export type Clamp<T extends AnyTensor, Low, High> =
  Arithmetic<T, Low> extends infer Y ? (Y extends AnyTensor ? Arithmetic<Y, High> : Y) : never;

/** where(condition, a, b) */
export type Where<C extends AnyTensor, A, B> = [C['dtype']] extends ['f32' | 'f64' | 'i32' | 'u32']
  ? `a condition is bool, not ${C['dtype']}: compare it with a number`
  : Chosen<A, B> extends infer Y
    ? Y extends AnyTensor
      ? Broadcast<C['shape'], Y['shape'], Y['dtype']>
      : Y
    : never;
/** What two branches are together; two numbers are f32. */
type Chosen<A, B> = [A] extends [Scalar]
  ? [B] extends [Scalar]
    ? Tensor<[], 'f32'>
    : [B] extends [AnyTensor]
      ? Arithmetic<B, A & Scalar>
      : Tensor<Shape, DType>
  : [A] extends [AnyTensor]
    ? Arithmetic<A, B>
    : Tensor<Shape, DType>;

type Bits = { f32: 32; f64: 64; i32: 32; u32: 32; bool: 8 };
/** x.bitcast(dtype) */
export type Bitcast<T extends AnyTensor, D extends DType> = Bits[T['dtype']] extends Bits[D]
  ? Tensor<T['shape'], D>
  : Bits[D] extends Bits[T['dtype']]
    ? Tensor<T['shape'], D>
    : `bitcast: ${T['dtype']} has ${Bits[T['dtype']]} bits and ${D} ${Bits[D]}: bitcast needs equal widths`;
