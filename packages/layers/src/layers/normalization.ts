/** Normalization: batch, layer, group and instance norm. Variances that divide are biased; running variances are not. */
import { type AnyTensor, type Dim, fail, formatShape, ones, sizeOf, zeros } from '@cotangent/graph';
import {
  add,
  broadcastTo,
  cast,
  div,
  extent,
  isInside,
  type Layout,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  withPending,
} from '@cotangent/graph/ops';
import { evaluated, isTraining } from '../context.ts';
import { checkFloat, parameter, statistic } from '../core.ts';
import { amount, choice, count, flag, nullable } from '../options.ts';
import { define } from '../registry.ts';

export interface NormOptions {
  /** Added to the variance before the root. */
  readonly epsilon?: number;
  /** Learn a factor (gamma) for each feature. */
  readonly scale?: boolean;
  /** Learn an offset (beta) for each feature. */
  readonly center?: boolean;
  readonly layout?: Layout;
  readonly name?: string;
}

export interface BatchNormOptions extends NormOptions {
  /** Weight of the batch in running statistics: running = (1 − momentum)·running + momentum·batch; null: plain average. */
  readonly momentum?: number | null;
}

export interface LayerNormOptions extends Omit<NormOptions, 'layout'> {
  /** How many of the last axes are normalized together. */
  readonly axes?: number;
}

export interface GroupNormOptions extends NormOptions {
  /** Channels are cut into so many groups. */
  readonly groups?: number;
}

const table = (epsilon: number) => ({ epsilon: amount(epsilon, 0), scale: flag(true), center: flag(true) });
const layout = choice(['channelsLast', 'channelsFirst'], 'channelsLast');

export interface Moments {
  readonly mean: AnyTensor;
  /** Biased: divided by the count. */
  readonly variance: AnyTensor;
  readonly centered: AnyTensor;
}

/** Mean and variance over some axes, kept with size 1. */
export function momentsOf(x: AnyTensor, axes: readonly number[]): Moments {
  const average = mean(x, axes, { keepDims: true });
  const centered = sub(x, average);
  return { mean: average, centered, variance: mean(square(centered), axes, { keepDims: true }) };
}

/** (x − mean) / √(variance + ε) */
export const standardize = ({ centered, variance }: Omit<Moments, 'mean'>, epsilon: number): AnyTensor =>
  mul(centered, broadcastTo(rsqrt(add(variance, epsilon)), centered.shape));

/** One number per feature, in the shape that broadcasts against x. */
const alongAxes = (x: AnyTensor, values: AnyTensor, axes: readonly number[]): AnyTensor =>
  reshape(
    values,
    x.shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  );

/** γ·y + β with parameters over the given axes of y. */
function affine(
  y: AnyTensor,
  axes: readonly number[],
  { scale, center }: Required<Pick<NormOptions, 'scale' | 'center'>>,
): AnyTensor {
  const shape: readonly Dim[] = axes.map((axis) => y.shape[axis]!);
  const scaled = scale
    ? mul(y, alongAxes(y, parameter('gamma', shape, ones(), { dtype: y.dtype }), axes))
    : y;
  return center
    ? add(scaled, alongAxes(y, parameter('beta', shape, zeros(), { dtype: y.dtype }), axes))
    : scaled;
}

const featureAxis = (x: AnyTensor, order: Layout): number =>
  order === 'channelsLast' ? x.shape.length - 1 : 1;

