/** Normalization, from the moments and the standardization that our layers are made of. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { momentsOf, standardize } from '@cotangent/layers';
import { axisOf, type Call, type Operators } from './operator.ts';

/** One number for each channel, which is axis 1, in the shape that broadcasts against x. */
const perChannel = (x: AnyTensor, values: AnyTensor): AnyTensor =>
  ops.reshape(
    values,
    x.shape.map((size, axis) => (axis === 1 ? size : 1)),
  );

const otherAxes = (x: AnyTensor): readonly number[] =>
  x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** By the statistics of the batch where it is for training, which also move the running ones. */
function batchNormalization(
  call: Call,
  x: AnyTensor,
  scale: AnyTensor,
  bias: AnyTensor,
  mean: AnyTensor,
  variance: AnyTensor,
): readonly AnyTensor[] {
  const epsilon = call.number('epsilon') ?? 1e-5;
  const momentum = call.number('momentum') ?? 0.9;
  const affine = (y: AnyTensor): AnyTensor => ops.add(ops.mul(y, perChannel(x, scale)), perChannel(x, bias));
  if (!call.flag('training_mode')) {
    const centered = ops.sub(x, perChannel(x, mean));
    return [affine(standardize({ centered, variance: perChannel(x, variance) }, epsilon))];
  }
  const moments = momentsOf(x, otherAxes(x));
  const moved = (running: AnyTensor, batch: AnyTensor): AnyTensor =>
    ops.add(ops.mul(running, momentum), ops.mul(ops.reshape(batch, running.shape), 1 - momentum));
  return [
    affine(standardize(moments, epsilon)),
    moved(mean, moments.mean),
    moved(variance, moments.variance),
  ];
}

function instanceNormalization(call: Call, x: AnyTensor, scale: AnyTensor, bias: AnyTensor): AnyTensor {
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const y = standardize(momentsOf(x, axes), call.number('epsilon') ?? 1e-5);
  return ops.add(ops.mul(y, perChannel(x, scale)), perChannel(x, bias));
}

/** Over all axes from `axis` on; also gives the mean and 1 / √(variance + ε). */
function layerNormalization(
  call: Call,
  x: AnyTensor,
  scale: AnyTensor,
  bias?: AnyTensor,
): readonly AnyTensor[] {
  const epsilon = call.number('epsilon') ?? 1e-5;
  const axes = x.shape.map((_, axis) => axis).slice(axisOf(x, call.number('axis') ?? -1));
  const moments = momentsOf(x, axes);
  const scaled = ops.mul(standardize(moments, epsilon), scale);
  return [
    bias === undefined ? scaled : ops.add(scaled, bias),
    moments.mean,
    ops.rsqrt(ops.add(moments.variance, epsilon)),
  ];
}

function meanVarianceNormalization(call: Call, x: AnyTensor): AnyTensor {
  const { centered, variance } = momentsOf(x, call.numbers('axes') ?? [0, 2, 3]);
  return ops.div(centered, ops.add(ops.sqrt(variance), 1e-9));
}

/** x / (bias + α·mean of x² over neighbouring channels)^β (Krizhevsky et al. 2012). */
function localResponseNormalization(call: Call, x: AnyTensor): AnyTensor {
  const size = call.number('size')!;
  const [batch, channels] = x.shape;
  // The channels are the axis of the window, the positions its channels.
  const squares = ops.reshape(ops.square(x), [batch, channels, -1]);
  const around = [[Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)] as const];
  const means = ops.reshape(ops.averagePool(squares, size, { stride: 1, padding: around }), x.shape);
  const base = ops.add(ops.mul(means, call.number('alpha') ?? 1e-4), call.number('bias') ?? 1);
  return ops.div(x, ops.pow(base, call.number('beta') ?? 0.75));
}

export const normalization: Operators = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LRN: localResponseNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
};
