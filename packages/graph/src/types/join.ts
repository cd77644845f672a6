/** Outcomes of joining tensors: along an axis that they have, or along a new one. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Before, From, Position, With } from './axis.ts';
import type { AddDims } from './dim.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { IsWide, Same, Show } from './outcome.ts';

type Disagree<
  S extends Shape,
  T extends Shape,
  P,
> = `cannot concat ${Show<S>} with ${Show<T>} along axis ${P & number}: the other axes differ`;

/** The shape with all that both know, but for axis P; `false` if they differ. */
type Merged<S, T, P, Out extends Shape = []> = S extends readonly [infer X extends Dim, ...infer RestS]
  ? T extends readonly [infer Y extends Dim, ...infer RestT]
    ? Out['length'] extends P
      ? Merged<RestS, RestT, P, [...Out, AddDims<X, Y>]>
      : Same<X, Y> extends true
        ? Merged<RestS, RestT, P, [...Out, X]>
        : IsWide<X> extends true
          ? Merged<RestS, RestT, P, [...Out, Y]>
          : IsWide<Y> extends true
            ? Merged<RestS, RestT, P, [...Out, X]>
            : false
    : false
  : T extends readonly []
    ? Out
    : false;

type Joined<Parts, S extends Shape, D extends DType, P> = Parts extends readonly [
  infer T extends AnyTensor,
  ...infer Rest,
]
  ? [T['dtype']] extends [D]
    ? JoinNext<Rest, S, T['shape'], T['dtype'], P>
    : [D] extends [T['dtype']]
      ? JoinNext<Rest, S, T['shape'], D, P>
      : DTypesDiffer<D, T['dtype']>
  : Tensor<S, D>;
type JoinNext<Rest, S extends Shape, T extends Shape, D extends DType, P> = number extends T['length']
  ? Tensor<Shape, D>
  : Merged<S, T, P> extends infer M
    ? M extends Shape
      ? Joined<Rest, M, D, P>
      : Disagree<S, T, P>
    : never;

/** concat(parts, axis) */
export type Concat<Parts extends readonly AnyTensor[], A> = Parts extends readonly [
  infer First extends AnyTensor,
  ...infer Rest,
]
  ? number extends First['shape']['length']
    ? Tensor<Shape, First['dtype']>
    : Position<First['shape'], A> extends infer P
      ? P extends string
        ? P
        : number extends P
          ? Tensor<Shape, First['dtype']>
          : Joined<Rest, First['shape'], First['dtype'], P>
      : never
  : Parts extends readonly []
    ? 'concat needs at least one tensor'
    : Many<Parts[number], A>;
/** A list of unknown length: the axis grows to nobody knows what. */
type Many<T extends AnyTensor, A> =
  Position<T['shape'], A> extends infer P
    ? P extends string
      ? P
      : number extends P
        ? Tensor<Shape, T['dtype']>
        : Tensor<With<T['shape'], P & number, number>, T['dtype']>
    : never;

type Alike<Parts, S extends Shape, D extends DType> = Parts extends readonly [
  infer T extends AnyTensor,
  ...infer Rest,
]
  ? [T['dtype']] extends [D]
    ? AlikeNext<Rest, S, T['shape'], T['dtype']>
    : [D] extends [T['dtype']]
      ? AlikeNext<Rest, S, T['shape'], D>
      : DTypesDiffer<D, T['dtype']>
  : Tensor<S, D>;
type AlikeNext<Rest, S extends Shape, T extends Shape, D extends DType> = number extends
  | T['length']
  | S['length']
  ? Tensor<Shape, D>
  : Merged<S, T, never> extends infer M
    ? M extends Shape
      ? Alike<Rest, M, D>
      : `cannot stack ${Show<S>} with ${Show<T>}: the shapes differ`
    : never;
type Stacked<Outcome, A, Count extends Dim> =
  Outcome extends Tensor<infer S, infer D>
    ? number extends S['length']
      ? Tensor<Shape, D>
      : Position<[...S, 1], A> extends infer P
        ? P extends string
          ? `axis ${A & number} is out of range for a result of ${[...S, 1]['length']} axes`
          : number extends P
            ? Tensor<Shape, D>
            : Tensor<[...Before<S, P>, Count, ...From<S, P>], D>
        : never
    : Outcome;
/** stack(parts, axis) */
export type Stack<Parts extends readonly AnyTensor[], A> = Parts extends readonly [
  infer First extends AnyTensor,
  ...infer Rest,
]
  ? Stacked<Alike<Rest, First['shape'], First['dtype']>, A, Parts['length']>
  : Parts extends readonly []
    ? 'stack needs at least one tensor'
    : Stacked<Tensor<Parts[number]['shape'], Parts[number]['dtype']>, A, number>;
