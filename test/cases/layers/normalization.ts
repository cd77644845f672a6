/** Cases of normalization: mean and variance of the entries that belong together, by sums over positions. */
import type { HostArray } from '@cotangent/graph';
import type {
  BatchNormOptions,
  GroupNormOptions,
  LayerNormOptions,
  NormOptions,
} from '../../../packages/layers/src/layers/normalization.ts';
import { at, filled, positions } from '../arrays.ts';
import type { Random } from '../random.ts';
import type { BadLayer, LayerCases, LayerResult } from './case.ts';
import { layouts, numbers, someOf } from './draws.ts';

type Position = readonly number[];
type Parameters = Readonly<Record<string, HostArray>>;

/** Mean and biased variance of some numbers. */
function moments(entries: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = entries.reduce((sum, entry) => sum + entry, 0) / entries.length;
  return { mean, variance: entries.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / entries.length };
}

const entriesOf = (x: HostArray, belongs: (position: Position) => boolean): number[] =>
  positions(x.shape)
    .filter(belongs)
    .map((position) => at(x, position));

/** γ·(x − mean)/√(variance + ε) + β, with the moments and the parameters that belong to each position. */
function normalized(
  x: HostArray,
  momentsAt: (position: Position) => { readonly mean: number; readonly variance: number },
  featureAt: (position: Position) => Position,
  { epsilon = 1e-5, scale = true, center = true }: NormOptions,
  { gamma, beta }: Parameters,
): LayerResult {
  const values = filled(x.shape, (position) => {
    const { mean, variance } = momentsAt(position);
    const y = (at(x, position) - mean) / Math.sqrt(variance + epsilon);
    const feature = featureAt(position);
    return y * (scale ? at(gamma!, feature) : 1) + (center ? at(beta!, feature) : 0);
  });
  return { outputs: [{ shape: x.shape, values }] };
}

const featureAxis = (x: HostArray, layout: NormOptions['layout'] = 'channelsLast'): number =>
  layout === 'channelsLast' ? x.shape.length - 1 : 1;

const common = (random: Random) => ({
  epsilon: random.pick([1e-3, 0.1]),
  scale: random.chance(0.5),
  center: random.chance(0.5),
});

const badCommon = (what: string): BadLayer[] => [
  {
    options: { epsilon: -1 },
    code: 'BAD_ARGUMENT',
    sentence: "the option 'epsilon' is -1, not a number from 0",
  },
  { options: { scale: 'yes' }, code: 'BAD_ARGUMENT', sentence: "the option 'scale' is" },
  { options: { center: 1 }, code: 'BAD_ARGUMENT', sentence: "the option 'center' is 1, not true or false" },
  { options: { affine: true }, code: 'BAD_ARGUMENT', sentence: `${what} has no option 'affine'` },
  { options: {}, x: 'i32[2, 3, 4]', code: 'DTYPE_MISMATCH', sentence: `${what} takes f32 or f64, not i32` },
];

const badLayout: BadLayer = {
  options: { layout: 'first' },
  code: 'BAD_ARGUMENT',
  sentence: 'not one of channelsLast, channelsFirst',
};

/**
 * Ioffe and Szegedy 2015, algorithms 1 and 2. The running variance is unbiased; a plain average gives the n-th batch the
 * weight 1/n.
 */
const batchNorm: LayerCases<BatchNormOptions> = {
  layouts: () => true,
  sample(random, dtype) {
    const shape = random.list(random.whole(2, 4), () => random.whole(1, 3));
    shape[0] = random.whole(2, 4);
    const options: BatchNormOptions = someOf(random, {
      ...common(random),
      momentum: random.pick([0.1, 0.3, 1, null]),
      layout: random.pick(layouts),
    });
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.6) };
  },
  variable: (name, random) => (name === 'runningVariance' ? random.real(0.3, 2) : random.real(-1, 1)),
  mixes: ({ training }) => training,
  reference({ options, x, training, variables }) {
    const { momentum = 0.1, layout } = options;
    const axis = featureAxis(x, layout);
    const { runningMean, runningVariance, batches } = variables;
    const features = Array.from({ length: x.shape[axis]! }, (_, feature) => {
      if (!training) return { mean: runningMean!.data[feature]!, variance: runningVariance!.data[feature]! };
      return moments(entriesOf(x, (position) => position[axis] === feature));
    });
    const result = normalized(
      x,
      (position) => features[position[axis]!]!,
      (position) => [position[axis]!],
      options,
      variables,
    );
    if (!training) return result;
    const count = x.data.length / features.length;
    const weight = momentum ?? 1 / (batches!.data[0]! + 1);
    const moved = (old: HostArray, batch: (i: number) => number) =>
      features.map((_, i) => (1 - weight) * old.data[i]! + weight * batch(i));
    return {
      ...result,
      updates: {
        runningMean: moved(runningMean!, (i) => features[i]!.mean),
        runningVariance: moved(runningVariance!, (i) => (features[i]!.variance * count) / (count - 1)),
        ...(momentum === null ? { batches: [batches!.data[0]! + 1] } : {}),
      },
    };
  },
  bad: [
    ...badCommon('batchNorm'),
    badLayout,
    { options: { momentum: 1.5 }, code: 'BAD_ARGUMENT', sentence: "the option 'momentum' is 1.5" },
    {
      options: {},
      x: 'f32[3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'batchNorm needs [batch, ..., features], not [3]',
    },
    {
      options: {},
      x: 'f32[2, features]',
      code: 'BAD_ARGUMENT',
      sentence: 'needs fixed sizes, not [features]',
    },
    {
      options: {},
      x: 'f32[1, 3]',
      training: true,
      code: 'BATCH_TOO_SMALL',
      sentence: 'at least 2 values are needed for each statistic, and there is 1',
    },
  ],
};

