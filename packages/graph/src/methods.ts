/**
 * Methods of tensors, with shapes as types. They are typed over `this`, not over the parameters of the class, so that
 * every tensor is a plain `Tensor`. Where shapes or dtypes do not fit, the parameter's type becomes the sentence that
 * says why, and the result has an unknown shape, so that one mistake gives one message.
 */
import type { Dim } from './dim.ts';
import type { DType } from './dtype.ts';
import type { CumulativeOptions, NormOptions, ReduceOptions, VarianceOptions } from './dsl/reduction.ts';
import type { GeluOptions } from './dsl/activation.ts';
import type { SortOptions } from './dsl/indexing.ts';
import type { PadMode } from './dsl/movement.ts';
import type { AnyTensor, Tensor } from './node.ts';
import type { Shape } from './shape.ts';
import type {
  AxesArgument,
  AxisArgument,
  Broadcast,
  DimAt,
  ExpandDims,
  Flatten,
  Matmul,
  OrOpen,
  ProblemOf,
  Reduce,
  ReduceAll,
  Reshape,
  Slice,
  Squeeze,
  SwapAxes,
  TakeAt,
  Transpose,
  WithDim,
} from './types/index.ts';

/** A tensor of the same shape and dtype. */
export type Same<T extends AnyTensor> = Tensor<T['shape'], T['dtype']>;
/** A tensor of another shape. */
type Shaped<T extends AnyTensor, R> = Tensor<OrOpen<R>, T['dtype']>;
/** The argument, or the sentence that says why it does not fit. */
export type Fitting<Problem, A> = [Problem] extends [never] ? A : Problem;

/** What stands on the right of an operation: a tensor, or a number for every element. */
export type RightSide = AnyTensor | number;

/** Both dtypes are the same, or a sentence. */
export type DTypeProblem<A extends DType, B extends DType> = [A] extends [B]
  ? never
  : [B] extends [A]
    ? never
    : `one operand is ${A} and the other ${B}: convert one with .cast('${B extends 'f32' | 'f64' ? B : A}')`;

/** What is wrong with two operands, or never. */
export type BinaryProblem<T extends AnyTensor, B> = B extends AnyTensor
  ? [DTypeProblem<T['dtype'], B['dtype']>] extends [never]
    ? ProblemOf<Broadcast<T['shape'], B['shape']>>
    : DTypeProblem<T['dtype'], B['dtype']>
  : never;
type BinaryShape<T extends AnyTensor, B> = B extends AnyTensor ? OrOpen<Broadcast<T['shape'], B['shape']>> : T['shape'];
type Binary<T extends AnyTensor, B> = Tensor<BinaryShape<T, B>, T['dtype']>;
type Compared<T extends AnyTensor, B> = Tensor<BinaryShape<T, B>, 'bool'>;

/** What is wrong with the axes of a reduction, or never. */
type AxesProblem<T extends AnyTensor, A> = ProblemOf<Reduce<T['shape'], A, false>>;

/** Elementwise functions of one tensor. */
export interface UnaryMethods {
  neg<T extends AnyTensor>(this: T): Same<T>;
  abs<T extends AnyTensor>(this: T): Same<T>;
  /** -1, 0 or 1 */
  sign<T extends AnyTensor>(this: T): Same<T>;
  floor<T extends AnyTensor>(this: T): Same<T>;
  ceil<T extends AnyTensor>(this: T): Same<T>;
  /** To the nearest whole number, halves to even. */
  round<T extends AnyTensor>(this: T): Same<T>;
  exp<T extends AnyTensor>(this: T): Same<T>;
  /** exp(x) − 1, exact near 0. */
  expm1<T extends AnyTensor>(this: T): Same<T>;
  log<T extends AnyTensor>(this: T): Same<T>;
  /** ln(1 + x), exact near 0. */
  log1p<T extends AnyTensor>(this: T): Same<T>;
  sqrt<T extends AnyTensor>(this: T): Same<T>;
  /** 1 / √x */
  rsqrt<T extends AnyTensor>(this: T): Same<T>;
  square<T extends AnyTensor>(this: T): Same<T>;
  reciprocal<T extends AnyTensor>(this: T): Same<T>;
  sin<T extends AnyTensor>(this: T): Same<T>;
  cos<T extends AnyTensor>(this: T): Same<T>;
  tan<T extends AnyTensor>(this: T): Same<T>;
  asin<T extends AnyTensor>(this: T): Same<T>;
  acos<T extends AnyTensor>(this: T): Same<T>;
  atan<T extends AnyTensor>(this: T): Same<T>;
  sinh<T extends AnyTensor>(this: T): Same<T>;
  cosh<T extends AnyTensor>(this: T): Same<T>;
  tanh<T extends AnyTensor>(this: T): Same<T>;
  asinh<T extends AnyTensor>(this: T): Same<T>;
  acosh<T extends AnyTensor>(this: T): Same<T>;
  atanh<T extends AnyTensor>(this: T): Same<T>;
  erf<T extends AnyTensor>(this: T): Same<T>;
  /** Logical complement of bool, bitwise of integers. */
  not<T extends AnyTensor>(this: T): Same<T>;
  isNan<T extends AnyTensor>(this: T): Tensor<T['shape'], 'bool'>;
  isFinite<T extends AnyTensor>(this: T): Tensor<T['shape'], 'bool'>;
  /** Passes values on; derivatives stop here. */
  stopGradient<T extends AnyTensor>(this: T): Same<T>;
  /** Prints the value, under a name, each time a program computes it. */
  debug<T extends AnyTensor>(this: T, label: string): Same<T>;
}

