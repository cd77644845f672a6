/** Cases of losses of classes: logarithms of probabilities, by sums over the classes. */
import { type FloatDType, type HostArray, input } from '@cotangent/graph';
import type { BinaryOptions, ClassOptions, CrossEntropyOptions, DivergenceOptions } from '@cotangent/layers';
import * as losses from '@cotangent/layers';
import { arrayOf, at, filled } from '../arrays.ts';
import { between, type Draw, type Random } from '../random.ts';
import { numbers, someOf } from './draws.ts';
import {
  type BadLoss,
  badPairs,
  badReduction,
  drawnReduction,
  entrywise,
  type LossCases,
  type LossSample,
} from './loss-case.ts';

/** Scores of the classes of each example, wherever the axis of the classes is. */
function classesOf(scores: HostArray, axis: number) {
  const place = (axis + scores.shape.length) % scores.shape.length;
  return {
    shape: scores.shape.toSpliced(place, 1),
    count: scores.shape[place]!,
    at: (array: HostArray, example: readonly number[], label: number) =>
      at(array, example.toSpliced(place, 0, label)),
  };
}

type Sample = LossSample<CrossEntropyOptions>;

/** ln softmax along the axis of the classes, or the scores themselves. */
const scoreOf = ({ operands: [scores], options }: Sample, isLog: boolean) => {
  const classes = classesOf(scores!, options.axis ?? -1);
  return (example: readonly number[], label: number): number => {
    const score = classes.at(scores!, example, label);
    if (isLog) return score;
    let total = 0;
    for (let other = 0; other < classes.count; other++)
      total += Math.exp(classes.at(scores!, example, other));
    return score - Math.log(total);
  };
};

/**
 * −Σ q(k)·w(k)·ln p(k), where q is the label or the given probabilities, mixed with the uniform distribution (Szegedy et
 * al. 2016); examples of the label that is ignored cost nothing and do not count.
 */
function crossEntropyOf(sample: Sample, isLog: boolean) {
  const { operands, options, tensors } = sample;
  const { axis = -1, labelSmoothing = 0, ignoreIndex, classWeights } = options;
  const [scores, labels] = operands as readonly [HostArray, HostArray];
  const classes = classesOf(scores, axis);
  const logOf = scoreOf(sample, isLog);
  const weightOf = (label: number): number =>
    tensors.classWeights?.data[label] ?? (Array.isArray(classWeights) ? classWeights[label] : 1);
  const hard = labels.dtype === 'i32';
  const ignored = (example: readonly number[]) => hard && at(labels, example) === ignoreIndex;
  const values = filled(classes.shape, (example) => {
    if (ignored(example)) return 0;
    let total = 0;
    for (let label = 0; label < classes.count; label++) {
      const given = hard ? Number(at(labels, example) === label) : classes.at(labels, example, label);
      const share = (1 - labelSmoothing) * given + labelSmoothing / classes.count;
      total -= share * weightOf(label) * logOf(example, label);
    }
    return total;
  });
  if (!hard) return { shape: classes.shape, values };
  const counts = filled(classes.shape, (example) => (ignored(example) ? 0 : weightOf(at(labels, example))));
  return { shape: classes.shape, values, counts };
}

function drawnClasses(random: Random, dtype: FloatDType, soft: boolean, smoothing: boolean): Sample {
  const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
  const axis = random.whole(-shape.length, shape.length - 1);
  const options = someOf(random, { axis }, 0.5);
  const classes = classesOf(arrayOf(dtype, shape, []), options.axis ?? -1);
  const reduction = drawnReduction(random, dtype, classes.shape);
  const list = random.list(classes.count, () => random.real(0.3, 2));
  const byTensor = random.chance(0.5);
  const ignoreIndex = random.pick([-100, 0]);
  // Something has to count, or there is nothing to divide by.
  const drawLabel = (source: Random) => source.whole(classes.count > 1 ? 1 : 0, classes.count - 1);
  const ignoring = !soft && classes.count > 1 && random.chance(0.4);
  const labels = filled(classes.shape, () =>
    ignoring && random.chance(0.3)
      ? ignoreIndex
      : ignoring
        ? drawLabel(random)
        : random.whole(0, classes.count - 1),
  );
  if (ignoring && labels.length > 0) labels[0] = drawLabel(random);
  const weighted = random.chance(0.4);
  return {
    operands: [
      numbers(random, dtype, shape),
      soft ? numbers(random, dtype, shape, between(0.1, 1)) : arrayOf('i32', classes.shape, labels),
    ],
    options: {
      ...options,
      ...(smoothing ? someOf(random, { labelSmoothing: random.real(0, 1) }, 0.5) : {}),
      ...(weighted && !byTensor ? { classWeights: list } : {}),
      ...(ignoring ? { ignoreIndex } : {}),
      ...reduction.options,
    } as Sample['options'],
    tensors: {
      ...reduction.tensors,
      ...(weighted && byTensor ? { classWeights: arrayOf(dtype, [classes.count], list) } : {}),
    },
  };
}

