/** Losses against PyTorch, in every reduction. */
import * as losses from '@cotangent/layers';
import { describeGroup } from './check.ts';

interface Reduced {
  readonly reduction: 'mean' | 'sum' | 'none';
}

interface Divergence {
  readonly reduction: Reduced['reduction'] | 'batchmean';
  readonly logTarget: boolean;
}

interface Classes extends Reduced {
  readonly classAxis: number;
  readonly ignoreIndex: number | null;
  readonly labelSmoothing: number;
  readonly weighted: boolean;
}

/** Options of ours for cross-entropy and nll. */
const classOptions = ({ reduction, classAxis, ignoreIndex }: Classes) => ({
  reduction,
  axis: classAxis,
  ...(ignoreIndex === null ? {} : { ignoreIndex }),
});

describeGroup('loss', {
  mse: { build: ({ x, t }, { reduction }: Reduced) => losses.meanSquaredError(x, t, { reduction }) },
  l1: { build: ({ x, t }, { reduction }: Reduced) => losses.meanAbsoluteError(x, t, { reduction }) },
  smoothL1: {
    build: ({ x, t }, { reduction, beta }: Reduced & { beta: number }) =>
      losses.smoothAbsoluteError(x, t, { reduction, beta }),
  },
  huber: {
    build: ({ x, t }, { reduction, delta }: Reduced & { delta: number }) =>
      losses.huber(x, t, { reduction, delta }),
  },
  bce: { build: ({ x, t }, { reduction }: Reduced) => losses.binaryCrossEntropy(x, t, { reduction }) },
  bceWithLogits: {
    build: ({ x, t, pos_weight }, { reduction, posWeight }: Reduced & { posWeight?: boolean }) =>
      losses.binaryCrossEntropyWithLogits(x, t, {
        reduction,
        ...(posWeight ? { positiveWeight: pos_weight } : {}),
      }),
  },
  klDiv: {
    build: ({ x, t }, { reduction, logTarget }: Divergence) =>
      losses.klDivergence(x, t, {
        reduction: reduction === 'batchmean' ? 'batchMean' : reduction,
        logTarget,
      }),
  },
  softMargin: { build: ({ x, t }, { reduction }: Reduced) => losses.softMargin(x, t, { reduction }) },
  poissonNll: {
    build: ({ x, t }, { reduction, logInput }: Reduced & { logInput: boolean }) =>
      losses.poissonNll(x, t, { reduction, logInput }),
  },
  crossEntropy: {
    build: ({ x, target, weight }, config: Classes) =>
      losses.crossEntropy(x, target, {
        ...classOptions(config),
        labelSmoothing: config.labelSmoothing,
        ...(config.weighted ? { classWeights: weight } : {}),
      }),
  },
  crossEntropyProb: {
    build: ({ x, target }, { reduction }: Reduced) => losses.crossEntropy(x, target, { reduction }),
  },
  nll: {
    build: ({ x, target, weight }, config: Classes) =>
      losses.nll(x, target, {
        ...classOptions(config),
        ...(config.weighted ? { classWeights: weight } : {}),
      }),
  },
  cosineEmbedding: {
    build: ({ a, b, t }, { reduction, margin }: Reduced & { margin: number }) =>
      losses.cosineEmbedding(a, b, t, { reduction, margin }),
  },
  tripletMargin: {
    build: ({ a, p, n }, { reduction, margin, eps }: Reduced & { margin: number; eps: number }) =>
      losses.tripletMargin(a, p, n, { reduction, margin, epsilon: eps }),
  },
  gaussianNll: {
    build: ({ x, t, var: variance }, { reduction, eps }: Reduced & { eps: number }) =>
      losses.gaussianNll(x, t, variance, { reduction, epsilon: eps }),
  },
});
