/**
 * Elementwise methods. Operands are tensors, broadcast against each other, or numbers, which take the tensor's dtype.
 * Shapes that do not fit raise SHAPE_MISMATCH, dtypes that differ or that an operation does not take DTYPE_MISMATCH.
 */

import type { Operand } from '../dsl/operands.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Arithmetic, Bitcast, Clamp, Comparison } from '../types/elementwise.ts';
import type { Fits, Like, Result } from '../types/outcome.ts';

/** Functions of one tensor: the same shape and dtype. */
export interface UnaryMethods {
  /** −x, of the same shape. */
  neg<T extends AnyTensor>(this: T): Like<T>;
  /** |x|; the derivative at 0 is 0. */
  abs<T extends AnyTensor>(this: T): Like<T>;
  /** −1, 0 or 1. */
  sign<T extends AnyTensor>(this: T): Like<T>;
  /** The largest whole number not above x. */
  floor<T extends AnyTensor>(this: T): Like<T>;
  /** The smallest whole number not below x. */
  ceil<T extends AnyTensor>(this: T): Like<T>;
  /** The nearest whole number, halves to even. */
  round<T extends AnyTensor>(this: T): Like<T>;
  /** eˣ. */
  exp<T extends AnyTensor>(this: T): Like<T>;
  /** eˣ − 1, exact near 0. */
  expm1<T extends AnyTensor>(this: T): Like<T>;
  /** ln x. */
  log<T extends AnyTensor>(this: T): Like<T>;
  /** ln(1 + x), exact near 0. */
  log1p<T extends AnyTensor>(this: T): Like<T>;
  /** √x. */
  sqrt<T extends AnyTensor>(this: T): Like<T>;
  /** 1 / √x. */
  rsqrt<T extends AnyTensor>(this: T): Like<T>;
  /** 1 / x. */
  reciprocal<T extends AnyTensor>(this: T): Like<T>;
  /** x². */
  square<T extends AnyTensor>(this: T): Like<T>;
  /** sin x, in radians. */
  sin<T extends AnyTensor>(this: T): Like<T>;
  /** cos x, in radians. */
  cos<T extends AnyTensor>(this: T): Like<T>;
  /** tan x, in radians. */
  tan<T extends AnyTensor>(this: T): Like<T>;
  /** The angle in [−π/2, π/2] whose sine is x. */
  asin<T extends AnyTensor>(this: T): Like<T>;
  /** The angle in [0, π] whose cosine is x. */
  acos<T extends AnyTensor>(this: T): Like<T>;
  /** The angle in (−π/2, π/2) whose tangent is x. */
  atan<T extends AnyTensor>(this: T): Like<T>;
  /** (eˣ − e⁻ˣ) / 2, exact near 0. */
  sinh<T extends AnyTensor>(this: T): Like<T>;
  /** (eˣ + e⁻ˣ) / 2. */
  cosh<T extends AnyTensor>(this: T): Like<T>;
  /** sinh x / cosh x. */
  tanh<T extends AnyTensor>(this: T): Like<T>;
  /** The inverse of sinh, exact near 0. */
  asinh<T extends AnyTensor>(this: T): Like<T>;
  /** The inverse of cosh, for x ≥ 1. */
  acosh<T extends AnyTensor>(this: T): Like<T>;
  /** The inverse of tanh, for |x| < 1. */
  atanh<T extends AnyTensor>(this: T): Like<T>;
  /** 2/√π · ∫₀ˣ e^(−t²) dt. */
  erf<T extends AnyTensor>(this: T): Like<T>;
  /** Logical complement of bool, bitwise of integers. */
  not<T extends AnyTensor>(this: T): Like<T>;
  /** Passes values on; derivatives stop here. */
  stopGradient<T extends AnyTensor>(this: T): Like<T>;
  /** Where x is not a number, as bool. */
  isNan<T extends AnyTensor>(this: T): Tensor<T['shape'], 'bool'>;
  /** Where x is neither infinite nor NaN, as bool. */
  isFinite<T extends AnyTensor>(this: T): Tensor<T['shape'], 'bool'>;
}

/** Functions of two operands of one dtype, with broadcasting. */
export interface ArithmeticMethods {
  /** x + other, broadcast. */
  add<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** x − other, broadcast. */
  sub<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** x · other, elementwise and broadcast. */
  mul<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** x / other, broadcast; of integers rounded towards zero. */
  div<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** The remainder of x / other, with the sign of x. */
  rem<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** x to the power of other; whole numbers up to 3 become products. */
  pow<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** The larger of x and other. */
  maximum<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** The smaller of x and other. */
  minimum<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** The angle of the point (other, x), in (−π, π]. */
  atan2<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** √(x² + other²), without overflow on the way. */
  hypot<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Logical and of bool, bitwise of integers. */
  and<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Logical or of bool, bitwise of integers. */
  or<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Exclusive or of bool, bitwise of integers. */
  xor<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Bits moved towards the high end, zeros enter. */
  shiftLeft<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Bits moved towards the low end, zeros enter. */
  shiftRightLogical<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Bits moved towards the low end, the sign enters. */
  shiftRightArithmetic<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** Limits to [low, high]; the derivative is 1 inside and at the ends, 0 outside. */
  clamp<T extends AnyTensor, L extends Operand, H extends Operand>(
    this: T,
    low: Fits<Arithmetic<T, L>, L>,
    high: Fits<Arithmetic<T, H>, H>,
  ): Result<Clamp<T, L, H>>;
}

/** Comparisons, with broadcasting; the result is bool. */
export interface ComparisonMethods {
  /** Where x = other, as bool. */
  equal<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
  /** Where x ≠ other, as bool. */
  notEqual<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
  /** Where x < other, as bool. */
  less<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
  /** Where x ≤ other, as bool. */
  lessEqual<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
  /** Where x > other, as bool. */
  greater<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
  /** Where x ≥ other, as bool. */
  greaterEqual<T extends AnyTensor, B extends Operand>(
    this: T,
    other: Fits<Comparison<T, B>, B>,
  ): Result<Comparison<T, B>>;
}

/** Another dtype for the same elements. */
export interface ConversionMethods {
  /** The same values in another dtype; floats truncate towards zero on the way to integers. */
  cast<T extends AnyTensor, D extends DType>(this: T, dtype: D): Tensor<T['shape'], D>;
  /** The same bits in another dtype of the same width. */
  bitcast<T extends AnyTensor, D extends DType>(
    this: T,
    dtype: Fits<Bitcast<T, D>, D>,
  ): Result<Bitcast<T, D>>;
}

export interface ElementwiseMethods
  extends UnaryMethods,
    ArithmeticMethods,
    ComparisonMethods,
    ConversionMethods {}
