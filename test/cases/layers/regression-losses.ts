/** Cases of losses of numbers: by their formulas, entry by entry or along the last axis. */
import { type FloatDType, input } from '@cotangent/graph';
import type {
  GaussianOptions,
  HuberOptions,
  MarginOptions,
  PoissonOptions,
  SmoothOptions,
  TripletOptions,
} from '@cotangent/layers';
import * as losses from '@cotangent/layers';
import { arrayOf } from '../arrays.ts';
import { between, nonzero, type Random } from '../random.ts';
import { numbers, someOf } from './draws.ts';
import {
  type BadLoss,
  badPairs,
  badReduction,
  drawnReduction,
  entrywise,
  type LossCases,
  type LossSample,
  linewise,
} from './loss-case.ts';

type Name = 'meanSquaredError' | 'meanAbsoluteError' | 'huber' | 'smoothAbsoluteError' | 'poissonNll';

/** Predictions near their targets, but not at them. */
function pair<O extends object>(random: Random, dtype: FloatDType, options: O, from = -2): LossSample<O> {
  const shape = random.shape({ mostRank: 3, leastSize: 1 });
  const target = numbers(random, dtype, shape, between(from, 2));
  const errors = Array.from(target.data, (entry) => entry + nonzero(0.05, 2)(random));
  const { options: reduction, tensors } = drawnReduction(random, dtype, shape);
  return {
    operands: [arrayOf(dtype, shape, errors), target],
    options: { ...someOf(random, options), ...reduction } as LossSample<O>['options'],
    tensors,
  };
}

/** A loss of the error of each entry. */
const ofErrors = <O extends object>(
  name: Name,
  draw: (random: Random) => O,
  value: (error: number, options: O) => number,
  bad: readonly BadLoss[] = [],
): LossCases<O> => ({
  sample: (random, dtype) => pair(random, dtype, draw(random)),
  reference: ({ operands, options }) => entrywise(operands, (x, t) => value(x - t!, options)),
  bad: [...badPairs(name), ...bad],
});

const meanAbsoluteError: LossCases = {
  ...ofErrors('meanAbsoluteError', () => ({}), Math.abs),
  smooth: 'no prediction is nearer to its target than 0.05',
  kinks: [
    {
      name: 'meanAbsoluteError of a hit',
      kind: 'kink',
      sentence: 'the second prediction is the target: the slope of |x − t| jumps from −1 to 1',
      build: () => ({
        outputs: losses.meanAbsoluteError(input('x', [3], 'f64'), input('t', [3], 'f64')),
        point: { x: [1, 2, 3], t: [2, 2, 2] },
      }),
    },
  ],
};

/** exp(x) − t·x, or x − t·ln(x + 1e−8) of a rate. */
const poissonNll: LossCases<PoissonOptions> = {
  sample(random, dtype) {
    const options: PoissonOptions = someOf(random, { logInput: random.chance(0.5) });
    const { operands, ...rest } = pair(random, dtype, {}, 0.5);
    const rates = numbers(random, dtype, operands[0]!.shape, between(0.3, 3));
    const [x, t] = options.logInput === false ? [rates, operands[1]!] : operands;
    return { ...rest, operands: [x!, t!], options: { ...rest.options, ...options } };
  },
  reference: ({ operands, options: { logInput = true } }) =>
    entrywise(operands, (x, t) => (logInput ? Math.exp(x) - t! * x : x - t! * Math.log(x + 1e-8))),
  bad: badPairs('poissonNll'),
};

