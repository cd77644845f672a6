/**
 * How type-level operations answer: with a `Tensor` type, or with the sentence that says what is wrong. The sentence
 * becomes the type of a parameter, so the editor shows it; the result is then unknown, so one mistake gives one message.
 */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';

/**
 * Whether two types are identical. True for one type parameter and itself, so `x.add(f(x))` stays `Tensor<S>` in code
 * that is generic in `S`; the wrapping in an object lets a type parameter and a literal differ at once.
 */
export type Same<A, B> =
  (<X>() => X extends { a: A } ? 1 : 2) extends <X>() => X extends { a: B } ? 1 : 2 ? true : false;

/** The type of a parameter: the argument's own if the outcome is good, else the sentence. */
export type Fits<Outcome, Argument> = Outcome extends infer Sentence extends string ? Sentence : Argument;

/** The type of a result. After an error nothing is known of it. */
export type Result<Outcome> = Outcome extends string ? Tensor<Shape, DType> : Outcome;

/** The result of something that gives several tensors. */
export type ResultList<Outcome> = Outcome extends string ? readonly Tensor<Shape, DType>[] : Outcome;
/** The result of something that gives values and their positions. */
export type ResultPair<Outcome> = Outcome extends string
  ? readonly [Tensor<Shape, DType>, Tensor<Shape, 'i32'>]
  : Outcome;

/** A tensor of the same shape and dtype. */
export type Like<T extends AnyTensor> = Tensor<T['shape'], T['dtype']>;

/** True for dims of which only the kind is known: `number`, `string`, `Dim`. */
export type IsWide<D> = number extends D ? true : string extends D ? true : false;

/** A dim as sentences show it; `?` where it is not known. */
export type ShowDim<D> = IsWide<D> extends true ? '?' : D extends string | number ? `${D}` : '?';

type ShowDims<S, Out extends string = ''> = S extends readonly [infer First, ...infer Rest]
  ? ShowDims<Rest, Out extends '' ? ShowDim<First> : `${Out}, ${ShowDim<First>}`>
  : Out;
/** A shape as sentences show it: `[batch, 784]`. */
export type Show<S extends Shape> = number extends S['length'] ? '[...]' : `[${ShowDims<S>}]`;

/** A tuple without `readonly`. */
export type Writable<S extends Shape> = { -readonly [K in keyof S]: S[K] };

/** A list of numbers or names as sentences show it: `0, 2, 1`. */
export type ShowList<L, Out extends string = ''> = L extends readonly [
  infer First extends string | number,
  ...infer Rest,
]
  ? ShowList<Rest, Out extends '' ? `${First}` : `${Out}, ${First}`>
  : Out;

/** Whether two shapes may be one: what is not known fits everything. */
export type Agree<A extends Shape, B extends Shape> =
  Same<A, B> extends true ? true : number extends A['length'] | B['length'] ? true : DimsAgree<A, B>;
type DimsAgree<A, B> = A extends readonly [infer X, ...infer RestA]
  ? B extends readonly [infer Y, ...infer RestB]
    ? Same<X, Y> extends true
      ? DimsAgree<RestA, RestB>
      : true extends IsWide<X> | IsWide<Y>
        ? DimsAgree<RestA, RestB>
        : false
    : false
  : B extends readonly []
    ? true
    : false;
