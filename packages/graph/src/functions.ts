/**
 * Functions for what has no natural receiver, with shapes as types: joining, choosing, einsum, values from nothing,
 * convolution and pooling, random numbers, marks. Each is an outermost public call: nodes and errors have its caller's line.
 */
import { checkedShape } from './checked-shape.ts';
import type { Dim } from './dim.ts';
import * as contraction from './dsl/contraction.ts';
import * as elementwise from './dsl/elementwise.ts';
import * as marks from './dsl/marks.ts';
import * as movement from './dsl/movement.ts';
import { constantOfArray, type Operand, splat } from './dsl/operands.ts';
import * as random from './dsl/random.ts';
import * as spatial from './dsl/spatial.ts';
import type { DType, FloatDType } from './dtype.ts';
import type { HostArray, Nested } from './host-array.ts';
import type { Variable } from './leaves.ts';
import type { AnyTensor, Tensor } from './node.ts';
import type { Shape } from './shape.ts';
import { typed } from './typed.ts';
import type { Axis } from './types/axis.ts';
import type { Conv, ConvTranspose, Pool } from './types/convolution.ts';
import type { Einsum } from './types/einsum.ts';
import type { Where } from './types/elementwise.ts';
import type { NestedShape } from './types/indexing.ts';
import type { Concat, Stack } from './types/join.ts';
import type { Fits, Like, Result, Writable } from './types/outcome.ts';
import type { KeyOf, RandomKey, Sampled } from './types/random.ts';
import type { Layout, Padding, PerAxis } from './types/window.ts';

// Joining and choosing.

/**
 * Joins tensors along an axis that they have; the other axes agree.
 * @throws SHAPE_MISMATCH if other axes differ; DTYPE_MISMATCH if dtypes do
 * @example
 * ```ts
 * const wide = concat([x, x], -1); // Tensor<['batch', 6]>
 * ```
 */
export const concat: <const P extends readonly AnyTensor[], const A extends Axis>(
  parts: Fits<Concat<P, A>, P>,
  axis: A,
) => Result<Concat<P, A>> = typed(movement.concat);

/**
 * Joins tensors of one shape along a new axis, the first by default.
 * @throws SHAPE_MISMATCH if shapes differ; DTYPE_MISMATCH if dtypes do
 */
export const stack: <const P extends readonly AnyTensor[], const A extends number = 0>(
  parts: Fits<Stack<P, A>, P>,
  axis?: A,
) => Result<Stack<P, A>> = typed(movement.stack);

/**
 * condition ? a : b, elementwise with broadcasting; both branches are computed.
 * @throws DTYPE_MISMATCH unless the condition is bool and the branches have one dtype
 */
export const where: <C extends AnyTensor, A extends Operand, B extends Operand>(
  condition: Fits<Where<C, 0, 0>, C>,
  a: A,
  b: Fits<Where<C, A, B>, B>,
) => Result<Where<C, A, B>> = typed(elementwise.where);

/**
 * Einstein summation: letters name axes, repeated letters multiply, letters missing on the right are summed. Without `->`
 * the result has the letters that occur once, in alphabetical order.
 *
 * @throws BAD_ARGUMENT for an equation that is none; SHAPE_MISMATCH if a letter stands for two sizes
 * @example
 * ```ts
 * const scores = einsum('bhqd,bhkd->bhqk', [q, k]);
 * ```
 */
export const einsum: <const E extends string, const P extends readonly AnyTensor[]>(
  equation: E,
  operands: Fits<Einsum<E, P>, P>,
) => Result<Einsum<E, P>> = typed(contraction.einsum);

// Values from nothing.

/** One number for every element of a shape; f32 by default. */
export const fill: <const S extends readonly Dim[], D extends DType = 'f32'>(
  value: number | boolean,
  shape: S,
  dtype?: D,
) => Tensor<Writable<S>, D> = typed(
  (value: number | boolean, shape: readonly unknown[], dtype: DType = 'f32') =>
    splat(value, checkedShape(shape), dtype),
);

/**
 * Numbers in nested arrays, or a host array, as a constant of the graph; nested arrays are f32 by default.
 * @throws BAD_DATA if rows have different lengths
 */