/** Nix and Weigend 1994: (ln v + (x − t)²/v)/2, with a least variance. */
const gaussianNll: LossCases<GaussianOptions> = {
  smooth: 'variances are above the least one by 0.2 or more, or below it by as much',
  sample(random, dtype) {
    const { operands, ...rest } = pair(random, dtype, {});
    const options = someOf(random, { epsilon: 0.5 });
    const variance = numbers(random, dtype, operands[0]!.shape, (source) =>
      source.chance(0.2) ? source.real(0.1, 0.3) : source.real(0.7, 2),
    );
    return { ...rest, operands: [...operands, variance], options: { ...rest.options, ...options } };
  },
  reference: ({ operands, options: { epsilon = 1e-6 } }) =>
    entrywise(operands, (x, t, v) => {
      const variance = Math.max(v!, epsilon);
      return (Math.log(variance) + (x - t!) ** 2 / variance) / 2;
    }),
  kinks: [
    {
      name: 'gaussianNll at the least variance',
      kind: 'kink',
      sentence: 'the second variance is the least one, below which the loss is flat in it',
      build: () => ({
        outputs: losses.gaussianNll(
          input('x', [2], 'f64'),
          input('t', [2], 'f64'),
          input('variance', [2], 'f64'),
          { epsilon: 0.5 },
        ),
        point: { x: [1, 2], t: [0, 0], variance: [1, 0.5] },
      }),
    },
  ],
  bad: [
    ...badReduction(['f32[2]', 'f32[2]', 'f32[2]'], ['2']),
    {
      operands: ['f32[2]', 'f32[3]', 'f32[2]'],
      code: 'SHAPE_MISMATCH',
      sentence: 'gaussianNll compares tensors of one shape, not [2] with [3]',
    },
    { operands: ['f32[2]', 'f32[2]', 'f32[3]'], code: 'SHAPE_MISMATCH', sentence: '[3]' },
  ],
};

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, entry, i) => sum + entry * b[i]!, 0);
const cosine = (a: readonly number[], b: readonly number[]): number =>
  dot(a, b) / (Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b)));

/** Vectors that are not short. */
const vectors = (random: Random, dtype: FloatDType, shape: readonly number[]) =>
  numbers(random, dtype, shape, nonzero(0.3, 2));

const cosineDistance: LossCases = {
  sample(random, dtype) {
    const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
    const { options, tensors } = drawnReduction(random, dtype, shape.slice(0, -1));
    return { operands: [vectors(random, dtype, shape), vectors(random, dtype, shape)], options, tensors };
  },
  reference: ({ operands }) => linewise(operands, (x, t) => 1 - cosine(x!, t!)),
  bad: [
    ...badReduction(['f32[2, 3]', 'f32[2, 3]'], ['2']),
    {
      operands: ['f32[2, 3]', 'f32[3]'],
      code: 'SHAPE_MISMATCH',
      sentence: 'cosineDistance compares tensors of one shape, not [2, 3] with [3]',
    },
  ],
};

/** 1 − cos of pairs that belong together, max(0, cos − margin) of others. */
const cosineEmbedding: LossCases<MarginOptions> = {
  smooth: 'no cosine is nearer to the margin than 0.05',
  sample(random, dtype) {
    for (;;) {
      const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
      const operands = [vectors(random, dtype, shape), vectors(random, dtype, shape)];
      const reduction = drawnReduction(random, dtype, shape.slice(0, -1));
      const options: MarginOptions = someOf(random, { margin: random.real(-0.5, 0.5) });
      const { values } = linewise(operands, (a, b) => Math.abs(cosine(a!, b!) - (options.margin ?? 0)));
      if (values.some((gap) => gap < 0.05)) continue;
      const signs = numbers(random, dtype, shape.slice(0, -1), (source) => source.pick([-1, 1]));
      return {
        operands: [...operands, signs],
        options: { ...options, ...reduction.options } as LossSample<MarginOptions>['options'],
        tensors: reduction.tensors,
      };
    }
  },
  reference({ operands: [a, b, target], options: { margin = 0 } }) {
    const { shape, values } = linewise([a!, b!], (x, y) => cosine(x!, y!));
    return {
      shape,
      values: values.map((cos, i) => (target!.data[i]! < 0 ? Math.max(0, cos - margin) : 1 - cos)),
    };
  },
  kinks: [
    {
      name: 'cosineEmbedding at its margin',
      kind: 'kink',
      sentence: 'the vectors are orthogonal and do not belong together: cos − margin is 0',
      build: () => ({
        outputs: losses.cosineEmbedding(
          input('a', [1, 2], 'f64'),
          input('b', [1, 2], 'f64'),
          input('t', [1], 'i32'),
        ),
        point: { a: [[1, 0]], b: [[0, 1]], t: [-1] },
      }),
    },
  ],
  bad: [
    ...badReduction(['f32[2, 3]', 'f32[2, 3]', 'f32[2]'], ['2']),
    {
      operands: ['f32[2, 3]', 'f32[3, 3]', 'f32[2]'],
      code: 'SHAPE_MISMATCH',
      sentence: 'cosineEmbedding compares tensors of one shape, not [2, 3] with [3, 3]',
    },
    { operands: ['f32[2, 3]', 'f32[2, 3]', 'f32[3]'], code: 'SHAPE_MISMATCH', sentence: '[3]' },
  ],
};