const badClasses = (name: string): BadLoss[] => [
  ...badReduction(['f32[2, 3]', 'i32[2]'], ['2']),
  {
    operands: ['f32[2, 3]', 'i32[3]'],
    code: 'SHAPE_MISMATCH',
    sentence: `${name} of logits [2, 3] takes class numbers [2], not [3]`,
  },
  {
    operands: ['f32[2, 3]', 'i32[2, 3]'],
    code: 'SHAPE_MISMATCH',
    sentence: 'one-hot labels need .argmax(-1)',
  },
  {
    operands: ['f32[2, 3]', 'f32[2]'],
    code: 'DTYPE_MISMATCH',
    sentence: `${name} takes class numbers of i32, not f32`,
  },
  {
    operands: ['f32[2, 3]', 'i32[2]'],
    options: { classWeights: [1, 2] },
    code: 'SHAPE_MISMATCH',
    sentence: '2 class weights do not fit 3 classes',
  },
  {
    operands: ['f32[2, 3]', 'i32[2]'],
    options: { axis: 2 },
    code: 'AXIS_OUT_OF_RANGE',
    sentence: 'axis 2 is out of range for [2, 3]',
  },
];

const crossEntropy: LossCases<CrossEntropyOptions> = {
  sample: (random, dtype) => drawnClasses(random, dtype, random.chance(0.4), true),
  reference: (sample) => crossEntropyOf(sample, false),
  bad: [
    ...badClasses('crossEntropy'),
    {
      operands: ['i32[2]', 'f32[2, 3]'],
      code: 'DTYPE_MISMATCH',
      sentence: 'the logits of crossEntropy are floats, not i32: are the arguments swapped?',
    },
    {
      operands: ['f32[2, 3]', 'i32[2]'],
      options: { labelSmoothing: 1.5 },
      code: 'BAD_ARGUMENT',
      sentence: 'label smoothing is from 0 to 1, not 1.5',
    },
    {
      operands: ['f32[2, 3]', 'f64[2, 3]'],
      code: 'DTYPE_MISMATCH',
      sentence: 'one operand is f64 and the other f32',
    },
  ],
};

const nll: LossCases<ClassOptions> = {
  sample: (random, dtype) => drawnClasses(random, dtype, false, false),
  reference: (sample) => crossEntropyOf(sample, true),
  bad: [
    ...badClasses('nll'),
    {
      operands: ['i32[2, 3]', 'i32[2]'],
      code: 'DTYPE_MISMATCH',
      sentence: 'the log-probabilities of nll are floats, not i32',
    },
  ],
};

/** Predictions and targets of one shape, drawn each in its own way. */
function pair<O extends object>(
  random: Random,
  dtype: FloatDType,
  [x, t]: readonly [Draw, Draw],
  options: Partial<O>,
): LossSample<O> {
  const shape = random.shape({ mostRank: 3, leastSize: 1 });
  const reduction = drawnReduction(random, dtype, shape);
  return {
    operands: [numbers(random, dtype, shape, x), numbers(random, dtype, shape, t)],
    options: { ...options, ...reduction.options } as LossSample<O>['options'],
    tensors: reduction.tensors,
  };
}

const inUnit = between(0.05, 0.95);
const sign: Draw = (random) => random.pick([-1, 1]);

