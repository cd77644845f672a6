/**
 * Losses as functions of tensors. All take `reduction` ('mean', 'sum', 'none') and `weights` for the examples.
 */
import { type AnyTensor, type Tensor, traced } from '@cotangent/graph';
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

type Pair<O extends object> = <X extends AnyTensor, const P extends O = O & { readonly reduction?: 'mean' }>(
  prediction: X,
  target: AnyTensor,
  options?: P,
) => LossOf<P, X>;

/** The run-time function gives a scalar exactly where the type says so: see `reduceLosses`. */
const pair = <O extends object>(
  loss: (prediction: AnyTensor, target: AnyTensor, options: O) => AnyTensor,
): Pair<O> =>
  traced((prediction: AnyTensor, target: AnyTensor, options?: O) =>
    loss(prediction, target, options ?? ({} as O)),
  ) as unknown as Pair<O>;

/** −ln softmax(logits)[label], from class numbers or probabilities. */
export const crossEntropy = pair<CrossEntropyOptions>(crossEntropyLoss);
/** −log-probability of the label. */
export const nll = pair<ClassOptions>(nllLoss);
/** −t·ln σ(x) − (1 − t)·ln σ(−x) */
export const binaryCrossEntropyWithLogits = pair<BinaryOptions>(binaryCrossEntropyWithLogitsLoss);
/** −t·ln p − (1 − t)·ln(1 − p) */
export const binaryCrossEntropy = pair<LossOptions>(binaryCrossEntropyLoss);
/** t·(ln t − x), x log-probabilities (Kullback-Leibler). */
export const klDivergence = pair<DivergenceOptions>(divergenceLoss);
/** max(0, 1 − t·x), t = ±1 */
export const hinge = pair<LossOptions>(hingeLoss);
/** ln(1 + exp(−t·x)), t = ±1 */
export const softMargin = pair<LossOptions>(softMarginLoss);
/** (x − t)² */
export const meanSquaredError = pair<LossOptions>(squaredErrorLoss);
/** |x − t| */
export const meanAbsoluteError = pair<LossOptions>(absoluteErrorLoss);
/** e²/2 for |e| < δ, δ(|e| − δ/2) beyond. */
export const huber = pair<HuberOptions>(huberLoss);
/** e²/(2β) for |e| < β, |e| − β/2 beyond. */
export const smoothAbsoluteError = pair<SmoothOptions>(smoothAbsoluteErrorLoss);
/** exp(x) − t·x */
export const poissonNll = pair<PoissonOptions>(poissonLoss);
/** 1 − cos(x, t) along the last axis. */
export const cosineDistance = pair<LossOptions>(cosineLoss);

/** (ln v + (x − t)²/v)/2 */
export const gaussianNll = traced(
  (prediction: AnyTensor, target: AnyTensor, variance: AnyTensor, options: GaussianOptions = {}): AnyTensor =>
    gaussianLoss(prediction, target, variance, options),
);
/** 1 − cos for pairs (t = 1), max(0, cos − margin) for others (t = −1). */
export const cosineEmbedding = traced(
  (a: AnyTensor, b: AnyTensor, target: AnyTensor, options: MarginOptions = {}): AnyTensor =>
    cosineEmbeddingLoss(a, b, target, options),
);
/** max(0, |a − p| − |a − n| + margin) */
export const tripletMargin = traced(
  (anchor: AnyTensor, positive: AnyTensor, negative: AnyTensor, options: TripletOptions = {}): AnyTensor =>
    tripletLoss(anchor, positive, negative, options),
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