export const constant: {
  <D extends DType>(values: HostArray<D>): Tensor<Shape, D>;
  <const N extends Nested, D extends DType = 'f32'>(values: N, dtype?: D): Tensor<NestedShape<N>, D>;
} = typed(constantOfArray);

/** 0, 1, 2, … along one axis of a shape; i32 by default. */
export const iota: <const S extends readonly Dim[], D extends 'f32' | 'f64' | 'i32' | 'u32' = 'i32'>(
  shape: S,
  axis: number,
  dtype?: D,
) => Tensor<Writable<S>, D> = typed(
  (shape: readonly unknown[], axis: number, dtype?: 'f32' | 'f64' | 'i32' | 'u32') =>
    movement.iota(checkedShape(shape), axis, dtype),
);

/** 0, 1, 2, … up to a count, which may be the name of a dimension; i32 by default. */
export const arange: <const N extends Dim, D extends 'f32' | 'f64' | 'i32' | 'u32' = 'i32'>(
  count: N,
  dtype?: D,
) => Tensor<[N], D> = typed((count: Dim, dtype?: 'f32' | 'f64' | 'i32' | 'u32') =>
  movement.iota(checkedShape([count]), 0, dtype),
);

// Convolution and pooling over the spatial axes of [batch, ...spatial, channels].

interface WindowOptions<S, P, D, L> {
  readonly stride?: S;
  readonly padding?: P;
  readonly dilation?: D;
  /** Where the channels are: last by default. */
  readonly layout?: L;
}

/**
 * Convolution (cross-correlation) with a kernel [...window, channels / groups, filters], over one, two or three axes.
 *
 * @throws SHAPE_MISMATCH if the kernel does not fit
 * @example
 * ```ts
 * const y = conv(images, kernel, { padding: 'same', stride: 2 });
 * ```
 */
export const conv: <
  X extends AnyTensor,
  K extends AnyTensor,
  const S extends PerAxis = 1,
  const P extends Padding = 'valid',
  const D extends PerAxis = 1,
  const G extends number = 1,
  L extends Layout = 'channelsLast',
>(
  x: X,
  kernel: Fits<Conv<X, K, S, P, D, G, L>, K>,
  options?: WindowOptions<S, P, D, L> & { readonly groups?: G },
) => Result<Conv<X, K, S, P, D, G, L>> = typed(
  (x: AnyTensor, kernel: AnyTensor, options?: spatial.ConvOptions) => spatial.conv(x, kernel, options),
);

/**
 * Transposed convolution: sizes grow to (size − 1)·stride + window − padding + outputPadding, with padding 'same' to
 * size·stride.
 */
export const convTranspose: <
  X extends AnyTensor,
  K extends AnyTensor,
  const S extends PerAxis = 1,
  const P extends Padding = 'valid',
  const D extends PerAxis = 1,
  const E extends PerAxis = 0,
  const G extends number = 1,
  L extends Layout = 'channelsLast',
>(
  x: X,
  kernel: Fits<ConvTranspose<X, K, S, P, D, E, G, L>, K>,
  options?: WindowOptions<S, P, D, L> & { readonly groups?: G; readonly outputPadding?: E },
) => Result<ConvTranspose<X, K, S, P, D, E, G, L>> = typed(
  (x: AnyTensor, kernel: AnyTensor, options?: spatial.ConvTransposeOptions) =>
    spatial.convTranspose(x, kernel, options),
);

/** The largest entry of each window; the stride is the window by default. */
export const maxPool: <
  X extends AnyTensor,
  const W extends PerAxis,
  const S extends PerAxis | undefined = undefined,
  const P extends Padding = 'valid',
  const D extends PerAxis = 1,
  L extends Layout = 'channelsLast',
  C extends boolean = false,
>(
  x: X,
  window: Fits<Pool<'maxPool', X, W, S, P, D, L, C>, W>,
  options?: WindowOptions<S, P, D, L> & { readonly ceilMode?: C },
) => Result<Pool<'maxPool', X, W, S, P, D, L, C>> = typed(
  (x: AnyTensor, window: PerAxis, options?: spatial.PoolOptions) => spatial.maxPool(x, window, options),
);

/** The mean of each window; the stride is the window by default. */
export const averagePool: <
  X extends AnyTensor,
  const W extends PerAxis,
  const S extends PerAxis | undefined = undefined,
  const P extends Padding = 'valid',
  const D extends PerAxis = 1,
  L extends Layout = 'channelsLast',
  C extends boolean = false,
