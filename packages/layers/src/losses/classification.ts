/** Losses of classes: how little probability predictions give to what is true. */
import {
  type AnyTensor,
  type Dim,
  fail,
  formatShape,
  isFloat,
  isInteger,
  type Shape,
  sameShape,
} from '@cotangent/graph';
import {
  add,
  and,
  broadcastTo,
  cast,
  check,
  constantOfArray,
  div,
  exp,
  expandDims,
  extent,
  greater,
  less,
  log,
  logSoftmax,
  max,
  maximum,
  min,
  moveAxis,
  mul,
  mulNoNan,
  neg,
  not,
  notEqual,
  reshape,
  softplus,
  splat,
  stack,
  sub,
  sum,
  take,
  takeAlongAxis,
  where,
} from '@cotangent/graph/ops';
import { type LossOptions, reduceLosses } from './reduction.ts';
import { sameShapes } from './regression.ts';

export interface ClassOptions extends LossOptions {
  /** A weight for each class. 'mean' divides by the weights of the true classes. */
  readonly classWeights?: readonly number[] | AnyTensor;
  /** Examples with this label do not count. */
  readonly ignoreIndex?: number;
  /** Where the classes are; default: the last axis. */
  readonly axis?: number;
}

export interface CrossEntropyOptions extends ClassOptions {
  /** So much probability is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
}

/**
 * −ln softmax(logits)[label]. Labels are class numbers in the shape of the logits without their class axis, or
 * probabilities in the shape of the logits.
 */
export function crossEntropyLoss(
  logits: AnyTensor,
  labels: AnyTensor,
  options: CrossEntropyOptions,
): AnyTensor {
  const { axis = -1, labelSmoothing = 0 } = options;
  if (!isFloat(logits.dtype))
    throw fail(
      'DTYPE_MISMATCH',
      `the logits of crossEntropy are floats, not ${logits.dtype}: are the arguments swapped?`,
    );
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw fail('BAD_ARGUMENT', `label smoothing is from 0 to 1, not ${labelSmoothing}`);
  return isFloat(labels.dtype) && sameShape(labels.shape, logits.shape)
    ? softLabelLoss(logSoftmax(moveAxis(logits, axis, -1)), moveAxis(labels, axis, -1), options)
    : hardLabelLoss('crossEntropy', logSoftmax(moveAxis(logits, axis, -1)), labels, options);
}

/** −log-probability of the label: cross-entropy of what is already a log-softmax. */
export const nllLoss = (logProbabilities: AnyTensor, labels: AnyTensor, options: ClassOptions): AnyTensor => {
  if (!isFloat(logProbabilities.dtype))
    throw fail(
      'DTYPE_MISMATCH',
      `the log-probabilities of nll are floats, not ${logProbabilities.dtype}: are the arguments swapped?`,
    );
  return hardLabelLoss('nll', moveAxis(logProbabilities, options.axis ?? -1, -1), labels, options);
};

const weightsOf = (scores: AnyTensor, { classWeights }: ClassOptions): AnyTensor | undefined => {
  if (classWeights === undefined) return undefined;
  const weights = 'node' in classWeights ? classWeights : constantOfArray([...classWeights], scores.dtype);
  if (weights.shape[0] !== scores.shape.at(-1))
    throw fail(
      'SHAPE_MISMATCH',
      `${weights.shape[0]} class weights do not fit ${scores.shape.at(-1)} classes`,
    );
  return weights;
};

/** Probabilities as targets: −Σ t·ln p. */
function softLabelLoss(scores: AnyTensor, targets: AnyTensor, options: CrossEntropyOptions): AnyTensor {
  const { labelSmoothing = 0 } = options;
  const classes = broadcastTo(extent(scores.shape.at(-1)!, scores.dtype), targets.shape);
  const smooth =
    labelSmoothing === 0
      ? targets
      : add(
          mul(targets, 1 - labelSmoothing),
          div(splat(labelSmoothing, targets.shape, scores.dtype), classes),
        );
  const weights = weightsOf(scores, options);
  // A probability of 0 costs nothing, even where the logarithm is infinite.
  const terms = mulNoNan(smooth, scores);
  return reduceLosses(neg(sum(weights === undefined ? terms : mul(terms, weights), -1)), options);
}

/** What labels of another shape than that of the scores without their last axis probably lack. */
function remedyFor(scores: Shape, labels: Shape): string {
  if (sameShape(labels, scores))
    return ": one-hot labels need .argmax(-1), or .cast('f32') to be probabilities";
  return labels.length === 1 && scores.length > 2 && labels[0] === scores[0]
    ? ': one answer for each example needs flatten() before the last layer, or of a sequence its last step'
    : '';
}

/** Class numbers as targets. */
function hardLabelLoss(
  name: string,
  scores: AnyTensor,
  labels: AnyTensor,
  options: CrossEntropyOptions,
): AnyTensor {
  const { labelSmoothing = 0, ignoreIndex } = options;
  const wanted = scores.shape.slice(0, -1);
  if (!sameShape(labels.shape, wanted))
    throw fail(
      'SHAPE_MISMATCH',
      `${name} of logits ${formatShape(scores.shape)} takes class numbers ${formatShape(wanted)}, not ${formatShape(labels.shape)}${remedyFor(scores.shape, labels.shape)}`,
    );
  if (!isInteger(labels.dtype))
    throw fail(
      'DTYPE_MISMATCH',
      `${name} takes class numbers of i32, not ${labels.dtype}: convert them with .cast('i32')`,
    );
  const counts =
    ignoreIndex === undefined ? undefined : notEqual(labels, splat(ignoreIndex, labels.shape, labels.dtype));
  const classOf = knownClasses(
    name,
    cast(counts === undefined ? labels : where(counts, labels, 0), 'i32'),
    scores.shape.at(-1)!,
  );
  const picked = reshape(takeAlongAxis(scores, expandDims(classOf, -1), -1), wanted);
  const classWeights = weightsOf(scores, options);
  const own = classWeights === undefined ? splat(1, wanted, scores.dtype) : take(classWeights, classOf, 0);
  const divisors = counts === undefined ? own : where(counts, own, 0);
  let losses = neg(mul(picked, divisors));
  if (labelSmoothing !== 0) {
    const all = sum(classWeights === undefined ? scores : mul(scores, classWeights), -1);
    const even = div(
      mul(all, -labelSmoothing),
      broadcastTo(extent(scores.shape.at(-1)!, scores.dtype), all.shape),
    );
    losses = add(mul(losses, 1 - labelSmoothing), counts === undefined ? even : where(counts, even, 0));
  }
  return reduceLosses(losses, options, divisors);
}

/** Labels, of which a program fails to run with one that is no class. */
function knownClasses(name: string, labels: AnyTensor, count: Dim): AnyTensor {
  const [least, most, classes] = [min(labels), max(labels), extent(count, 'i32')];
  const isBelow = less(least, 0);
  return check(
    labels,
    and(not(isBelow), less(most, classes)),
    stack([where(isBelow, least, most), classes, sub(classes, 1)]),
    `${name}: label {0}, but there are {1} classes: labels go from 0 to {2}`,
  );
}

export interface BinaryOptions extends LossOptions {
  /** Weight of positive examples. */
  readonly positiveWeight?: number | AnyTensor;
}

/** −t·ln σ(x) − (1 − t)·ln σ(−x), without ever forming σ. */
export function binaryCrossEntropyWithLogitsLoss(
  logits: AnyTensor,
  targets: AnyTensor,
  options: BinaryOptions,
): AnyTensor {
  sameShapes('binaryCrossEntropyWithLogits', logits, targets);
  const positive = mul(targets, softplus(neg(logits)));
  const negative = mul(add(neg(targets), 1), softplus(logits));
  const weight = options.positiveWeight;
  return reduceLosses(add(weight === undefined ? positive : mul(positive, weight), negative), options);
}

/** −t·ln p − (1 − t)·ln(1 − p); logarithms are cut off at −100, so that a certain mistake costs a finite amount. */
export function binaryCrossEntropyLoss(
  probabilities: AnyTensor,
  targets: AnyTensor,
  options: LossOptions,
): AnyTensor {
  sameShapes('binaryCrossEntropy', probabilities, targets);
  const limited = (x: AnyTensor) => maximum(log(x), -100);
  const positive = mul(targets, limited(probabilities));
  const negative = mul(add(neg(targets), 1), limited(add(neg(probabilities), 1)));
  return reduceLosses(neg(add(positive, negative)), options);
}

export interface DivergenceOptions extends Omit<LossOptions, 'reduction'> {
  readonly reduction?: 'mean' | 'sum' | 'none' | 'batchMean';
  /** The target holds log-probabilities, too. */
  readonly logTarget?: boolean;
}

/** Kullback-Leibler: t·(ln t − x), where x holds log-probabilities; 0·ln 0 is 0. */
export function divergenceLoss(
  logProbabilities: AnyTensor,
  targets: AnyTensor,
  options: DivergenceOptions,
): AnyTensor {
  sameShapes('klDivergence', logProbabilities, targets);
  const { reduction = 'batchMean', logTarget = false, ...rest } = options;
  const present = greater(targets, 0);
  const losses = logTarget
    ? mulNoNan(exp(targets), sub(targets, logProbabilities))
    : where(present, mul(targets, sub(log(where(present, targets, 1)), logProbabilities)), 0);
  if (reduction !== 'batchMean') return reduceLosses(losses, { ...rest, reduction });
  const perExample =
    losses.shape.length <= 1
      ? losses
      : sum(
          losses,
          losses.shape.slice(1).map((_, i) => i + 1),
        );
  return reduceLosses(perExample, { ...rest, reduction: 'mean' });
}

/** Targets are 1 and −1: max(0, 1 − t·x). */
export function hingeLoss(scores: AnyTensor, targets: AnyTensor, options: LossOptions): AnyTensor {
  sameShapes('hinge', scores, targets);
  return reduceLosses(maximum(add(neg(mul(targets, scores)), 1), 0), options);
}

/** Targets are 1 and −1: ln(1 + exp(−t·x)). */
export function softMarginLoss(scores: AnyTensor, targets: AnyTensor, options: LossOptions): AnyTensor {
  sameShapes('softMargin', scores, targets);
  return reduceLosses(softplus(neg(mul(targets, scores))), options);
}