/** Ba, Kiros and Hinton 2016, equation 3: over the last axes of each example. */
const layerNorm: LayerCases<LayerNormOptions> = {
  sample(random, dtype) {
    const shape = random.list(random.whole(1, 4), () => random.whole(1, 3));
    const options: LayerNormOptions = someOf(random, {
      ...common(random),
      axes: random.whole(1, Math.min(2, shape.length)),
    });
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.5) };
  },
  mixes: ({ options: { axes = 1 }, x }) => axes === x.shape.length,
  reference({ options, x, variables }) {
    const leading = x.shape.length - (options.axes ?? 1);
    return normalized(
      x,
      (place) =>
        moments(entriesOf(x, (other) => other.slice(0, leading).every((i, axis) => i === place[axis]))),
      (place) => place.slice(leading),
      options,
      variables,
    );
  },
  bad: [
    ...badCommon('layerNorm'),
    { options: { axes: 0 }, code: 'BAD_ARGUMENT', sentence: "the option 'axes' is 0" },
    {
      options: { layout: 'channelsLast' },
      code: 'BAD_ARGUMENT',
      sentence: "layerNorm has no option 'layout'",
    },
    {
      options: { axes: 3 },
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'layerNorm over the last 3 axes does not fit [2, 3]',
    },
    { options: {}, x: 'f32[2, width]', code: 'BAD_ARGUMENT', sentence: 'needs fixed sizes, not [width]' },
  ],
};

/** Over all places, and the channels of the group of a position, of one example. */
function grouped(
  x: HostArray,
  groups: number,
  options: GroupNormOptions,
  variables: Parameters,
): LayerResult {
  const axis = featureAxis(x, options.layout);
  const size = x.shape[axis]! / groups;
  const groupOf = (position: Position) => Math.floor(position[axis]! / size);
  return normalized(
    x,
    (place) => moments(entriesOf(x, (other) => other[0] === place[0] && groupOf(other) === groupOf(place))),
    (place) => [place[axis]!],
    options,
    variables,
  );
}

const badGroups = (what: string): BadLayer[] => [
  ...badCommon(what),
  badLayout,
  {
    options: {},
    x: 'f32[3]',
    code: 'SHAPE_MISMATCH',
    sentence: `${what} needs [batch, ..., channels], not [3]`,
  },
  {
    options: {},
    x: 'f32[2, 4, channels]',
    code: 'SHAPE_MISMATCH',
    sentence: `${what} needs [batch, ..., channels], not [2, 4, channels]`,
  },
];

/** Wu and He 2018, equations 1, 2 and 7. */
const groupNorm: LayerCases<GroupNormOptions> = {
  layouts: () => true,
  sample(random, dtype) {
    const groups = random.whole(1, 3);
    const options: GroupNormOptions = {
      groups,
      ...someOf(random, { ...common(random), layout: random.pick(layouts) }),
    };
    const places = random.list(random.whole(0, 2), () => random.whole(1, 3));
    const channels = groups * random.whole(1, 2);
    const [examples, last] = [random.whole(1, 3), options.layout !== 'channelsFirst'];
    const shape = last ? [examples, ...places, channels] : [examples, channels, ...places];
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.5) };
  },
  reference: ({ options, x, variables }) => grouped(x, options.groups ?? 32, options, variables),
  bad: [
    ...badGroups('groupNorm'),
    { options: { groups: 0 }, code: 'BAD_ARGUMENT', sentence: "the option 'groups' is 0" },
    {
      options: { groups: 2 },
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'groupNorm: 3 channels do not divide into 2 groups',
    },
    {
      options: {},
      x: 'f32[2, 4, 8]',
      code: 'SHAPE_MISMATCH',
      sentence: 'groupNorm: 8 channels do not divide into 32 groups',
    },
  ],
};

/** Ulyanov, Vedaldi and Lempitsky 2016: every channel is a group. */
const instanceNorm: LayerCases<NormOptions> = {
  layouts: () => true,
  sample(random, dtype) {
    const options: NormOptions = someOf(random, { ...common(random), layout: random.pick(layouts) });
    const shape = random.list(random.whole(2, 4), () => random.whole(1, 3));
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.5) };
  },
  reference: ({ options, x, variables }) =>
    grouped(x, x.shape[featureAxis(x, options.layout)]!, options, variables),
  bad: badGroups('instanceNorm'),
};

export const normalizationCases = { batchNorm, layerNorm, groupNorm, instanceNorm } as const;