>(
  x: X,
  window: Fits<Pool<'averagePool', X, W, S, P, D, L, C>, W>,
  options?: WindowOptions<S, P, D, L> & { readonly ceilMode?: C; readonly countIncludePad?: boolean },
) => Result<Pool<'averagePool', X, W, S, P, D, L, C>> = typed(
  (x: AnyTensor, window: PerAxis, options?: spatial.AveragePoolOptions) =>
    spatial.averagePool(x, window, options),
);

// Random numbers: the same key gives the same numbers in every engine.

/** A random key (u32[2]) from a whole number. */
export const randomKey: (seed: number) => RandomKey = typed(random.randomKey);

/** A new key that depends on a key and a whole number, such as a step counter. */
export const foldIn: <K extends AnyTensor>(key: Fits<KeyOf<K>, K>, data: number | AnyTensor) => RandomKey =
  typed(random.foldIn);

interface RandomOptions<D> {
  readonly dtype?: D;
}

/** Uniform numbers in [low, high), by default [0, 1). */
export const randomUniform: <
  K extends AnyTensor,
  const S extends readonly Dim[],
  D extends FloatDType = 'f32',
>(
  key: Fits<KeyOf<K>, K>,
  shape: S,
  low?: number,
  high?: number,
  options?: RandomOptions<D>,
) => Tensor<Writable<S>, D> = typed(
  (key: AnyTensor, shape: readonly unknown[], low?: number, high?: number, options?: random.RandomOptions) =>
    random.randomUniform(key, checkedShape(shape), low, high, options),
);

/** Normal numbers, by default of mean 0 and deviation 1. */
export const randomNormal: <
  K extends AnyTensor,
  const S extends readonly Dim[],
  D extends FloatDType = 'f32',
>(
  key: Fits<KeyOf<K>, K>,
  shape: S,
  mean?: number,
  deviation?: number,
  options?: RandomOptions<D>,
) => Tensor<Writable<S>, D> = typed(
  (
    key: AnyTensor,
    shape: readonly unknown[],
    mean?: number,
    deviation?: number,
    options?: random.RandomOptions,
  ) => random.randomNormal(key, checkedShape(shape), mean, deviation, options),
);

/** True with probability p. */
export const bernoulli: <K extends AnyTensor, const S extends readonly Dim[]>(
  key: Fits<KeyOf<K>, K>,
  p: number,
  shape: S,
) => Tensor<Writable<S>, 'bool'> = typed((key: AnyTensor, p: number, shape: readonly unknown[]) =>
  random.bernoulli(key, p, checkedShape(shape)),
);

/** Gumbel numbers −ln(−ln u), whose maximum over logits samples a class. */
export const randomGumbel: <K extends AnyTensor, const S extends readonly Dim[]>(
  key: Fits<KeyOf<K>, K>,
  shape: S,
) => Tensor<Writable<S>> = typed((key: AnyTensor, shape: readonly unknown[]) =>
  random.randomGumbel(key, checkedShape(shape)),
);

/** A class (i32) for each row of logits, drawn with the probabilities of their softmax; the last axis goes. */
export const randomCategorical: <K extends AnyTensor, L extends AnyTensor>(
  key: Fits<KeyOf<K>, K>,
  logits: Fits<Sampled<L>, L>,
) => Result<Sampled<L>> = typed(random.randomCategorical);

// Marks.

/**
 * Marks `y`: whenever a program computes it, the variable becomes `next(old)` after the call.
 *
 * @example
 * ```ts
 * const calls = variable('calls', []);
 * const counted = withUpdate(y, calls, (old) => old.add(1));
 * ```
 */
export const withUpdate: <T extends AnyTensor, S extends Shape, D extends DType>(
  y: T,
  variable: Variable<S, D>,
  next: (old: Tensor<S, D>) => Tensor<NoInfer<S>, NoInfer<D>>,
) => Like<T> = typed(marks.withUpdate);

/** Prints a value with a name each time a program computes it; the value passes unchanged. */
export const debug: <T extends AnyTensor>(x: T, label: string) => Like<T> = typed(marks.debug);
