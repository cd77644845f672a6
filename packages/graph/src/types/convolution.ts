/** Outcomes of convolution and pooling as functions, with a kernel [...window, channels / groups, filters]. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { IsNumber } from './dim.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { Multiply } from './integer.ts';
import type { Show } from './outcome.ts';
import type { ChannelsOf, Grown, NeedsRank, Windowed } from './window.ts';

/** The number of spatial axes that a rank has; 1 where it has none, for the sentence. */
type RankOf<S extends Shape> = S['length'] extends 5 ? 3 : S['length'] extends 4 ? 2 : 1;

/** [window, channels per group, filters], 'open' if not known, 'rank' or 'no' if one of x or of the kernel is wrong. */
type KernelParts<S extends Shape, K extends Shape> = number extends S['length'] | K['length']
  ? 'open'
  : S['length'] extends 0 | 1 | 2
    ? 'rank'
    : K['length'] extends S['length']
      ? K extends readonly [...infer Window extends readonly Dim[], infer C extends Dim, infer N extends Dim]
        ? [Window, C, N]
        : 'no'
      : 'no';

/** Whether the channels are so many groups of what the kernel takes; where that is not known, yes. */
type ChannelsFit<C extends Dim, Groups extends number, KernelChannels extends Dim> =
  IsNumber<C> extends true
    ? IsNumber<KernelChannels> extends true
      ? number extends Groups
        ? true
        : Multiply<Groups, KernelChannels & number> extends C
          ? true
          : false
      : true
    : true;
type BadChannels<
  C extends Dim,
  Groups extends number,
  KernelChannels extends Dim,
> = `an input with ${C} features in ${Groups} ${Groups extends 1 ? 'group' : 'groups'} does not fit a kernel for ${KernelChannels} each`;

type NeedsKernel<
  Name extends string,
  S extends Shape,
  K extends Shape,
> = `${Name} of ${Show<S>} needs a kernel [...window, channels, filters], not ${Show<K>}`;

type Alike<D extends DType, E extends DType, Good> = [E] extends [D]
  ? Good
  : [D] extends [E]
    ? Good
    : DTypesDiffer<D, E>;

type Convolved<
  S extends Shape,
  D extends DType,
  K extends Shape,
  Stride,
  P,
  Dilation,
  Groups extends number,
  L,
> =
  KernelParts<S, K> extends infer Parts
    ? Parts extends [infer Window, infer C extends Dim, infer N extends Dim]
      ? ChannelsFit<ChannelsOf<S, L>, Groups, C> extends true
        ? Windowed<'conv', RankOf<S>, S, D, N, Window, Stride, P, Dilation, L>
        : BadChannels<ChannelsOf<S, L>, Groups, C>
      : Parts extends 'no'
        ? NeedsKernel<'conv', S, K>
        : Parts extends 'rank'
          ? NeedsRank<'conv', 1, L, S>
          : Tensor<Shape, D>
    : never;
/** conv(x, kernel, options) */
export type Conv<
  X extends AnyTensor,
  K extends AnyTensor,
  Stride,
  P,
  Dilation,
  Groups extends number,
  L,
> = Alike<
  X['dtype'],
  K['dtype'],
  Convolved<X['shape'], X['dtype'], K['shape'], Stride, P, Dilation, Groups, L>
>;

type Transposed<
  S extends Shape,
  D extends DType,
  K extends Shape,
  Stride,
  P,
  Dilation,
  Extra,
  Groups extends number,
  L,
> =
  KernelParts<S, K> extends infer Parts
    ? Parts extends [infer Window, infer C extends Dim, infer N extends Dim]
      ? ChannelsFit<ChannelsOf<S, L>, Groups, C> extends true
        ? Grown<'convTranspose', RankOf<S>, S, D, N, Window, Stride, P, Dilation, Extra, L>
        : BadChannels<ChannelsOf<S, L>, Groups, C>
      : Parts extends 'no'
        ? NeedsKernel<'convTranspose', S, K>
        : Parts extends 'rank'
          ? NeedsRank<'convTranspose', 1, L, S>
          : Tensor<Shape, D>
    : never;
/** convTranspose(x, kernel, options) */
export type ConvTranspose<
  X extends AnyTensor,
  K extends AnyTensor,
  Stride,
  P,
  Dilation,
  Extra,
  Groups extends number,
  L,
> = Alike<
  X['dtype'],
  K['dtype'],
  Transposed<X['shape'], X['dtype'], K['shape'], Stride, P, Dilation, Extra, Groups, L>
>;

/** maxPool(x, window, options) and averagePool: the stride is the window by default. */
export type Pool<Name extends string, X extends AnyTensor, Window, Stride, P, Dilation, L, Ceil> = Windowed<
  Name,
  RankOf<X['shape']>,
  X['shape'],
  X['dtype'],
  undefined,
  Window,
  [Stride] extends [undefined] ? Window : Stride,
  P,
  Dilation,
  L,
  Ceil
>;
