/** Convolution and pooling, with exact sizes as types. */
import type {
  Conv1dShape,
  Conv2dShape,
  Conv3dShape,
  ConvTranspose1dShape,
  ConvTranspose2dShape,
  ConvTranspose3dShape,
  DepthwiseConvShape,
  GlobalPoolShape,
  Pool1dShape,
  Pool2dShape,
  Pool3dShape,
  SeparableConvShape,
} from '@cotangent/graph';
import type { Layout } from '@cotangent/graph/ops';
import type { LayerLike } from '../core.ts';
import {
  type ConvLayerOptions,
  type ConvTransposeLayerOptions,
  type DepthwiseConvOptions,
  makeConv,
  makeConvTranspose,
  makeDepthwiseConv,
  makeSeparableConv,
  type SeparableConvOptions,
} from '../layers/convolution.ts';
import {
  type AveragePoolLayerOptions,
  makeAveragePool,
  makeGlobalAveragePool,
  makeGlobalMaxPool,
  makeMaxPool,
  type PoolLayerOptions,
} from '../layers/pooling.ts';
import type { PaddingOption } from '../options.ts';
import type { Layer } from '../types.ts';

type Sizes = number | readonly number[];

/** Options with the types of those that decide the shape. */
interface Window<K, S, P, D, L> {
  readonly kernel: K;
  readonly stride?: S;
  readonly padding?: P;
  readonly dilation?: D;
  readonly layout?: L;
}
type Rest<O> = Omit<
  O,
  'filters' | 'kernel' | 'stride' | 'padding' | 'dilation' | 'layout' | 'multiplier' | 'outputPadding'
>;

/** Convolution of sequences [batch, width, channels] with `filters` kernels of width `kernel`. */
export const conv1d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Rest<ConvLayerOptions>,
): Layer<Conv1dShape<N, K, S, P, D, L>> => makeConv[1](options);
/**
 * Convolution of images [batch, height, width, channels] with `filters` kernels.
 *
 * @throws BAD_ARGUMENT for misspelt options; SHAPE_MISMATCH, when called, for another rank or a window that does not fit
 * @example
 * ```ts
 * const y = conv2d({ filters: 16, kernel: 3, padding: 'same' })(input('image', ['batch', 28, 28, 1]));
 * y.shape // ['batch', 28, 28, 16]
 * ```
 */
export const conv2d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Rest<ConvLayerOptions>,
): Layer<Conv2dShape<N, K, S, P, D, L>> => makeConv[2](options);
/** Convolution of volumes [batch, depth, height, width, channels]. */
export const conv3d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Rest<ConvLayerOptions>,
): Layer<Conv3dShape<N, K, S, P, D, L>> => makeConv[3](options);

interface Grown<E> {
  /** Extra size at the end, less than the stride. */
  readonly outputPadding?: E;
}
/** Transposed convolution of sequences: sizes grow with the stride. */
export const convTranspose1d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const E extends Sizes = 0,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Grown<E> & Rest<ConvTransposeLayerOptions>,
): Layer<ConvTranspose1dShape<N, K, S, P, D, E, L>> => makeConvTranspose[1](options);
/** Transposed convolution of images. */
export const convTranspose2d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const E extends Sizes = 0,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Grown<E> & Rest<ConvTransposeLayerOptions>,
): Layer<ConvTranspose2dShape<N, K, S, P, D, E, L>> => makeConvTranspose[2](options);
/** Transposed convolution of volumes. */
export const convTranspose3d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const E extends Sizes = 0,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Grown<E> & Rest<ConvTransposeLayerOptions>,
): Layer<ConvTranspose3dShape<N, K, S, P, D, E, L>> => makeConvTranspose[3](options);

interface Multiplied<M> {
  /** Filters per channel. */
  readonly multiplier?: M;
}
/** Convolution of each channel of a sequence by itself. */
export const depthwiseConv1d = <
  const K extends Sizes,
  const M extends number = 1,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: Window<K, S, P, D, L> & Multiplied<M> & Rest<DepthwiseConvOptions>,
): Layer<DepthwiseConvShape<1, M, K, S, P, D, L>> => makeDepthwiseConv[1](options);
/** Convolution of each channel of an image by itself. */
export const depthwiseConv2d = <
  const K extends Sizes,
  const M extends number = 1,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: Window<K, S, P, D, L> & Multiplied<M> & Rest<DepthwiseConvOptions>,
): Layer<DepthwiseConvShape<2, M, K, S, P, D, L>> => makeDepthwiseConv[2](options);
/** Depthwise, then pointwise, over sequences. */
export const separableConv1d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Multiplied<number> & Rest<SeparableConvOptions>,
): Layer<SeparableConvShape<1, N, K, S, P, D, L>> => makeSeparableConv[1](options);
/** Depthwise, then pointwise, over images. */
export const separableConv2d = <
  const N extends number,
  const K extends Sizes,
  const S extends Sizes = 1,
  const P extends PaddingOption = 'valid',
  const D extends Sizes = 1,
  const L extends Layout = 'channelsLast',