/** √Σ(a − b + ε)² */
const distance = (a: readonly number[], b: readonly number[], epsilon: number): number =>
  Math.sqrt(a.reduce((sum, entry, i) => sum + (entry - b[i]! + epsilon) ** 2, 0));

/** Schroff et al. 2015: max(0, |a − p| − |a − n| + margin). */
const tripletMargin: LossCases<TripletOptions> = {
  smooth:
    'no difference of distances is nearer to the margin than 0.05, and no two points are nearer than 0.05',
  sample(random, dtype) {
    for (;;) {
      const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
      const operands = random.list(3, () => numbers(random, dtype, shape));
      const reduction = drawnReduction(random, dtype, shape.slice(0, -1));
      const options: TripletOptions = someOf(random, { margin: random.real(0.2, 2), epsilon: 0.01 });
      const { margin = 1, epsilon = 1e-6 } = options;
      const { values } = linewise(operands, (a, p, n) => {
        const [near, far] = [distance(a!, p!, epsilon), distance(a!, n!, epsilon)];
        return Math.min(near, far, Math.abs(near - far + margin));
      });
      if (values.every((gap) => gap > 0.05))
        return {
          operands,
          options: { ...options, ...reduction.options } as LossSample<TripletOptions>['options'],
          tensors: reduction.tensors,
        };
    }
  },
  reference: ({ operands, options: { margin = 1, epsilon = 1e-6 } }) =>
    linewise(operands, (a, p, n) =>
      Math.max(0, distance(a!, p!, epsilon) - distance(a!, n!, epsilon) + margin),
    ),
  kinks: [
    {
      name: 'tripletMargin at its corner',
      kind: 'kink',
      sentence: 'the other point is further away by exactly the margin',
      build: () => ({
        outputs: losses.tripletMargin(
          input('anchor', [1, 1], 'f64'),
          input('positive', [1, 1], 'f64'),
          input('negative', [1, 1], 'f64'),
          { epsilon: 0 },
        ),
        point: { anchor: [[0]], positive: [[1]], negative: [[2]] },
      }),
    },
  ],
  bad: [
    ...badReduction(['f32[2, 3]', 'f32[2, 3]', 'f32[2, 3]'], ['2']),
    {
      operands: ['f32[2, 3]', 'f32[2, 3]', 'f32[2, 4]'],
      code: 'SHAPE_MISMATCH',
      sentence: 'tripletMargin compares tensors of one shape, not [2, 3] with [2, 4]',
    },
  ],
};

const badSize = (option: string, value: number, sentence: string): BadLoss => ({
  operands: ['f32[2]', 'f32[2]'],
  options: { [option]: value },
  code: 'BAD_ARGUMENT',
  sentence,
});

export const regressionLosses = {
  meanSquaredError: ofErrors(
    'meanSquaredError',
    () => ({}),
    (error) => error ** 2,
  ),
  meanAbsoluteError,
  // Huber 1964
  huber: ofErrors<HuberOptions>(
    'huber',
    (random) => ({ delta: random.real(0.3, 1.5) }),
    (error, { delta = 1 }) =>
      Math.abs(error) <= delta ? error ** 2 / 2 : delta * (Math.abs(error) - delta / 2),
    [badSize('delta', 0, 'huber: delta is a number above 0, not 0')],
  ),
  // Girshick 2015
  smoothAbsoluteError: ofErrors<SmoothOptions>(
    'smoothAbsoluteError',
    (random) => ({ beta: random.real(0.3, 1.5) }),
    (error, { beta = 1 }) => (Math.abs(error) < beta ? error ** 2 / (2 * beta) : Math.abs(error) - beta / 2),
    [badSize('beta', -1, 'smoothAbsoluteError: beta is a number of 0 or more, not -1')],
  ),
  poissonNll,
  gaussianNll,
  cosineDistance,
  cosineEmbedding,
  tripletMargin,
} as const;
