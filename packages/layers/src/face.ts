/** The layers that scripts call: thin functions that give each layer its shapes as types. */
import type { AnyLayer } from './core.ts';
import { makeActivation } from './layers/activation.ts';
import { makeResidual, makeSequential, type Step } from './layers/containers.ts';
import {
  type ConvLayerOptions,
  type ConvTransposeLayerOptions,
  type DepthwiseConvOptions,
  makeConv,
  makeConvTranspose,
  makeDepthwiseConv,
  makeSeparableConv,
  type SeparableConvOptions,
} from './layers/convolution.ts';
import { type DropoutOptions, makeDropout } from './layers/dropout.ts';
import { type LinearOptions, makeLinear } from './layers/linear.ts';
import {
  type BatchNormOptions,
  type GroupNormOptions,
  type LayerNormOptions,
  makeBatchNorm,
  makeGroupNorm,
  makeInstanceNorm,
  makeLayerNorm,
  type NormOptions,
} from './layers/normalization.ts';
import {
  type AveragePoolLayerOptions,
  type GlobalPoolOptions,
  makeAveragePool,
  makeGlobalAveragePool,
  makeGlobalMaxPool,
  makeMaxPool,
  type PoolLayerOptions,
} from './layers/pooling.ts';
import {
  type EmbeddingOptions,
  makeEmbedding,
  makeFlatten,
  makeOneHot,
  makeReshape,
} from './layers/shape.ts';

export const linear = (options: LinearOptions): AnyLayer => makeLinear(options);

export const conv1d = (options: ConvLayerOptions): AnyLayer => makeConv[1](options);
export const conv2d = (options: ConvLayerOptions): AnyLayer => makeConv[2](options);
export const conv3d = (options: ConvLayerOptions): AnyLayer => makeConv[3](options);
export const convTranspose1d = (options: ConvTransposeLayerOptions): AnyLayer =>
  makeConvTranspose[1](options);
export const convTranspose2d = (options: ConvTransposeLayerOptions): AnyLayer =>
  makeConvTranspose[2](options);
export const convTranspose3d = (options: ConvTransposeLayerOptions): AnyLayer =>
  makeConvTranspose[3](options);
export const depthwiseConv1d = (options: DepthwiseConvOptions): AnyLayer => makeDepthwiseConv[1](options);
export const depthwiseConv2d = (options: DepthwiseConvOptions): AnyLayer => makeDepthwiseConv[2](options);
export const separableConv1d = (options: SeparableConvOptions): AnyLayer => makeSeparableConv[1](options);
export const separableConv2d = (options: SeparableConvOptions): AnyLayer => makeSeparableConv[2](options);

export const batchNorm = (options: BatchNormOptions = {}): AnyLayer => makeBatchNorm(options);
export const layerNorm = (options: LayerNormOptions = {}): AnyLayer => makeLayerNorm(options);
export const groupNorm = (options: GroupNormOptions = {}): AnyLayer => makeGroupNorm(options);
export const instanceNorm = (options: NormOptions = {}): AnyLayer => makeInstanceNorm(options);

/** A rate, or all options. */
export const dropout = (options: number | DropoutOptions): AnyLayer =>
  makeDropout(typeof options === 'number' ? { rate: options } : options);

type Window = number | readonly number[];
const poolOptions = <O extends PoolLayerOptions>(options: Window | O): O | { readonly window: Window } =>
  typeof options === 'number' || Array.isArray(options) ? { window: options as Window } : (options as O);

/** A window, or all options. */
export const maxPool1d = (options: Window | PoolLayerOptions): AnyLayer =>
  makeMaxPool[1](poolOptions(options));
export const maxPool2d = (options: Window | PoolLayerOptions): AnyLayer =>
  makeMaxPool[2](poolOptions(options));
export const maxPool3d = (options: Window | PoolLayerOptions): AnyLayer =>
  makeMaxPool[3](poolOptions(options));
export const averagePool1d = (options: Window | AveragePoolLayerOptions): AnyLayer =>
  makeAveragePool[1](poolOptions(options));
export const averagePool2d = (options: Window | AveragePoolLayerOptions): AnyLayer =>
  makeAveragePool[2](poolOptions(options));
export const averagePool3d = (options: Window | AveragePoolLayerOptions): AnyLayer =>
  makeAveragePool[3](poolOptions(options));
export const globalAveragePool = (options: GlobalPoolOptions = {}): AnyLayer =>
  makeGlobalAveragePool(options);
export const globalMaxPool = (options: GlobalPoolOptions = {}): AnyLayer => makeGlobalMaxPool(options);

export const flatten = (options: { readonly name?: string } = {}): AnyLayer => makeFlatten(options);
export const reshape = (shape: readonly number[]): AnyLayer => makeReshape({ shape });
export const embedding = (options: EmbeddingOptions): AnyLayer => makeEmbedding(options);
export const oneHot = (classes: number): AnyLayer => makeOneHot({ classes });

/** One layer after the other; plain functions may stand between them. */
export const sequential = (...steps: readonly Step[]): AnyLayer => makeSequential(steps);
/** x + inner(x); `shortcut` brings x to the shape of the result where they differ. */
export const residual = (inner: AnyLayer, shortcut?: AnyLayer): AnyLayer => makeResidual(inner, shortcut);

const activation =
  <K extends keyof typeof makeActivation>(kind: K) =>
  (options: Parameters<(typeof makeActivation)[K]>[0] = {}): AnyLayer =>
    makeActivation[kind](options);

export const relu = activation('relu');
export const relu6 = activation('relu6');
export const leakyRelu = activation('leakyRelu');
export const elu = activation('elu');
export const selu = activation('selu');
export const celu = activation('celu');
export const gelu = activation('gelu');
export const sigmoid = activation('sigmoid');
export const tanh = activation('tanh');
export const softplus = activation('softplus');
export const softsign = activation('softsign');
export const silu = activation('silu');
export const mish = activation('mish');
export const hardSigmoid = activation('hardSigmoid');
export const hardSwish = activation('hardSwish');
export const hardTanh = activation('hardTanh');
export const logSigmoid = activation('logSigmoid');
export const hardShrink = activation('hardShrink');
export const softShrink = activation('softShrink');
export const tanhShrink = activation('tanhShrink');
export const thresholdedRelu = activation('thresholdedRelu');
export const softmax = activation('softmax');
export const logSoftmax = activation('logSoftmax');
export const glu = activation('glu');
export const prelu = activation('prelu');
