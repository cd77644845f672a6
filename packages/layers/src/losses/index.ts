/**
 * Losses as functions of tensors. All take `reduction` ('mean', 'sum', 'none') and `weights` for the examples.
 */
import {
  type AnyTensor,
  type CrossEntropyArguments,
  checkKeys,
  type OptionKeys,
  type TargetArguments,
  type Tensor,
  traced,
} from '@cotangent/graph';
import {
  type BinaryOptions,
  binaryCrossEntropyLoss,
  binaryCrossEntropyWithLogitsLoss,
  type ClassOptions,
  type CrossEntropyOptions,
  crossEntropyLoss,
  type DivergenceOptions,
  divergenceLoss,
  hingeLoss,
  nllLoss,
  softMarginLoss,
} from './classification.ts';
import type { LossOptions } from './reduction.ts';
import {
  absoluteErrorLoss,
  cosineEmbeddingLoss,
  cosineLoss,
  type GaussianOptions,
  gaussianLoss,
  type HuberOptions,
  huberLoss,
  type MarginOptions,
  type PoissonOptions,
  poissonLoss,
  type SmoothOptions,
  smoothAbsoluteErrorLoss,
  squaredErrorLoss,
  type TripletOptions,
  tripletLoss,
} from './regression.ts';

/** A scalar, unless the losses are left as they are. */
type LossOf<O extends { readonly reduction?: string }, D extends AnyTensor> = O extends {
  readonly reduction: 'none';
}
  ? AnyTensor
  : string extends O['reduction']
    ? AnyTensor
    : Tensor<[], D['dtype']>;

/** A loss of a prediction and a target of its shape; `Name` is for the sentence where the shapes differ. */
type Pair<Name extends string, O extends object> = <
  X extends AnyTensor,
  T extends AnyTensor,
  const P extends O = O & { readonly reduction?: 'mean' },
>(
  prediction: X,
  target: TargetArguments<Name, X, T>,
  options?: P,
) => LossOf<P, X>;

/** A loss of logits and class numbers, or probabilities. */
type OfClasses<O extends object> = <
  X extends AnyTensor,
  T extends AnyTensor,
  const P extends O = O & { readonly reduction?: 'mean' },
>(
  logits: X,
  labels: CrossEntropyArguments<X, T, P extends { readonly axis: infer A extends number } ? A : -1>,
  options?: P,
) => LossOf<P, X>;

type RunTime<O> = (prediction: AnyTensor, target: AnyTensor, options: O) => AnyTensor;

const common: OptionKeys<LossOptions> = { reduction: true, weights: true };
const ofClass: OptionKeys<ClassOptions> = { ...common, classWeights: true, ignoreIndex: true, axis: true };

/** The run-time function gives a scalar exactly where the type says so: see `reduceLosses`. */
const withOptions = <O extends object>(name: string, loss: RunTime<O>, keys: OptionKeys<O>): unknown =>
  traced((prediction: AnyTensor, target: AnyTensor, options?: O) => {
    if (options !== undefined) checkKeys(name, options, keys);
    return loss(prediction, target, options ?? ({} as O));
  });
const pair = <Name extends string, O extends object>(name: Name, loss: RunTime<O>, keys: OptionKeys<O>) =>
  withOptions(name, loss, keys) as Pair<Name, O>;
const ofClasses = <O extends object>(name: string, loss: RunTime<O>, keys: OptionKeys<O>) =>
  withOptions(name, loss, keys) as OfClasses<O>;

/** −ln softmax(logits)[label], from class numbers or probabilities. */
export const crossEntropy = ofClasses<CrossEntropyOptions>('crossEntropy', crossEntropyLoss, {
  ...ofClass,
  labelSmoothing: true,
});
/** −log-probability of the label. */
export const nll = ofClasses<ClassOptions>('nll', nllLoss, ofClass);
/** −t·ln σ(x) − (1 − t)·ln σ(−x) */
export const binaryCrossEntropyWithLogits = pair(
  'binaryCrossEntropyWithLogits',
  binaryCrossEntropyWithLogitsLoss,
  { ...common, positiveWeight: true },
);
/** −t·ln p − (1 − t)·ln(1 − p) */
export const binaryCrossEntropy = pair('binaryCrossEntropy', binaryCrossEntropyLoss, common);
/** t·(ln t − x), x log-probabilities (Kullback-Leibler). */
export const klDivergence = pair('klDivergence', divergenceLoss, { ...common, logTarget: true });
/** max(0, 1 − t·x), t = ±1 */
export const hinge = pair('hinge', hingeLoss, common);
/** ln(1 + exp(−t·x)), t = ±1 */
export const softMargin = pair('softMargin', softMarginLoss, common);
/** (x − t)² */
export const meanSquaredError = pair('meanSquaredError', squaredErrorLoss, common);
/** |x − t| */
export const meanAbsoluteError = pair('meanAbsoluteError', absoluteErrorLoss, common);
/** e²/2 for |e| < δ, δ(|e| − δ/2) beyond. */
export const huber = pair('huber', huberLoss, { ...common, delta: true });
/** e²/(2β) for |e| < β, |e| − β/2 beyond. */
export const smoothAbsoluteError = pair('smoothAbsoluteError', smoothAbsoluteErrorLoss, {
  ...common,
  beta: true,
});
/** exp(x) − t·x */
export const poissonNll = pair('poissonNll', poissonLoss, { ...common, logInput: true });
/** 1 − cos(x, t) along the last axis. */
export const cosineDistance = pair('cosineDistance', cosineLoss, common);

const gaussianNllKeys: OptionKeys<GaussianOptions> = { ...common, epsilon: true };
/** (ln v + (x − t)²/v)/2 */
export const gaussianNll = traced(
  (
    prediction: AnyTensor,
    target: AnyTensor,
    variance: AnyTensor,
    options: GaussianOptions = {},
  ): AnyTensor => {
    checkKeys('gaussianNll', options, gaussianNllKeys);
    return gaussianLoss(prediction, target, variance, options);
  },
);
const cosineEmbeddingKeys: OptionKeys<MarginOptions> = { ...common, margin: true };
/** 1 − cos for pairs (t = 1), max(0, cos − margin) for others (t = −1). */
export const cosineEmbedding = traced(
  (a: AnyTensor, b: AnyTensor, target: AnyTensor, options: MarginOptions = {}): AnyTensor => {
    checkKeys('cosineEmbedding', options, cosineEmbeddingKeys);
    return cosineEmbeddingLoss(a, b, target, options);
  },
);
const tripletMarginKeys: OptionKeys<TripletOptions> = { ...common, margin: true, epsilon: true };
/** max(0, |a − p| − |a − n| + margin) */
export const tripletMargin = traced(
  (anchor: AnyTensor, positive: AnyTensor, negative: AnyTensor, options: TripletOptions = {}): AnyTensor => {
    checkKeys('tripletMargin', options, tripletMarginKeys);
    return tripletLoss(anchor, positive, negative, options);
  },
);

export type { Reduction } from './reduction.ts';
export type {
  BinaryOptions,
  ClassOptions,
  CrossEntropyOptions,
  DivergenceOptions,
  GaussianOptions,
  HuberOptions,
  LossOptions,
  MarginOptions,
  PoissonOptions,
  SmoothOptions,
  TripletOptions,
};
