/** Losses of numbers: how far predictions are from targets. */
import { type AnyTensor, fail, formatShape, isFloat, sameShape, show } from '@cotangent/graph';
import {
  abs,
  add,
  div,
  exp,
  expandDims,
  less,
  log,
  maximum,
  mul,
  neg,
  norm,
  sqrt,
  square,
  sub,
  sum,
  where,
} from '@cotangent/graph/ops';
import { type LossOptions, reduceLosses } from './reduction.ts';

export function sameShapes(name: string, prediction: AnyTensor, target: AnyTensor): void {
  if (!sameShape(prediction.shape, target.shape))
    throw fail(
      'SHAPE_MISMATCH',
      `${name} compares tensors of one shape, not ${formatShape(prediction.shape)} with ${formatShape(target.shape)}${
        sameShape(prediction.shape, [...target.shape, 1])
          ? `: declare the target ${formatShape(prediction.shape)}, or write .squeeze(-1) behind the prediction`
          : ''
      }`,
      [formatShape(prediction.shape), formatShape(target.shape)],
    );
  if (prediction.dtype !== target.dtype)
    throw fail(
      'DTYPE_MISMATCH',
      `${name}: one operand is ${prediction.dtype} and the other ${target.dtype}: convert one with .cast('${prediction.dtype}')`,
    );
  if (!isFloat(prediction.dtype))
    throw fail(
      'DTYPE_MISMATCH',
      `${name} takes f32 or f64, not ${prediction.dtype}: convert both with .cast('f32')`,
    );
}

const pointwise =
  <O extends LossOptions>(name: string, losses: (error: AnyTensor, options: O) => AnyTensor) =>
  (prediction: AnyTensor, target: AnyTensor, options: O): AnyTensor => {
    sameShapes(name, prediction, target);
    return reduceLosses(losses(sub(prediction, target), options), options);
  };

/** (x − t)² */
export const squaredErrorLoss = pointwise('meanSquaredError', (error) => square(error));
/** |x − t| */
export const absoluteErrorLoss = pointwise('meanAbsoluteError', (error) => abs(error));

export interface HuberOptions extends LossOptions {
  /** Where the square becomes a line. */
  readonly delta?: number;
}
/** Huber 1964: e²/2 for |e| < δ, δ(|e| − δ/2) beyond. */
export const huberLoss = pointwise('huber', (error, { delta = 1 }: HuberOptions) => {
  if (!(delta > 0)) throw fail('BAD_ARGUMENT', `huber: delta is a number above 0, not ${show(delta)}`);
  const size = abs(error);
  return where(less(size, delta), mul(square(error), 0.5), mul(sub(size, delta / 2), delta));
});

export interface SmoothOptions extends LossOptions {
  /** Where the square becomes a line; 0 leaves the line alone. */
  readonly beta?: number;
}
/** e²/(2β) for |e| < β, |e| − β/2 beyond. */
export const smoothAbsoluteErrorLoss = pointwise(
  'smoothAbsoluteError',
  (error, { beta = 1 }: SmoothOptions) => {
    if (!(beta >= 0))
      throw fail('BAD_ARGUMENT', `smoothAbsoluteError: beta is a number of 0 or more, not ${show(beta)}`);
    const size = abs(error);
    return where(less(size, beta), mul(square(error), 0.5 / beta), sub(size, beta / 2));
  },
);

export interface PoissonOptions extends LossOptions {
  /** The prediction is the logarithm of the rate (default), or the rate. */
  readonly logInput?: boolean;
}
/** Negative log-likelihood of counts without the constant: exp(x) − t·x. */
export function poissonLoss(prediction: AnyTensor, target: AnyTensor, options: PoissonOptions): AnyTensor {
  sameShapes('poissonNll', prediction, target);
  const { logInput = true } = options;
  const losses = logInput
    ? sub(exp(prediction), mul(target, prediction))
    : sub(prediction, mul(target, log(add(prediction, 1e-8))));
  return reduceLosses(losses, options);
}

export interface GaussianOptions extends LossOptions {
  /** Least variance. */
  readonly epsilon?: number;
}
/** Negative log-likelihood of a normal distribution with its own variance: (ln v + (x − t)²/v)/2. */
export function gaussianLoss(
  prediction: AnyTensor,
  target: AnyTensor,
  variance: AnyTensor,
  options: GaussianOptions,
): AnyTensor {
  sameShapes('gaussianNll', prediction, target);
  const safe = maximum(variance, options.epsilon ?? 1e-6);
  return reduceLosses(mul(add(log(safe), div(square(sub(prediction, target)), safe)), 0.5), options);
}

/** 1 − cos(x, t) along the last axis; a zero vector has cosine 0. */
export function cosineLoss(prediction: AnyTensor, target: AnyTensor, options: LossOptions): AnyTensor {
  sameShapes('cosineDistance', prediction, target);
  return reduceLosses(add(neg(cosine(prediction, target)), 1), options);
}

/** x·t / (|x|·|t|) along the last axis. */
export function cosine(a: AnyTensor, b: AnyTensor): AnyTensor {
  const tiny = a.dtype === 'f64' ? 1e-300 : 1e-30;
  // Each length by itself: the product of two squares would leave the range of float32.
  const length = (x: AnyTensor) => maximum(sqrt(sum(square(x), -1)), tiny);
  return sum(mul(div(a, expandDims(length(a), -1)), div(b, expandDims(length(b), -1))), -1);
}

export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

/** 1 − cos for pairs that belong together (t = 1), max(0, cos − margin) for others (t = −1). */
export function cosineEmbeddingLoss(
  a: AnyTensor,
  b: AnyTensor,
  target: AnyTensor,
  options: MarginOptions,
): AnyTensor {
  sameShapes('cosineEmbedding', a, b);
  const similarity = cosine(a, b);
  const apart = maximum(sub(similarity, options.margin ?? 0), 0);
  return reduceLosses(where(less(target, 0), apart, add(mul(similarity, -1), 1)), options);
}

export interface TripletOptions extends MarginOptions {
  /** Added to every difference, so that distances stay differentiable. */
  readonly epsilon?: number;
}

/** max(0, |a − p| − |a − n| + margin) along the last axis (Schroff et al. 2015). */
export function tripletLoss(
  anchor: AnyTensor,
  positive: AnyTensor,
  negative: AnyTensor,
  options: TripletOptions,
): AnyTensor {
  sameShapes('tripletMargin', anchor, positive);
  sameShapes('tripletMargin', anchor, negative);
  const { margin = 1, epsilon = 1e-6 } = options;
  const distance = (other: AnyTensor) => norm(add(sub(anchor, other), epsilon), -1);
  return reduceLosses(maximum(add(sub(distance(positive), distance(negative)), margin), 0), options);
}
