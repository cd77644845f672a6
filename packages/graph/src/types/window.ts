/**
 * Sizes after convolution and pooling, exact: ⌊(size + padding - extent) / stride⌋ + 1 with extent = (window - 1)·dilation + 1;
 * padding 'same' gives ⌈size / stride⌉. A named axis keeps its name where the size stays, and is `number` otherwise.
 */
import type { Dim } from '../dim.ts';
import type { Layout, Padding } from '../dsl/spatial.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { AddDims, IsNumber, MultiplyDims } from './dim.ts';
import type { Add, Divide, IsLess, Multiply, Subtract } from './integer.ts';
import type { Show } from './outcome.ts';

export type { Layout, Padding };
/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

type Entry<Value, I> = Value extends readonly unknown[] ? (I extends keyof Value ? Value[I] : number) : Value;
type Pair<P> = P extends readonly [infer Low extends number, infer High extends number]
  ? number extends Low | High
    ? number
    : Add<Low, High>
  : P extends number
    ? number extends P
      ? number
      : Add<P, P>
    : number;
/** How much is added to an axis in total: a number, or 'same'. */
type PaddingAt<P, I> = P extends 'same'
  ? 'same'
  : P extends 'valid' | undefined
    ? 0
    : P extends number
      ? Pair<P>
      : Pair<Entry<P, I>>;

/** (window - 1)·dilation + 1 */
type Extent<Window extends number, Dilation extends number> = Dilation extends 1
  ? Window
  : number extends Window | Dilation
    ? number
    : Window extends 0
      ? 0
      : Add<Multiply<Subtract<Window, 1>, Dilation>, 1>;

/** ⌈a / b⌉ */
type Ceiling<A extends number, B extends number> = B extends 1 ? A : Divide<Add<A, Subtract<B, 1>>, B>;

type SameSize<N extends Dim, Stride extends number> = Stride extends 1
  ? N
  : IsNumber<N> extends true
    ? number extends Stride
      ? number
      : Ceiling<N & number, Stride>
    : number;

/** The size after windows of an extent, 'no' where none fits. */
type Counted<
  N extends Dim,
  E extends number,
  Stride extends number,
  Total extends number,
  Ceil,
> = number extends E | Stride | Total
  ? number
  : IsNumber<N> extends true
    ? IsLess<Add<N & number, Total>, E> extends true
      ? N extends 0
        ? 0
        : 'no'
      : Ceil extends false
        ? Add<Divide<Subtract<Add<N & number, Total>, E>, Stride>, 1>
        : Total extends 0
          ? CeilCount<N & number, E, Stride>
          : number
    : Subtract<Total, Subtract<E, 1>> extends 0
      ? Stride extends 1
        ? N
        : number
      : number;
/** With ceil mode a last window may stick out, if it starts inside. */
type CeilCount<N extends number, E extends number, Stride extends number> =
  Ceiling<Subtract<N, E>, Stride> extends infer Last extends number
    ? IsLess<Multiply<Last, Stride>, N> extends true
      ? Add<Last, 1>
      : Add<Divide<Subtract<N, E>, Stride>, 1>
    : number;

type SizeAt<
  N extends Dim,
  Window extends number,
  Stride extends number,
  P,
  Dilation extends number,
  Ceil,
> = P extends 'same' ? SameSize<N, Stride> : Counted<N, Extent<Window, Dilation>, Stride, P & number, Ceil>;

/** The windows of all axes as sentences show them: `7 x 7`. */
type Windows<
  Sizes,
  Window,
  Dilation,
  Seen extends readonly unknown[] = [],
  Out extends string = '',
> = Sizes extends readonly [unknown, ...infer Rest]
  ? Windows<
      Rest,
      Window,
      Dilation,
      [...Seen, 0],
      `${Out}${Out extends '' ? '' : ' x '}${ShowNumber<Extent<Entry<Window, `${Seen['length'] & number}`> & number, Entry<Dilation, `${Seen['length'] & number}`> & number>>}`
    >
  : Out;
type ShowNumber<N extends number> = number extends N ? '?' : `${N}`;

/** The sizes of all spatial axes, or 'no' where a window does not fit. */
type Sizes<
  Spatial,
  Window,
  Stride,
  P,
  Dilation,
  Ceil,
  Out extends readonly Dim[] = [],
> = Spatial extends readonly [infer N extends Dim, ...infer Rest]
  ? SizeAt<
      N,
      Entry<Window, `${Out['length']}`> & number,
      Entry<Stride, `${Out['length']}`> & number,
      PaddingAt<P, `${Out['length']}`>,
      Entry<Dilation, `${Out['length']}`> & number,
      Ceil
    > extends infer Size
    ? Size extends Dim
      ? Size extends 'no'
        ? 'no'
        : Sizes<Rest, Window, Stride, P, Dilation, Ceil, [...Out, Size]>
      : never
    : never
  : Out;

