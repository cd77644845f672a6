/**
 * A layer's shapes as a type: an interface with `in` and `out`, both declared `unknown`, because an array type there
 * would destroy tuples. `in` is the type of the input tensor; `out` a tensor type, or the sentence that says what is wrong.
 *
 * @example
 * ```ts
 * interface DoubleShape extends ShapeFunction { out: Tensor<[...InputShape<this>, 2]> }
 * type Y = OutputOf<DoubleShape, Tensor<['batch', 3]>>; // Tensor<['batch', 3, 2]>
 * ```
 */
import type { DType } from '../dtype.ts';
import type { AnyTensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Fits, Result } from './outcome.ts';

export interface ShapeFunction {
  in: unknown;
  out: unknown;
}

/** What a shape function makes of an input tensor: a tensor type, or a sentence. */
export type OutputOf<F extends ShapeFunction, T> = (F & { in: T })['out'];

/** The shape of the input, inside a shape function: `InputShape<this>`. */
export type InputShape<F extends ShapeFunction> = F['in'] extends { readonly shape: infer S extends Shape }
  ? S
  : Shape;
/** The dtype of the input, inside a shape function: `InputDType<this>`. */
export type InputDType<F extends ShapeFunction> = F['in'] extends { readonly dtype: infer D extends DType }
  ? D
  : DType;

/** How something with a shape function is called. */
export type ShapedCall<F extends ShapeFunction> = <T extends AnyTensor>(
  x: Fits<OutputOf<F, T>, T>,
) => Result<OutputOf<F, T>>;

/** What carries a shape function. It exists in types only. */
export interface Shaped<F extends ShapeFunction> {
  readonly shapeFunction?: F;
}

/** The shape function that a layer carries, or never. */
export type ShapeFunctionOf<L> = L extends { readonly shapeFunction?: infer F }
  ? NonNullable<F> extends ShapeFunction
    ? NonNullable<F>
    : never
  : never;
