/** What derivatives take, and what they give: a scalar loss of floats, and tensors of floats to derive by. */
import type { FloatDType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Show } from './outcome.ts';

type NoScalar<T extends AnyTensor> =
  `a gradient needs a scalar, not ${Show<T['shape']>}: reduce it with .mean() or .sum(), or use jacobian or vjp`;
type NoGradient<T extends AnyTensor> =
  `${T['dtype']} has no gradient: leave it out, or convert it with .cast('f32')`;

/** A tensor of floats, or the sentence. */
export type Differentiable<T extends AnyTensor> = [T['dtype']] extends ['i32' | 'u32' | 'bool']
  ? NoGradient<T>
  : T;

/** The type of a loss: its own if it is a scalar of floats or not known, else the sentence. */
export type ScalarLoss<T extends AnyTensor> = number extends T['shape']['length']
  ? Differentiable<T>
  : T['shape'] extends readonly []
    ? Differentiable<T>
    : NoScalar<T>;

/** The type of what to derive by: a tensor, a list or a record of them; integers become the sentence. */
export type GradientArguments<W> = W extends AnyTensor
  ? Differentiable<W>
  : { [K in keyof W]: GradientArguments<W[K]> };

/** What comes back: a plain tensor for each tensor, in the same lists and records. */
export type GradientOf<W> = W extends AnyTensor
  ? Tensor<W['shape'], W['dtype'] & FloatDType>
  : { -readonly [K in keyof W]: GradientOf<W[K]> };