/** Activation functions. */
export interface ActivationMethods {
  relu<T extends AnyTensor>(this: T): Same<T>;
  relu6<T extends AnyTensor>(this: T): Same<T>;
  leakyRelu<T extends AnyTensor>(this: T, slope?: number): Same<T>;
  prelu<T extends AnyTensor>(this: T, slope: AnyTensor): Same<T>;
  elu<T extends AnyTensor>(this: T, alpha?: number): Same<T>;
  selu<T extends AnyTensor>(this: T): Same<T>;
  celu<T extends AnyTensor>(this: T, alpha?: number): Same<T>;
  gelu<T extends AnyTensor>(this: T, options?: GeluOptions): Same<T>;
  /** 1 / (1 + exp(−x)) */
  sigmoid<T extends AnyTensor>(this: T): Same<T>;
  softplus<T extends AnyTensor>(this: T, beta?: number): Same<T>;
  softsign<T extends AnyTensor>(this: T): Same<T>;
  silu<T extends AnyTensor>(this: T): Same<T>;
  mish<T extends AnyTensor>(this: T): Same<T>;
  hardSigmoid<T extends AnyTensor>(this: T, slope?: number, offset?: number): Same<T>;
  hardSwish<T extends AnyTensor>(this: T): Same<T>;
  hardTanh<T extends AnyTensor>(this: T, low?: number, high?: number): Same<T>;
  logSigmoid<T extends AnyTensor>(this: T): Same<T>;
  hardShrink<T extends AnyTensor>(this: T, lambda?: number): Same<T>;
  softShrink<T extends AnyTensor>(this: T, lambda?: number): Same<T>;
  tanhShrink<T extends AnyTensor>(this: T): Same<T>;
  thresholdedRelu<T extends AnyTensor>(this: T, theta?: number): Same<T>;
  /** First half times sigmoid of the second half. */
  glu<T extends AnyTensor>(this: T, axis?: AxisArgument): Tensor<Shape, T['dtype']>;
  /** exp(x) / Σ exp(x) along an axis, the last by default. */
  softmax<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>): Same<T>;
  logSoftmax<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>): Same<T>;
}

/** Arithmetic of two tensors, with broadcasting; a number stands for a tensor of it. */
export interface BinaryMethods {
  add<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  sub<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  mul<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  div<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  /** Remainder with the sign of the dividend. */
  rem<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  pow<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  maximum<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  minimum<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  /** Angle of the point (other, this). */
  atan2<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  /** √(a² + b²) without overflow on the way. */
  hypot<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  equal<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  notEqual<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  less<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  lessEqual<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  greater<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  greaterEqual<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Compared<T, B>;
  and<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  or<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  xor<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  shiftLeft<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  shiftRightLogical<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  shiftRightArithmetic<T extends AnyTensor, B extends RightSide>(this: T, other: Fitting<BinaryProblem<T, B>, B>): Binary<T, B>;
  /** Limits to [low, high]; the derivative is 1 at the ends. */
  clamp<T extends AnyTensor>(this: T, low: RightSide, high: RightSide): Same<T>;
  /** Matrix product: the last axis with the second-last of `other`; leading axes broadcast. */
  matmul<T extends AnyTensor, B extends AnyTensor>(this: T, other: Fitting<MatmulProblem<T, B>, B>): Shaped<T, Matmul<T['shape'], B['shape']>>;
  /** The same values in another dtype; floats truncate towards zero on the way to integers. */
  cast<T extends AnyTensor, D extends DType>(this: T, dtype: D): Tensor<T['shape'], D>;
  /** The same bits in another dtype of the same width. */
  bitcast<T extends AnyTensor, D extends DType>(this: T, dtype: D): Tensor<T['shape'], D>;
}
type MatmulProblem<T extends AnyTensor, B extends AnyTensor> = [DTypeProblem<T['dtype'], B['dtype']>] extends [never]
  ? ProblemOf<Matmul<T['shape'], B['shape']>>
  : DTypeProblem<T['dtype'], B['dtype']>;