type AxisNames = { 1: 'width'; 2: 'height, width'; 3: 'depth, height, width' };
/** The number of spatial axes. */
export type SpatialRank = 1 | 2 | 3;
/** The words for an input of the wrong rank. */
export type NeedsRank<
  Name extends string,
  Rank extends SpatialRank,
  L,
  S extends Shape,
> = L extends 'channelsFirst'
  ? `${Name} needs [batch, channels, ${AxisNames[Rank]}], not ${Show<S>}`
  : `${Name} needs [batch, ${AxisNames[Rank]}, channels], not ${Show<S>}`;

/** A shape's [batch, channels, spatial axes], 'open' if not known, 'no' if the rank is wrong. */
type Parts<S extends Shape, Rank extends SpatialRank, L> = number extends S['length']
  ? 'open'
  : Layout extends L
    ? 'open'
    : L extends 'channelsFirst'
      ? S extends readonly [infer B, infer C, ...infer M]
        ? M['length'] extends Rank
          ? [B, C, M]
          : 'no'
        : 'no'
      : S extends readonly [infer B, ...infer M, infer C]
        ? M['length'] extends Rank
          ? [B, C, M]
          : 'no'
        : 'no';
type Whole<B extends Dim, C extends Dim, M extends readonly Dim[], L> = L extends 'channelsFirst'
  ? [B, C, ...M]
  : [B, ...M, C];

/** The outcome of windows over the spatial axes; `C` undefined keeps the channels. */
export type Windowed<
  Name extends string,
  Rank extends SpatialRank,
  S extends Shape,
  D extends DType,
  C extends Dim | undefined,
  Window,
  Stride,
  P,
  Dilation,
  L,
  Ceil = false,
> =
  Parts<S, Rank, L> extends infer Split
    ? Split extends [infer B extends Dim, infer Channels extends Dim, infer M extends readonly Dim[]]
      ? Sizes<M, Window, Stride, P, Dilation, Ceil> extends infer Spatial
        ? Spatial extends readonly Dim[]
          ? Tensor<Whole<B, C extends Dim ? C : Channels, Spatial, L>, D>
          : `a window of ${Windows<M, Window, Dilation>} does not fit into ${Show<S>}: use padding 'same', or less pooling before`
        : never
      : Split extends 'no'
        ? NeedsRank<Name, Rank, L, S>
        : Tensor<Shape, D>
    : never;

/** (size - 1)·stride + extent - padding + extra; with padding 'same' size·stride. */
type GrownAt<
  N extends Dim,
  Window extends number,
  Stride extends number,
  P,
  Dilation extends number,
  Extra extends number,
> = P extends 'same'
  ? MultiplyDims<N, Stride>
  : IsNumber<N> extends true
    ? number extends Window | Stride | P | Dilation | Extra
      ? number
      : Subtract<
          Add<Add<Multiply<Subtract<N & number, 1>, Stride>, Extent<Window, Dilation>>, Extra>,
          P & number
        >
    : Stride extends 1
      ? Subtract<Add<Extent<Window, Dilation>, Extra>, Add<P & number, 1>> extends infer Rest extends number
        ? AddDims<N, Rest>
        : number
      : number;
type GrownSizes<
  Spatial,
  Window,
  Stride,
  P,
  Dilation,
  Extra,
  Out extends readonly Dim[] = [],
> = Spatial extends readonly [infer N extends Dim, ...infer Rest]
  ? GrownSizes<
      Rest,
      Window,
      Stride,
      P,
      Dilation,
      Extra,
      [
        ...Out,
        GrownAt<
          N,
          Entry<Window, `${Out['length']}`> & number,
          Entry<Stride, `${Out['length']}`> & number,
          PaddingAt<P, `${Out['length']}`>,
          Entry<Dilation, `${Out['length']}`> & number,
          Entry<Extra, `${Out['length']}`> & number
        >,
      ]
    >
  : Out;
/** The outcome of a transposed convolution. */
export type Grown<
  Name extends string,
  Rank extends SpatialRank,
  S extends Shape,
  D extends DType,
  C extends Dim,
  Window,
  Stride,
  P,
  Dilation,
  Extra,
  L,
> =
  Parts<S, Rank, L> extends infer Split
    ? Split extends [infer B extends Dim, unknown, infer M]
      ? Tensor<Whole<B, C, GrownSizes<M, Window, Stride, P, Dilation, Extra>, L>, D>
      : Split extends 'no'
        ? NeedsRank<Name, Rank, L, S>
        : Tensor<Shape, D>
    : never;

/** The channels of an image tensor, as far as they are known. */
export type ChannelsOf<S extends Shape, L> = number extends S['length']
  ? Dim
  : L extends 'channelsFirst'
    ? S extends readonly [unknown, infer C extends Dim, ...unknown[]]
      ? C
      : Dim
    : S extends readonly [...unknown[], infer C extends Dim]
      ? C
      : Dim;
