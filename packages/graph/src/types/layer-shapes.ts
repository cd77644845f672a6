/**
 * The shape functions of the built-in layers, one named interface for each, so that hovering over a model reads well:
 * `Sequential<[Linear<LinearShape<10>>, ...]>`. `out` is a tensor type or a sentence.
 */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Broadcast } from './broadcast.ts';
import type { MultiplyDims } from './dim.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { Same, Show } from './outcome.ts';
import type { FlattenFrom, ReshapeTo } from './reshape.ts';
import type { InputDType, InputShape, OutputOf, ShapeFunction, ShapeFunctionOf } from './shape-function.ts';
import type { ChannelsOf, Grown, Layout, Padding, PerAxis, SpatialRank, Windowed } from './window.ts';

/** [..., features] to [..., units]. */
export interface LinearShape<Units extends number = number> extends ShapeFunction {
  out: LastReplaced<InputShape<this>, InputDType<this>, Units>;
}
type LastReplaced<S extends Shape, D extends DType, Units extends number> = number extends S['length']
  ? Tensor<Shape, D>
  : S extends readonly [...infer Rest extends Shape, infer I]
    ? string extends I
      ? Tensor<[...Rest, Units], D>
      : I extends string
        ? `linear needs a known number of features, not '${I}'`
        : Tensor<[...Rest, Units], D>
    : `linear needs [..., features], not ${Show<S>}`;

/** Any shape to the same shape: activations, normalizations, dropout. */
export interface SameShape extends ShapeFunction {
  out: this['in'];
}

type Conv<
  F extends ShapeFunction,
  Name extends string,
  Rank extends SpatialRank,
  Filters extends Dim,
  K,
  S,
  P,
  D,
  L,
> = Windowed<Name, Rank, InputShape<F>, InputDType<F>, Filters, K, S, P, D, L>;
/** [batch, width, channels] to [batch, width', filters]. */
export interface Conv1dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: Conv<this, 'conv1d', 1, Filters, Kernel, Stride, P, Dilation, L>;
}
/** [batch, height, width, channels] to [batch, height', width', filters]. */
export interface Conv2dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: Conv<this, 'conv2d', 2, Filters, Kernel, Stride, P, Dilation, L>;
}
/** [batch, depth, height, width, channels] to [batch, depth', height', width', filters]. */
export interface Conv3dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: Conv<this, 'conv3d', 3, Filters, Kernel, Stride, P, Dilation, L>;
}

/** Depthwise convolution: channels times `Multiplier`. */
export interface DepthwiseConvShape<
  Rank extends 1 | 2,
  Multiplier extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: Conv<
    this,
    `depthwiseConv${Rank}d`,
    Rank,
    MultiplyDims<ChannelsOf<InputShape<this>, L>, Multiplier>,
    Kernel,
    Stride,
    P,
    Dilation,
    L
  >;
}
/** Separable convolution: depthwise, then pointwise to `Filters` channels. */
export interface SeparableConvShape<
  Rank extends 1 | 2,
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: Conv<this, `separableConv${Rank}d`, Rank, Filters, Kernel, Stride, P, Dilation, L>;
}

type ConvTranspose<
  F extends ShapeFunction,
  Name extends string,
  Rank extends SpatialRank,
  Filters extends number,
  K,
  S,
  P,
  D,
  Extra,
  L,
> = Grown<Name, Rank, InputShape<F>, InputDType<F>, Filters, K, S, P, D, Extra, L>;
/** Transposed convolution of sequences: (width - 1)·stride + kernel - padding + outputPadding. */
export interface ConvTranspose1dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  OutputPadding extends PerAxis = 0,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: ConvTranspose<this, 'convTranspose1d', 1, Filters, Kernel, Stride, P, Dilation, OutputPadding, L>;
}
/** Transposed convolution of images. */
export interface ConvTranspose2dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  OutputPadding extends PerAxis = 0,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: ConvTranspose<this, 'convTranspose2d', 2, Filters, Kernel, Stride, P, Dilation, OutputPadding, L>;
}
/** Transposed convolution of volumes. */
export interface ConvTranspose3dShape<
  Filters extends number,
  Kernel extends PerAxis,
  Stride extends PerAxis = 1,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  OutputPadding extends PerAxis = 0,
  L extends Layout = 'channelsLast',
> extends ShapeFunction {
  out: ConvTranspose<this, 'convTranspose3d', 3, Filters, Kernel, Stride, P, Dilation, OutputPadding, L>;
}

type Pool<
  F extends ShapeFunction,
  Name extends string,
  Rank extends SpatialRank,
  W,
  S,
  P,
  D,
  L,
  Ceil,
> = Windowed<Name, Rank, InputShape<F>, InputDType<F>, undefined, W, S, P, D, L, Ceil>;
/** The kind of pooling, for the sentences. */
export type PoolKind = 'maxPool' | 'averagePool';
/** Pooling of sequences; the stride is the window by default. */
export interface Pool1dShape<
  Kind extends PoolKind,
  Window extends PerAxis,
  Stride extends PerAxis = Window,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
  Ceil extends boolean = false,