>(
  options: { readonly filters: N } & Window<K, S, P, D, L> & Multiplied<number> & Rest<SeparableConvOptions>,
): Layer<SeparableConvShape<2, N, K, S, P, D, L>> => makeSeparableConv[2](options);

interface Pooled<W, S, P, D, L, C> {
  readonly window: W;
  readonly stride?: S;
  readonly padding?: P;
  readonly dilation?: D;
  readonly layout?: L;
  readonly ceilMode?: C;
}
type PoolRest<O> = Omit<O, keyof PoolLayerOptions> & Pick<PoolLayerOptions, 'name'>;

/** A window alone stands for all options. */
const windowOf = (options: Sizes | object): object =>
  typeof options === 'number' || Array.isArray(options) ? { window: options } : options;

interface PoolOf<Rank extends 1 | 2 | 3, Kind extends 'maxPool' | 'averagePool', O> {
  <const W extends Sizes>(window: W): Layer<PoolShape<Rank, Kind, W, W, 'valid', 1, 'channelsLast', false>>;
  <
    const W extends Sizes,
    const S extends Sizes = W,
    const P extends PaddingOption = 'valid',
    const D extends Sizes = 1,
    const L extends Layout = 'channelsLast',
    const C extends boolean = false,
  >(
    options: Pooled<W, S, P, D, L, C> & PoolRest<O>,
  ): Layer<PoolShape<Rank, Kind, W, S, P, D, L, C>>;
}
type PoolShape<
  Rank,
  Kind extends 'maxPool' | 'averagePool',
  W extends Sizes,
  S extends Sizes,
  P extends PaddingOption,
  D extends Sizes,
  L extends Layout,
  C extends boolean,
> = Rank extends 1
  ? Pool1dShape<Kind, W, S, P, D, L, C>
  : Rank extends 2
    ? Pool2dShape<Kind, W, S, P, D, L, C>
    : Pool3dShape<Kind, W, S, P, D, L, C>;

/** The typed face of a pooling: its overloads differ in types alone. */
const pooling = <F>(make: (options: object) => LayerLike): F =>
  ((options: Sizes | object) => make(windowOf(options))) as F;

/** The largest entry of each window of a sequence; a window, or all options. */
export const maxPool1d: PoolOf<1, 'maxPool', PoolLayerOptions> = pooling(makeMaxPool[1]);
/** The largest entry of each window of an image. */
export const maxPool2d: PoolOf<2, 'maxPool', PoolLayerOptions> = pooling(makeMaxPool[2]);
/** The largest entry of each window of a volume. */
export const maxPool3d: PoolOf<3, 'maxPool', PoolLayerOptions> = pooling(makeMaxPool[3]);
/** The mean of each window of a sequence. */
export const averagePool1d: PoolOf<1, 'averagePool', AveragePoolLayerOptions> = pooling(makeAveragePool[1]);
/** The mean of each window of an image. */
export const averagePool2d: PoolOf<2, 'averagePool', AveragePoolLayerOptions> = pooling(makeAveragePool[2]);
/** The mean of each window of a volume. */
export const averagePool3d: PoolOf<3, 'averagePool', AveragePoolLayerOptions> = pooling(makeAveragePool[3]);

interface GlobalOptions<L> {
  readonly layout?: L;
  readonly name?: string;
}
/** The mean over all positions: [batch, channels]. */
export const globalAveragePool = <const L extends Layout = 'channelsLast'>(
  options: GlobalOptions<L> = {},
): Layer<GlobalPoolShape<L>> => makeGlobalAveragePool(options);
/** The maximum over all positions: [batch, channels]. */
export const globalMaxPool = <const L extends Layout = 'channelsLast'>(
  options: GlobalOptions<L> = {},
): Layer<GlobalPoolShape<L>> => makeGlobalMaxPool(options);