/** −t·ln σ(x)·w − (1 − t)·ln(1 − σ(x)) */
const binaryCrossEntropyWithLogits: LossCases<BinaryOptions> = {
  sample(random, dtype) {
    const weight = random.real(0.5, 3);
    const byTensor = random.chance(0.5);
    const drawn = pair<BinaryOptions>(
      random,
      dtype,
      [between(-3, 3), between(0, 1)],
      byTensor ? {} : someOf(random, { positiveWeight: weight }),
    );
    if (!byTensor) return drawn;
    const positiveWeight = numbers(random, dtype, drawn.operands[0]!.shape.slice(-1), between(0.5, 3));
    return { ...drawn, tensors: { ...drawn.tensors, positiveWeight } };
  },
  reference({ operands, options, tensors: { positiveWeight } }) {
    const [x] = operands;
    const losses = (k: number) => {
      const weight =
        positiveWeight?.data[k % positiveWeight.data.length] ?? Number(options.positiveWeight ?? 1);
      const [entry, target] = operands.map(({ data }) => data[k]!) as [number, number];
      const p = 1 / (1 + Math.exp(-entry));
      return -target * Math.log(p) * weight - (1 - target) * Math.log(1 - p);
    };
    return { shape: x!.shape, values: Array.from(x!.data, (_, k) => losses(k)) };
  },
  bad: badPairs('binaryCrossEntropyWithLogits'),
};

/** Logarithms are cut off at −100, as in PyTorch. */
const binaryCrossEntropy: LossCases = {
  sample: (random, dtype) => pair(random, dtype, [inUnit, between(0, 1)], {}),
  reference: ({ operands }) => entrywise(operands, (p, t) => -t! * Math.log(p) - (1 - t!) * Math.log(1 - p)),
  bad: badPairs('binaryCrossEntropy'),
};

/** Kullback and Leibler 1951: t·(ln t − x); by default the sum of each example, and the mean of these. */
const klDivergence: LossCases<DivergenceOptions> = {
  sample(random, dtype) {
    const logTarget = random.chance(0.4);
    const drawn = pair<DivergenceOptions>(
      random,
      dtype,
      [between(-3, 0), logTarget ? between(-3, 0) : inUnit],
      logTarget ? { logTarget } : {},
    );
    const batchMean = (drawn.options.reduction ?? 'batchMean') === 'batchMean';
    const weights = numbers(random, dtype, drawn.operands[0]!.shape.slice(0, 1), between(0.2, 2));
    return batchMean && drawn.tensors.weights !== undefined ? { ...drawn, tensors: { weights } } : drawn;
  },
  reference({ operands, options: { logTarget = false, reduction = 'batchMean' } }) {
    const all = entrywise(operands, (x, t) =>
      logTarget ? Math.exp(t!) * (t! - x) : t! * (Math.log(t!) - x),
    );
    const [examples = 1] = all.shape;
    if (reduction !== 'batchMean' || all.shape.length <= 1) return all;
    const size = all.values.length / examples;
    const sums = Array.from({ length: examples }, (_, i) =>
      all.values.slice(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0),
    );
    return { shape: [examples], values: sums };
  },
  bad: badPairs('klDivergence').filter(({ tensors }) => tensors?.weights?.startsWith('f64') !== true),
};

/** max(0, 1 − t·x), t = ±1 */
const hinge: LossCases = {
  smooth: 'no product of target and prediction is nearer to 1 than 0.05',
  sample(random, dtype) {
    const drawn = pair(random, dtype, [between(-2, 2), sign], {});
    const [x, t] = drawn.operands as [HostArray, HostArray];
    const away = Array.from(x.data, (entry, i) =>
      Math.abs(1 - entry * t.data[i]!) > 0.05 ? entry : entry + 0.2,
    );
    return { ...drawn, operands: [arrayOf(dtype, x.shape, away), t] };
  },
  reference: ({ operands }) => entrywise(operands, (x, t) => Math.max(0, 1 - t! * x)),
  kinks: [
    {
      name: 'hinge at its corner',
      kind: 'kink',
      sentence: 'the second prediction is at the margin: 1 − t·x is 0',
      build: () => ({
        outputs: losses.hinge(input('x', [3], 'f64'), input('t', [3], 'f64')),
        point: { x: [0.5, 1, -2], t: [1, 1, -1] },
      }),
    },
  ],
  bad: badPairs('hinge'),
};

/** ln(1 + exp(−t·x)), t = ±1 */
const softMargin: LossCases = {
  sample: (random, dtype) => pair(random, dtype, [between(-3, 3), sign], {}),
  reference: ({ operands }) => entrywise(operands, (x, t) => Math.log(1 + Math.exp(-t! * x))),
  bad: badPairs('softMargin'),
};

export const classificationLosses = {
  crossEntropy,
  nll,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropy,
  klDivergence,
  hinge,
  softMargin,
} as const;
