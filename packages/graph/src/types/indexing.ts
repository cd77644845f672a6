/** Outcomes of picking and placing by index. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { Nested } from '../host-array.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Before, From, Position } from './axis.ts';
import type { IsNumber } from './dim.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { IsLess } from './integer.ts';
import type { Agree, Show } from './outcome.ts';

/** The shape of nested arrays, as far as their type says it. */
export type NestedShape<N> = N extends readonly unknown[]
  ? number extends N['length']
    ? N[number] extends readonly unknown[]
      ? Shape
      : N[number] extends number | boolean
        ? [number]
        : Shape
    : NestedShape<N[0]> extends infer Inner extends Shape
      ? number extends Inner['length']
        ? Shape
        : [N['length'], ...Inner]
      : Shape
  : [];

type IndexShape<I> = I extends AnyTensor ? I['shape'] : NestedShape<I>;
type BadIndices<I> = I extends AnyTensor
  ? [I['dtype']] extends ['f32' | 'f64' | 'u32' | 'bool']
    ? `indices are i32, not ${I['dtype']}: convert with .cast('i32')`
    : never
  : never;

type Rest<S, P> = From<S, P> extends readonly [unknown, ...infer R extends Shape] ? R : [];
type Taken<S extends Shape, I extends Shape, P, D extends DType> = P extends string
  ? P
  : number extends P | I['length']
    ? Tensor<Shape, D>
    : Tensor<[...Before<S, P>, ...I, ...Rest<S, P>], D>;
/** x.take(indices, axis): the axes of the indices take the axis' place. */
export type Take<T extends AnyTensor, I extends AnyTensor | Nested, A> = [BadIndices<I>] extends [never]
  ? Taken<T['shape'], IndexShape<I>, Position<T['shape'], A>, T['dtype']>
  : BadIndices<I>;

/** x.takeAlongAxis(indices, axis) */
export type TakeAlongAxis<T extends AnyTensor, I extends AnyTensor, A> = [BadIndices<I>] extends [never]
  ? Position<T['shape'], A> extends infer P
    ? P extends string
      ? P
      : number extends T['shape']['length'] | I['shape']['length']
        ? Tensor<I['shape'], T['dtype']>
        : I['shape']['length'] extends T['shape']['length']
          ? Tensor<I['shape'], T['dtype']>
          : `takeAlongAxis needs indices of the rank of ${Show<T['shape']>}, not ${Show<I['shape']>}`
    : never
  : BadIndices<I>;

/** The shape behind the coordinates in the last axis of the indices. */
type Gathered<S extends Shape, I extends Shape> = number extends S['length'] | I['length']
  ? Shape
  : I extends readonly [...infer Places extends Shape, infer Count extends number]
    ? number extends Count
      ? Shape
      : IsLess<S['length'], Count> extends true
        ? `coordinates ${Show<I>} do not fit ${Show<S>}`
        : [...Places, ...From<S, Count>]
    : `coordinates ${Show<I>} do not fit ${Show<S>}`;
/** x.gatherAt(indices): the last axis of the indices holds one coordinate for each of the first axes. */
export type GatherAt<T extends AnyTensor, I extends AnyTensor> = [BadIndices<I>] extends [never]
  ? Gathered<T['shape'], I['shape']> extends infer G
    ? G extends Shape
      ? Tensor<G, T['dtype']>
      : G
    : never
  : BadIndices<I>;

/** x.scatterAdd(indices, updates): updates are shaped as a gather would give them. */
export type ScatterAt<T extends AnyTensor, I extends AnyTensor, U extends AnyTensor> =
  GatherAt<T, I> extends infer G
    ? G extends AnyTensor
      ? [U['dtype']] extends [T['dtype']]
        ? Placed<T, G['shape'], U['shape']>
        : [T['dtype']] extends [U['dtype']]
          ? Placed<T, G['shape'], U['shape']>
          : DTypesDiffer<T['dtype'], U['dtype']>
      : G
    : never;
type Placed<T extends AnyTensor, Wanted extends Shape, U extends Shape> =
  Agree<Wanted, U> extends true
    ? Tensor<T['shape'], T['dtype']>
    : `updates have the shape ${Show<U>} where ${Show<Wanted>} is needed`;

/** x.oneHot(classes) */
export type OneHot<
  T extends AnyTensor,
  Classes extends number,
  D extends DType,
> = number extends T['shape']['length'] ? Tensor<Shape, D> : Tensor<[...T['shape'], Classes], D>;

/** x.topK(k): the k largest along the last axis, and their positions. */
export type TopK<T extends AnyTensor, K extends number> = number extends T['shape']['length']
  ? readonly [Tensor<Shape, T['dtype']>, Tensor<Shape, 'i32'>]
  : T['shape'] extends readonly [...infer Before extends Shape, infer Last extends Dim]
    ? TooMany<Last, K> extends true
      ? `the ${K} largest of ${Show<T['shape']>} do not exist`
      : readonly [Tensor<[...Before, K], T['dtype']>, Tensor<[...Before, K], 'i32'>]
    : `the ${K} largest of [] do not exist`;
type TooMany<Last extends Dim, K extends number> =
  IsNumber<Last> extends true ? (number extends K ? false : IsLess<Last & number, K>) : false;
