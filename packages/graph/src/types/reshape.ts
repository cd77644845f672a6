/** Reshaping: as many elements before as after, products of names included; -1 stands for the rest. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { At, Before, From, Position } from './axis.ts';
import type { ProductOf, QuotientOf } from './dim.ts';
import type { IsWide, Same, Show, ShowDim, Writable } from './outcome.ts';

/** The target with its one -1 filled in. */
type Filled<Target extends Shape, D extends Dim, MinusOne = -1> = {
  -readonly [K in keyof Target]: Same<Target[K], MinusOne> extends true ? D : Target[K];
};
/**
 * 'none', 'one' or 'many' entries of -1. It is a parameter, so that a type parameter of the caller is at once known to
 * be no -1, where `D extends -1` would wait.
 */
type Open<Target, Seen = 'none', MinusOne = -1> = Target extends readonly [infer D, ...infer Rest]
  ? Same<D, MinusOne> extends true
    ? Open<Rest, Seen extends 'none' ? 'one' : 'many'>
    : Open<Rest, Seen>
  : Seen;
type WithoutOpen<Target, Out extends Shape = [], MinusOne = -1> = Target extends readonly [
  infer D extends Dim,
  ...infer Rest,
]
  ? WithoutOpen<Rest, Same<D, MinusOne> extends true ? Out : [...Out, D]>
  : Out;

type Words<S extends Shape, Target extends Shape> = `cannot reshape ${Show<S>} to ${Show<Target>}`;
type NotDivisible<
  S extends Shape,
  Target extends Shape,
> = `${Words<S, Target>}: ${ShowDim<ProductOf<S>>} elements do not divide by ${ShowDim<ProductOf<WithoutOpen<Target>>>}`;

/** Both shapes without the leading dims that they share: what is left must have as many elements. */
type Balanced<S, Target> = S extends readonly [infer X, ...infer RestS extends Shape]
  ? Target extends readonly [infer Y, ...infer RestT extends Shape]
    ? Same<X, Y> extends true
      ? Balanced<RestS, RestT>
      : [S, Target]
    : [S, Target]
  : [S, Target];

type Checked<S extends Shape, Target extends Shape, D extends DType> =
  Balanced<S, Target> extends [infer X extends Shape, infer Y extends Shape]
    ? X extends Y
      ? Tensor<Writable<Target>, D>
      : ProductOf<X> extends infer P
        ? ProductOf<Y> extends infer Q
          ? IsWide<P> extends true
            ? Tensor<Writable<Target>, D>
            : IsWide<Q> extends true
              ? Tensor<Writable<Target>, D>
              : P extends Q
                ? Tensor<Writable<Target>, D>
                : `${Words<S, Target>}: ${ShowDim<ProductOf<S>>} elements are not ${ShowDim<ProductOf<Target>>}`
          : never
        : never
    : never;

type Rest<S extends Shape, Target extends Shape, D extends DType> =
  Balanced<S, Target> extends [infer X extends Shape, infer Y extends Shape]
    ? [QuotientOf<X, WithoutOpen<Y>>] extends [never]
      ? NotDivisible<S, Target>
      : Tensor<Filled<Target, QuotientOf<X, WithoutOpen<Y>>>, D>
    : never;

/** A shape of dtype `D` reshaped to a target. */
export type ReshapeTo<
  S extends Shape,
  Target extends Shape,
  D extends DType,
> = number extends Target['length']
  ? Tensor<Shape, D>
  : Open<Target> extends infer Count
    ? Count extends 'many'
      ? `${Words<S, Target>}: at most one size of a shape is -1`
      : Count extends 'one'
        ? number extends S['length']
          ? Tensor<Filled<Target, number>, D>
          : Rest<S, Target, D>
        : number extends S['length']
          ? Tensor<Writable<Target>, D>
          : Checked<S, Target, D>
    : never;

/** x.reshape(target) */
export type Reshape<T extends AnyTensor, Target extends Shape> = ReshapeTo<T['shape'], Target, T['dtype']>;

/** x.flatten(start): everything from an axis on becomes one. */
export type Flatten<T extends AnyTensor, Start> = FlattenFrom<T['shape'], Start, T['dtype']>;
export type FlattenFrom<S extends Shape, Start, D extends DType> = number extends S['length']
  ? Tensor<Shape, D>
  : Start extends S['length']
    ? Tensor<[...S, 1], D>
    : Position<S, Start> extends infer P
      ? P extends string
        ? P
        : number extends P
          ? Tensor<Shape, D>
          : Tensor<[...Before<S, P>, ProductOf<From<S, P>>], D>
      : never;

/** The dim at an axis, as far as it is known. */
export type DimAt<T extends AnyTensor, A> =
  Position<T['shape'], A> extends infer P ? (P extends string ? Dim : At<T['shape'], P>) : Dim;
