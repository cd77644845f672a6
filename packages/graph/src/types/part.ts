/** Outcomes of cutting, padding and repeating: slice, at, pad, tile, unfold, split, diagonal, triangles, glu. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Position, With, Without } from './axis.ts';
import type { AddDims, IsNumber, MultiplyDims } from './dim.ts';
import type { Add, Divide, IsLess, Remainder, Subtract } from './integer.ts';
import type { IsWide, Same, Show, ShowDim, ShowList } from './outcome.ts';

/** A position along an axis: negative ones count from the end. */
type Edge<Size extends Dim, At> = At extends number
  ? `${At}` extends `-${string}`
    ? AddDims<Size, At>
    : At
  : At extends Dim
    ? At
    : Size;
type Span<From extends Dim, To extends Dim, Step extends number> =
  IsNumber<From> extends true
    ? IsNumber<To> extends true
      ? IsNumber<Step> extends true
        ? IsLess<To & number, From & number> extends true
          ? never
          : Divide<Add<Subtract<To & number, From & number>, Subtract<Step, 1>>, Step>
        : number
      : From extends 0
        ? Step extends 1
          ? To
          : number
        : number
    : number;
type IsBeyond<At extends Dim, Size extends Dim> =
  IsNumber<At> extends true
    ? IsNumber<Size> extends true
      ? IsLess<Size & number, At & number> extends true
        ? true
        : IsLess<At & number, 0>
      : false
    : false;
/** x.slice(axis, start, end, step) */
export type Slice<T extends AnyTensor, A, Start, End, Step extends number> = Cut<
  T['shape'],
  Position<T['shape'], A>,
  Start,
  End,
  Step,
  T['dtype']
>;
type Cut<S extends Shape, P, Start, End, Step extends number, D extends DType> = P extends string
  ? P
  : P extends number
    ? number extends P
      ? Tensor<Shape, D>
      : Sliced<S, P, Edge<S[P], Start>, Edge<S[P], End>, Step, D>
    : never;
type Beyond<
  S extends Shape,
  P extends number,
  From,
  To,
> = `the slice ${ShowDim<From>} to ${ShowDim<To>} does not fit into axis ${P} of ${Show<S>}`;
type Sliced<
  S extends Shape,
  P extends number,
  From extends Dim,
  To extends Dim,
  Step extends number,
  D extends DType,
> = [true] extends [IsBeyond<From, S[P]> | IsBeyond<To, S[P]>]
  ? Beyond<S, P, From, To>
  : [Span<From, To, Step>] extends [never]
    ? Beyond<S, P, From, To>
    : Tensor<With<S, P, Span<From, To, Step>>, D>;

/** x.at(axis, position): the axis goes. */
export type Entry<T extends AnyTensor, A, Index> = Picked<
  T['shape'],
  Position<T['shape'], A>,
  Index,
  T['dtype']
>;
type Picked<S extends Shape, P, Index, D extends DType> = P extends string
  ? P
  : P extends number
    ? number extends P
      ? Tensor<Shape, D>
      : Index extends number
        ? IsOutside<Edge<S[P], Index>, S[P]> extends true
          ? `index ${Index} is outside axis ${P} of ${Show<S>}`
          : Tensor<Without<S, P>, D>
        : Tensor<Without<S, P>, D>
    : never;
type IsOutside<At extends Dim, Size extends Dim> =
  IsNumber<At> extends true
    ? IsNumber<Size> extends true
      ? IsLess<At & number, 0> extends true
        ? true
        : IsLess<At & number, Size & number> extends true
          ? false
          : true
      : false
    : false;

/** x.pad(padding): [before, after] per axis. */
export type Pad<T extends AnyTensor, Padding extends readonly unknown[]> = number extends
  | T['shape']['length']
  | Padding['length']
  ? Tensor<Shape, T['dtype']>
  : Padding['length'] extends T['shape']['length']
    ? Tensor<Padded<T['shape'], Padding>, T['dtype']>
    : `padding of ${Show<T['shape']>} needs ${T['shape']['length']} [before, after] pairs, not ${Padding['length']}`;
type Padded<S extends Shape, Padding extends readonly unknown[]> = {
  -readonly [K in keyof S]: K extends keyof Padding
    ? Padding[K] extends readonly [infer Low extends number, infer High extends number]
      ? AddDims<AddDims<S[K], Low>, High>
      : number
    : number;
};

/** x.tile(repeats) */
export type Tile<T extends AnyTensor, Repeats extends readonly number[]> = number extends
  | T['shape']['length']
  | Repeats['length']
  ? Tensor<Shape, T['dtype']>
  : Repeats['length'] extends T['shape']['length']
    ? Tensor<Tiled<T['shape'], Repeats>, T['dtype']>
    : `tile of ${Show<T['shape']>} needs ${T['shape']['length']} repeats, not ${Repeats['length']}`;
type Tiled<S extends Shape, Repeats extends readonly number[]> = {
  -readonly [K in keyof S]: K extends keyof Repeats ? MultiplyDims<S[K], Repeats[K] & number> : number;
};