/** Ioffe and Szegedy 2015. */
export const makeBatchNorm = define<Required<BatchNormOptions>>(
  'batchNorm',
  { momentum: { ...nullable(amount(0.1, 0, 1)) }, ...table(1e-5), layout },
  (options) => (x) => {
    const { epsilon, momentum, layout: order } = options;
    checkFloat(x, 'batchNorm');
    if (x.shape.length < 2)
      throw fail('SHAPE_MISMATCH', `batchNorm needs [batch, ..., features], not ${formatShape(x.shape)}`);
    const feature = featureAxis(x, order);
    const shape = [x.shape[feature]!];
    const others = x.shape.flatMap((_, axis) => (axis === feature ? [] : [axis]));
    const runningMean = statistic('runningMean', shape, zeros(), x.dtype);
    const runningVariance = statistic('runningVariance', shape, ones(), x.dtype);
    if (!isTraining()) {
      const centered = sub(x, alongAxes(x, runningMean, [feature]));
      return evaluated(
        affine(
          standardize({ centered, variance: alongAxes(x, runningVariance, [feature]) }, epsilon),
          [feature],
          options,
        ),
      );
    }
    const moments = momentsOf(x, others);
    const size = sizeOf(others.map((axis) => x.shape[axis]!));
    if (size === 1 && isInside('vmap'))
      throw fail(
        'BATCH_TOO_SMALL',
        'batchNorm in training needs several values for each statistic, and inside of vmap a batch is one example: use evaluation(layer)',
      );
    const count = extent(size, x.dtype, 2);
    const unbiased = mul(reshape(moments.variance, shape), broadcastTo(div(count, sub(count, 1)), shape));
    const batches = momentum === null ? statistic('batches', [], zeros(), 'i32', 'counter') : undefined;
    // A plain average gives the n-th batch the weight 1/n; of several calls in one program each is a batch.
    const weight = (before: number): AnyTensor | number =>
      batches === undefined
        ? momentum!
        : broadcastTo(div(extent(1, x.dtype), add(cast(batches, x.dtype), before + 1)), shape);
    const towards = (batch: AnyTensor) => (old: AnyTensor, before: number) =>
      add(old, mul(sub(batch, old), weight(before)));
    let y = affine(standardize(moments, epsilon), [feature], options);
    y = withPending(y, { variable: runningMean, next: towards(reshape(moments.mean, shape)) });
    y = withPending(y, { variable: runningVariance, next: towards(unbiased) });
    return batches === undefined ? y : withPending(y, { variable: batches, next: (old) => add(old, 1) });
  },
);

/** Ba et al. 2016: each example by itself, over its last axes. */
export const makeLayerNorm = define<Required<LayerNormOptions>>(
  'layerNorm',
  { axes: count(1), ...table(1e-5) },
  (options) => (x) => {
    checkFloat(x, 'layerNorm');
    const rank = x.shape.length;
    if (options.axes > rank)
      throw fail(
        'SHAPE_MISMATCH',
        `layerNorm over the last ${options.axes} axes does not fit ${formatShape(x.shape)}`,
      );
    const axes = Array.from({ length: options.axes }, (_, i) => rank - options.axes + i);
    return affine(standardize(momentsOf(x, axes), options.epsilon), axes, options);
  },
);

/** Wu and He 2018: over the spatial axes and the channels of a group. `groups` undefined: every channel by itself. */
function grouped(
  x: AnyTensor,
  groups: number | undefined,
  options: Required<GroupNormOptions>,
  what: string,
): AnyTensor {
  checkFloat(x, what);
  const order = options.layout;
  const feature = featureAxis(x, order);
  const channels = x.shape[feature];
  if (x.shape.length < 2 || typeof channels !== 'number')
    throw fail('SHAPE_MISMATCH', `${what} needs [batch, ..., channels], not ${formatShape(x.shape)}`);
  const parts = groups ?? channels;
  if (channels % parts !== 0)
    throw fail('SHAPE_MISMATCH', `${what}: ${channels} channels do not divide into ${parts} groups`);
  const cut = reshape(x, [
    ...x.shape.slice(0, feature),
    parts,
    channels / parts,
    ...x.shape.slice(feature + 1),
  ]);
  const axes = cut.shape.flatMap((_, axis) => (axis === 0 || axis === feature ? [] : [axis]));
  const y = reshape(standardize(momentsOf(cut, axes), options.epsilon), x.shape);
  return affine(y, [feature], options);
}

export const makeGroupNorm = define<Required<GroupNormOptions>>(
  'groupNorm',
  { groups: count(32), ...table(1e-5), layout },
  (options) => (x) => grouped(x, options.groups, options, 'groupNorm'),
);

/** Ulyanov et al. 2016: every channel of every example by itself. */
export const makeInstanceNorm = define<Required<GroupNormOptions>>(
  'instanceNorm',
  { ...table(1e-5), layout },
  (options) => (x) => grouped(x, undefined, options, 'instanceNorm'),
);