/** A reduction over all axes, or over some by position or name. */
interface Reduction<O extends ReduceOptions> {
  <T extends AnyTensor>(this: T): Tensor<[], T['dtype']>;
  <T extends AnyTensor, const A extends AxesArgument | undefined, const K extends boolean = false>(
    this: T,
    axes: Fitting<A extends undefined ? never : AxesProblem<T, A>, A>,
    options?: O & { readonly keepDims?: K },
  ): Tensor<OrOpen<A extends undefined ? ReduceAll<T['shape'], K> : Reduce<T['shape'], A, K>>, T['dtype']>;
}

/** Reductions and what goes along an axis. */
export interface ReductionMethods {
  sum: Reduction<ReduceOptions>;
  mean: Reduction<ReduceOptions>;
  prod: Reduction<ReduceOptions>;
  max: Reduction<ReduceOptions>;
  min: Reduction<ReduceOptions>;
  any: Reduction<ReduceOptions>;
  all: Reduction<ReduceOptions>;
  /** Mean squared distance from the mean; `correction: 1` for the unbiased one. */
  variance: Reduction<VarianceOptions>;
  std: Reduction<VarianceOptions>;
  /** ln Σ exp(x) */
  logSumExp: Reduction<ReduceOptions>;
  norm: Reduction<NormOptions>;
  /** Position of the largest entry along an axis, the last by default; the first of equals. */
  argmax<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>): Tensor<OrOpen<Reduce<T['shape'], A, false>>, 'i32'>;
  argmin<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>): Tensor<OrOpen<Reduce<T['shape'], A, false>>, 'i32'>;
  cumsum<T extends AnyTensor, const A extends AxisArgument>(this: T, axis: Fitting<AxesProblem<T, A>, A>, options?: CumulativeOptions): Same<T>;
  cumprod<T extends AnyTensor, const A extends AxisArgument>(this: T, axis: Fitting<AxesProblem<T, A>, A>, options?: CumulativeOptions): Same<T>;
  sort<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>, options?: SortOptions): Same<T>;
  argsort<T extends AnyTensor, const A extends AxisArgument = -1>(this: T, axis?: Fitting<AxesProblem<T, A>, A>, options?: SortOptions): Tensor<T['shape'], 'i32'>;
  /** The k largest along the last axis, and their positions. */
  topK<T extends AnyTensor, const K extends number>(this: T, k: K): readonly [Shaped<T, WithDim<T['shape'], -1, K>>, Tensor<OrOpen<WithDim<T['shape'], -1, K>>, 'i32'>];
}

/** Shapes, axes and places. */
export interface MovementMethods {
  /** Same elements in another shape; -1 stands for the rest. */
  reshape<T extends AnyTensor, const S extends readonly Dim[]>(this: T, shape: Fitting<ProblemOf<Reshape<T['shape'], S>>, S>): Shaped<T, Reshape<T['shape'], S>>;
  /** Everything from an axis on (1 by default) as one axis. */
  flatten<T extends AnyTensor, const A extends number = 1>(this: T, startAxis?: A): Shaped<T, Flatten<T['shape'], A>>;
  /** Axes in another order; reversed without an argument. */
  transpose<T extends AnyTensor>(this: T): Shaped<T, Transpose<T['shape'], undefined>>;
  transpose<T extends AnyTensor, const P extends readonly AxisArgument[]>(this: T, permutation: Fitting<ProblemOf<Transpose<T['shape'], P>>, P>): Shaped<T, Transpose<T['shape'], P>>;
  swapAxes<T extends AnyTensor, const A extends AxisArgument, const B extends AxisArgument>(this: T, a: Fitting<AxesProblem<T, A>, A>, b: Fitting<AxesProblem<T, B>, B>): Shaped<T, SwapAxes<T['shape'], A, B>>;
  moveAxis<T extends AnyTensor>(this: T, from: AxisArgument, to: number): Tensor<Shape, T['dtype']>;
  /** A new axis of size 1. */
  expandDims<T extends AnyTensor, const A extends number>(this: T, axis: A): Shaped<T, ExpandDims<T['shape'], A>>;
  /** Drops axes of size 1: the given ones, or all. */
  squeeze<T extends AnyTensor, const A extends AxesArgument | undefined = undefined>(this: T, axes?: A): Shaped<T, Squeeze<T['shape'], A>>;
  broadcastTo<T extends AnyTensor, const S extends readonly Dim[]>(this: T, shape: S): Shaped<T, { -readonly [K in keyof S]: S[K] }>;
  /** start ≤ index < end along an axis, in steps; negative positions count from the end. */
  slice<T extends AnyTensor, const A extends AxisArgument, const F extends Dim, const E extends Dim | undefined = undefined, const P extends number = 1>(
    this: T,
    axis: Fitting<AxesProblem<T, A>, A>,
    start: F,
    end?: E,
    step?: P,
  ): Shaped<T, Slice<T['shape'], A, F, E extends undefined ? unknown : E, P>>;
  /** One entry along an axis; the axis goes. */
  at<T extends AnyTensor, const A extends AxisArgument>(this: T, axis: Fitting<AxesProblem<T, A>, A>, position: number): Shaped<T, Reduce<T['shape'], A, false>>;
  reverse<T extends AnyTensor, const A extends AxesArgument>(this: T, axes?: Fitting<AxesProblem<T, A>, A>): Same<T>;
  /** [before, after] per axis. */
  pad<T extends AnyTensor>(this: T, padding: readonly (readonly [number, number])[], options?: { readonly value?: number; readonly mode?: PadMode }): Tensor<Shape, T['dtype']>;
  tile<T extends AnyTensor>(this: T, repeats: readonly number[]): Tensor<Shape, T['dtype']>;
  roll<T extends AnyTensor, const A extends AxisArgument>(this: T, shift: number, axis: Fitting<AxesProblem<T, A>, A>): Same<T>;
  /** Sliding windows along an axis as a new last axis. */
  unfold<T extends AnyTensor>(this: T, axis: AxisArgument, size: number, step?: number): Tensor<Shape, T['dtype']>;
  /** Equal parts, or parts of given sizes, along an axis (0 by default). */
  split<T extends AnyTensor>(this: T, parts: number | readonly number[], axis?: AxisArgument): Tensor<Shape, T['dtype']>[];
  tril<T extends AnyTensor>(this: T, k?: number): Same<T>;
  triu<T extends AnyTensor>(this: T, k?: number): Same<T>;
  diagonal<T extends AnyTensor>(this: T, axis1?: AxisArgument, axis2?: AxisArgument): Tensor<Shape, T['dtype']>;
}

