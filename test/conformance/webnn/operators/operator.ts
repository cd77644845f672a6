/** What an operator of WebNN is here: its arguments by name and its options, to tensors of our DSL. */
import type { AnyTensor, FloatDType } from '@cotangent/graph';

export interface Context {
  /** The dtype in which reals are computed. */
  readonly real: FloatDType;
}

/** Each row says which arguments and options its operator has; the vectors are written for exactly these. */
export type Operator = (args: never, options: never, context: Context) => AnyTensor | readonly AnyTensor[];

export type Operators = Readonly<Record<string, Operator>>;

export interface Unary {
  readonly input: AnyTensor;
}
export interface Binary {
  readonly a: AnyTensor;
  readonly b: AnyTensor;
}

export const unary =
  (f: (x: AnyTensor) => AnyTensor) =>
  ({ input }: Unary): AnyTensor =>
    f(input);
export const binary =
  (f: (a: AnyTensor, b: AnyTensor) => AnyTensor) =>
  ({ a, b }: Binary): AnyTensor =>
    f(a, b);

/** Sizes of a shape that has no names. */
export const sizesOf = (x: AnyTensor): readonly number[] => x.shape.map(Number);