> extends ShapeFunction {
  out: Pool<this, `${Kind}1d`, 1, Window, Stride, P, Dilation, L, Ceil>;
}
/** Pooling of images. */
export interface Pool2dShape<
  Kind extends PoolKind,
  Window extends PerAxis,
  Stride extends PerAxis = Window,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
  Ceil extends boolean = false,
> extends ShapeFunction {
  out: Pool<this, `${Kind}2d`, 2, Window, Stride, P, Dilation, L, Ceil>;
}
/** Pooling of volumes. */
export interface Pool3dShape<
  Kind extends PoolKind,
  Window extends PerAxis,
  Stride extends PerAxis = Window,
  P extends Padding = 'valid',
  Dilation extends PerAxis = 1,
  L extends Layout = 'channelsLast',
  Ceil extends boolean = false,
> extends ShapeFunction {
  out: Pool<this, `${Kind}3d`, 3, Window, Stride, P, Dilation, L, Ceil>;
}
/** All spatial axes go: [batch, channels]. */
export interface GlobalPoolShape<L extends Layout = 'channelsLast'> extends ShapeFunction {
  out: GlobalPool<InputShape<this>, InputDType<this>, L>;
}
type GlobalPool<S extends Shape, D extends DType, L> = number extends S['length']
  ? Tensor<Shape, D>
  : S extends readonly [infer B extends Dim, unknown, ...unknown[]]
    ? Layout extends L
      ? Tensor<[B, Dim], D>
      : Tensor<[B, ChannelsOf<S, L>], D>
    : L extends 'channelsFirst'
      ? `global pooling needs [batch, channels, ...], not ${Show<S>}`
      : `global pooling needs [batch, ..., channels], not ${Show<S>}`;

/** [batch, ...] to [batch, everything else]. */
export interface FlattenShape extends ShapeFunction {
  out: FlattenFrom<InputShape<this>, 1, InputDType<this>>;
}
/** [batch, ...] to [batch, ...target]; -1 stands for the rest. */
export interface ReshapeShape<Target extends readonly number[]> extends ShapeFunction {
  out: Reshaped<InputShape<this>, Target, InputDType<this>>;
}
type Reshaped<S extends Shape, Target extends readonly number[], D extends DType> = number extends S['length']
  ? Tensor<Shape, D>
  : S extends readonly [infer B extends Dim, ...unknown[]]
    ? ReshapeTo<S, [B, ...Target], D>
    : ReshapeTo<S, [1, ...Target], D>;

/** Whole numbers [...] to rows [..., units]. */
export interface EmbeddingShape<Units extends number, D extends DType = 'f32'> extends ShapeFunction {
  out: Looked<InputShape<this>, InputDType<this>, Units, D>;
}
type Looked<S extends Shape, I extends DType, Units extends number, D extends DType> = [I] extends [
  'f32' | 'f64' | 'bool',
]
  ? `embedding takes whole numbers, not ${I}: convert them with .cast('i32')`
  : number extends S['length']
    ? Tensor<Shape, D>
    : Tensor<[...S, Units], D>;

/** Class numbers [...] to [..., classes]. */
export interface OneHotShape<Classes extends number> extends ShapeFunction {
  out: OneHotOf<InputShape<this>, Classes>;
}
type OneHotOf<S extends Shape, Classes extends number> = number extends S['length']
  ? Tensor<Shape, 'f32'>
  : Tensor<[...S, Classes], 'f32'>;

/** x + inner(x), where `Shortcut` brings x to the shape of the result; without one x itself is added. */
export interface ResidualShape<Inner, Shortcut = undefined> extends ShapeFunction {
  out: Residual<
    Through<Inner, this['in']>,
    Shortcut extends undefined ? this['in'] : Through<Shortcut, this['in']>
  >;
}
/** A layer or shape function applied to a tensor. */
type Through<L, T> = L extends ShapeFunction
  ? OutputOf<L, T>
  : [ShapeFunctionOf<L>] extends [never]
    ? Tensor<Shape, DType>
    : OutputOf<ShapeFunctionOf<L>, T>;
type Residual<A, B> = A extends string
  ? A
  : B extends string
    ? B
    : A extends AnyTensor
      ? B extends AnyTensor
        ? Same<A['dtype'], B['dtype']> extends true
          ? Broadcast<A['shape'], B['shape'], A['dtype']>
          : [A['dtype']] extends [B['dtype']]
            ? Broadcast<A['shape'], B['shape'], A['dtype']>
            : [B['dtype']] extends [A['dtype']]
              ? Broadcast<A['shape'], B['shape'], B['dtype']>
              : DTypesDiffer<A['dtype'], B['dtype']>
        : never
      : never;