/** x.unfold(axis, size, step): windows as a new last axis. */
export type Unfold<T extends AnyTensor, A, Size extends number, Step extends number> = Unfolded<
  T['shape'],
  Position<T['shape'], A>,
  Size,
  Step,
  T['dtype']
>;
type Unfolded<
  S extends Shape,
  P,
  Size extends number,
  Step extends number,
  D extends DType,
> = P extends string
  ? P
  : P extends number
    ? number extends P
      ? Tensor<Shape, D>
      : Tensor<[...With<S, P, WindowCount<S[P], Size, Step>>, Size], D>
    : never;
type WindowCount<N extends Dim, Size extends number, Step extends number> =
  IsNumber<N> extends true
    ? number extends Size | Step
      ? number
      : IsLess<N & number, Size> extends true
        ? number
        : Add<Divide<Subtract<N & number, Size>, Step>, 1>
    : Size extends 1
      ? Step extends 1
        ? N
        : number
      : number;

// Division into parts.

type Repeat<X, N extends number, Out extends readonly X[] = []> = Out['length'] extends N
  ? Out
  : Out['length'] extends 64
    ? readonly X[]
    : Repeat<X, N, [...Out, X]>;
type SumOf<L, Out extends number = 0> = L extends readonly [infer N extends number, ...infer Rest]
  ? number extends N
    ? number
    : SumOf<Rest, Add<Out, N>>
  : Out;
/** x.split(parts, axis): a tuple of tensors, or a sentence. */
export type Split<T extends AnyTensor, Parts, A> = SplitAt<
  T['shape'],
  Position<T['shape'], A>,
  Parts,
  T['dtype']
>;
type SplitAt<S extends Shape, P, Parts, D extends DType> = P extends string
  ? P
  : P extends number
    ? number extends P
      ? readonly Tensor<Shape, D>[]
      : Parts extends number
        ? Equal<S, P, Parts, D>
        : Parts extends readonly number[]
          ? Sized<S, P, Parts, D>
          : readonly Tensor<Shape, D>[]
    : never;
type Equal<S extends Shape, P extends number, N extends number, D extends DType> = number extends N
  ? readonly Tensor<With<S, P, number>, D>[]
  : IsNumber<S[P]> extends true
    ? Remainder<S[P] & number, N> extends 0
      ? Repeat<Tensor<With<S, P, Divide<S[P] & number, N>>, D>, N>
      : Undivided<S, P, N>
    : IsWide<S[P]> extends true
      ? Repeat<Tensor<With<S, P, number>, D>, N>
      : Undivided<S, P, N>;
type Undivided<
  S extends Shape,
  P extends number,
  N extends number,
> = `axis ${P} of ${Show<S>} does not divide into ${N} equal parts`;
type Sized<
  S extends Shape,
  P extends number,
  Parts extends readonly number[],
  D extends DType,
> = number extends Parts['length'] | Parts[number]
  ? readonly Tensor<With<S, P, number>, D>[]
  : true extends IsWide<S[P]> | (SumOf<Parts> extends S[P] ? true : false)
    ? { -readonly [K in keyof Parts]: Tensor<With<S, P, Parts[K]>, D> }
    : `parts [${ShowList<Parts>}] add up to ${SumOf<Parts>}, but axis ${P} of ${Show<S>} has ${ShowDim<S[P]>}`;

/** x.diagonal(a, b): two axes of equal size become one, the last. */
export type Diagonal<T extends AnyTensor, A, B> = OnDiagonal<
  T['shape'],
  Position<T['shape'], A>,
  Position<T['shape'], B>,
  T['dtype']
>;
type OnDiagonal<S extends Shape, P, Q, D extends DType> = P extends string
  ? P
  : Q extends string
    ? Q
    : number extends P | Q
      ? Tensor<Shape, D>
      : P extends number
        ? Q extends number
          ? Same<S[P], S[Q]> extends true
            ? Tensor<[...Without<S, P | Q>, S[P]], D>
            : IsWide<S[P]> extends true
              ? Tensor<[...Without<S, P | Q>, S[Q]], D>
              : IsWide<S[Q]> extends true
                ? Tensor<[...Without<S, P | Q>, S[P]], D>
                : `a diagonal needs equal sizes, not ${ShowDim<S[P]>} and ${ShowDim<S[Q]>}`
          : never
        : never;

/** x.tril(): two axes at least. */
export type Triangle<T extends AnyTensor> = T['shape'] extends readonly [] | readonly [Dim]
  ? `a triangle needs two axes, not ${Show<T['shape']>}`
  : Tensor<T['shape'], T['dtype']>;

/** x.glu(axis): half of the axis. */
export type Glu<T extends AnyTensor, A> = Half<T['shape'], Position<T['shape'], A>, T['dtype']>;
type Half<S extends Shape, P, D extends DType> = P extends string
  ? P
  : P extends number
    ? number extends P
      ? Tensor<Shape, D>
      : IsNumber<S[P]> extends true
        ? Remainder<S[P] & number, 2> extends 0
          ? Tensor<With<S, P, Divide<S[P] & number, 2>>, D>
          : Undivided<S, P, 2>
        : IsWide<S[P]> extends true
          ? Tensor<With<S, P, number>, D>
          : Undivided<S, P, 2>
    : never;