/** Picking and placing by index. */
export interface IndexingMethods {
  /** Entries along an axis (0 by default) at given positions; the axes of the indices take its place. */
  take<T extends AnyTensor, I extends Tensor<Shape, 'i32'>, const A extends AxisArgument = 0>(this: T, indices: I, axis?: Fitting<AxesProblem<T, A>, A>): Shaped<T, TakeAt<T['shape'], I['shape'], A>>;
  /** For each place of the indices the entry at that position along the axis. */
  takeAlongAxis<T extends AnyTensor, I extends AnyTensor>(this: T, indices: I, axis?: AxisArgument): Tensor<I['shape'], T['dtype']>;
  gatherAt<T extends AnyTensor>(this: T, indices: AnyTensor): Tensor<Shape, T['dtype']>;
  scatterAdd<T extends AnyTensor>(this: T, indices: AnyTensor, updates: AnyTensor): Same<T>;
  scatterSet<T extends AnyTensor>(this: T, indices: AnyTensor, updates: AnyTensor): Same<T>;
  /** 1 at the position of each class number along a new last axis. */
  oneHot<T extends AnyTensor, const N extends number>(this: T, classes: N): Tensor<[...T['shape'], N], 'f32'>;
}

/** Knowledge about the tensor itself. */
export interface KnowledgeMethods {
  /** The dim at an axis. */
  dim<T extends AnyTensor, const A extends AxisArgument>(this: T, axis: Fitting<AxesProblem<T, A>, A>): DimAt<T['shape'], A>;
  /** The size of an axis as a scalar in the graph. */
  size<T extends AnyTensor, const A extends AxisArgument>(this: T, axis: Fitting<AxesProblem<T, A>, A>): Tensor<[], 'i32'>;
  /**
   * The same tensor, known to have a shape: the one gate from run-time to compile-time knowledge.
   * @throws SHAPE_MISMATCH if it certainly has another
   */
  as<T extends AnyTensor, const S extends readonly Dim[]>(this: T, shape: S): Tensor<{ -readonly [K in keyof S]: S[K] }, T['dtype']>;
  /** Functions one after the other. */
  pipe<T extends AnyTensor, A>(this: T, a: (x: T) => A): A;
  pipe<T extends AnyTensor, A, B>(this: T, a: (x: T) => A, b: (x: A) => B): B;
  pipe<T extends AnyTensor, A, B, C>(this: T, a: (x: T) => A, b: (x: A) => B, c: (x: B) => C): C;
  pipe<T extends AnyTensor, A, B, C, D>(this: T, a: (x: T) => A, b: (x: A) => B, c: (x: B) => C, d: (x: C) => D): D;
}

export interface TensorMethods
  extends UnaryMethods,
    ActivationMethods,
    BinaryMethods,
    ReductionMethods,
    MovementMethods,
    IndexingMethods,
    KnowledgeMethods {}
