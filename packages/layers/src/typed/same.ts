/** Layers that keep the shape: activations, normalization, dropout. */
import type { SameShape } from '@cotangent/graph';
import { makeActivation } from '../layers/activation.ts';
import { type DropoutOptions, makeDropout } from '../layers/dropout.ts';
import {
  type BatchNormOptions,
  type GroupNormOptions,
  type LayerNormOptions,
  makeBatchNorm,
  makeGroupNorm,
  makeInstanceNorm,
  makeLayerNorm,
  type NormOptions,
} from '../layers/normalization.ts';
import type { Layer } from '../types.ts';

/** Normalizes each feature over the batch; in evaluation by running statistics. */
export const batchNorm = (options: BatchNormOptions = {}): Layer<SameShape> => makeBatchNorm(options);
/** Normalizes each example over its last axes. */
export const layerNorm = (options: LayerNormOptions = {}): Layer<SameShape> => makeLayerNorm(options);
/** Normalizes each example over positions and the channels of a group. */
export const groupNorm = (options: GroupNormOptions = {}): Layer<SameShape> => makeGroupNorm(options);
/** Normalizes each channel of each example over its positions. */
export const instanceNorm = (options: NormOptions = {}): Layer<SameShape> => makeInstanceNorm(options);

/** Drops elements while training, and scales up what is kept. A rate, or all options. */
export const dropout = (options: number | DropoutOptions): Layer<SameShape> =>
  makeDropout(typeof options === 'number' ? { rate: options } : options);

interface Named {
  readonly name?: string;
}
const activation =
  <O extends object = Named>(kind: keyof typeof makeActivation) =>
  (options: Partial<O> & Named = {} as Partial<O> & Named): Layer<SameShape> =>
    makeActivation[kind](options);

export const relu = activation('relu');
export const relu6 = activation('relu6');
export const leakyRelu = activation<{ readonly slope: number }>('leakyRelu');
export const elu = activation<{ readonly alpha: number }>('elu');
export const selu = activation('selu');
export const celu = activation<{ readonly alpha: number }>('celu');
export const gelu = activation<{ readonly approximate: 'none' | 'tanh' }>('gelu');
export const sigmoid = activation('sigmoid');
export const tanh = activation('tanh');
export const softplus = activation<{ readonly beta: number }>('softplus');
export const softsign = activation('softsign');
export const silu = activation('silu');
export const mish = activation('mish');
export const hardSigmoid = activation('hardSigmoid');
export const hardSwish = activation('hardSwish');
export const hardTanh = activation<{ readonly low: number; readonly high: number }>('hardTanh');
export const logSigmoid = activation('logSigmoid');
export const hardShrink = activation<{ readonly lambda: number }>('hardShrink');
export const softShrink = activation<{ readonly lambda: number }>('softShrink');
export const tanhShrink = activation('tanhShrink');
export const thresholdedRelu = activation<{ readonly theta: number }>('thresholdedRelu');
export const softmax = activation<{ readonly axis: number }>('softmax');
export const logSoftmax = activation<{ readonly axis: number }>('logSoftmax');
/** A learned slope for each channel. */
export const prelu = activation<{ readonly initial: number }>('prelu');
