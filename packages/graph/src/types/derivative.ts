/** What derivatives take, and what they give: a scalar loss of floats, and tensors of floats to derive by. */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Like, Tree } from '../tree.ts';
import type { Show } from './outcome.ts';

type NotFloat = Exclude<DType, 'f32' | 'f64'>;
type NoScalar<T extends AnyTensor> =
  `a gradient needs a scalar, not ${Show<T['shape']>}: reduce it with .mean() or .sum(), or use jacobian or vjp`;
type NoGradient<T extends AnyTensor> =
  `${T['dtype']} has no gradient: leave it out, or convert it with .cast('f32')`;

/** A tensor of floats, or the sentence. */
export type Differentiable<T extends AnyTensor> = [T['dtype']] extends [NotFloat] ? NoGradient<T> : T;

/** The type of a loss: its own if it is a scalar of floats or not known, else the sentence. */
export type ScalarLoss<T extends AnyTensor> = number extends T['shape']['length']
  ? Differentiable<T>
  : T['shape'] extends readonly []
    ? Differentiable<T>
    : NoScalar<T>;

/** The tensors of a nest that have no gradient; a nest of open form says nothing. */
type WithoutGradient<W> = [Tree] extends [W]
  ? never
  : W extends AnyTensor
    ? [W['dtype']] extends [NotFloat]
      ? W
      : never
    : W extends readonly (infer Entry)[]
      ? WithoutGradient<Entry>
      : W extends object
        ? { [K in keyof W]: WithoutGradient<W[K]> }[keyof W]
        : never;
/** The nest with sentences in place of the tensors that have no gradient. */
type Marked<W> = [Tree] extends [W]
  ? W
  : W extends AnyTensor
    ? Differentiable<W>
    : { [K in keyof W]: Marked<W[K]> };

/** The type of what to derive by: a tensor, a list or a record of them; what has no gradient becomes the sentence. */
export type GradientArguments<W> = [WithoutGradient<W>] extends [never] ? W : NoInfer<Marked<W>>;

/** What comes back: a plain tensor for each tensor, in the same lists and records. */
export type GradientOf<W> = Like<W>;

/** For each result the nest of what it is derived by, whose tensors have the axes of the result, then their own. */
export type JacobianOf<O, W> = [Tree] extends [O]
  ? Tree
  : O extends AnyTensor
    ? RowsOf<O, W>
    : { -readonly [K in keyof O]: JacobianOf<O[K], W> };
type RowsOf<O extends AnyTensor, W> = [Tree] extends [W]
  ? Tree
  : W extends AnyTensor
    ? Tensor<[...O['shape'], ...W['shape']], O['dtype']>
    : { -readonly [K in keyof W]: RowsOf<O, W[K]> };
