/**
 * Activation functions as compositions; each is stable in value and in derivatives of every order. Comparisons are
 * written so that NaN comes through: a network must not hide it.
 */
import { type AnyTensor, apply1 } from '../node.ts';
import {
  abs,
  add,
  clamp,
  div,
  erf,
  exp,
  expm1,
  greater,
  greaterEqual,
  lessEqual,
  log1p,
  mul,
  neg,
  sigmoid,
  sign,
  sub,
  tanh,
  where,
} from './elementwise.ts';
import { axisOf, split } from './movement.ts';

/** max(x, 0); the derivative at 0 is 0. */
export const relu = (x: AnyTensor): AnyTensor => where(lessEqual(x, 0), 0, x);
/** min(max(x, 0), 6); the derivative at 0 and 6 is 0. */
export const relu6 = (x: AnyTensor): AnyTensor => where(greaterEqual(x, 6), 6, relu(x));
/** x for x > 0, slope·x otherwise. */
export const leakyRelu = (x: AnyTensor, slope = 0.01): AnyTensor => where(greater(x, 0), x, mul(x, slope));
/** x for x > 0, slope·x otherwise, with a learned slope that broadcasts against x. */
export const prelu = (x: AnyTensor, slope: AnyTensor): AnyTensor => where(greater(x, 0), x, mul(x, slope));
/** x for x > 0, α(exp(x) − 1) otherwise. */
export const elu = (x: AnyTensor, alpha = 1): AnyTensor => {
  const positive = greater(x, 0);
  return where(positive, x, mul(expm1(where(positive, 0, x)), alpha));
};
/** Klambauer et al. 2017: λ·elu(x, α) with the constants that keep mean 0 and variance 1. */
export const selu = (x: AnyTensor): AnyTensor => mul(elu(x, 1.6732632423543772), 1.0507009873554805);
/** Barron 2017: x for x > 0, α(exp(x/α) − 1) otherwise. */
export const celu = (x: AnyTensor, alpha = 1): AnyTensor => {
  const positive = greater(x, 0);
  return where(positive, x, mul(expm1(div(where(positive, 0, x), alpha)), alpha));
};

/** ln(1 + exp(βx)) / β. On each side of 0 only the branch without overflow is evaluated. */
export const softplus = (x: AnyTensor, beta = 1): AnyTensor => {
  const u = beta === 1 ? x : mul(x, beta);
  const right = greaterEqual(u, 0);
  const decay = log1p(exp(where(right, neg(u), u)));
  const rest = beta === 1 ? decay : div(decay, beta);
  // x itself, and not u / β: u may have overflowed.
  return where(right, add(x, rest), rest);
};
/** ln(1 / (1 + exp(−x))) */
export const logSigmoid = (x: AnyTensor): AnyTensor => neg(softplus(neg(x)));
/** x / (1 + |x|); |x| is taken as x at 0, so that the derivative there is 1. */
export const softsign = (x: AnyTensor): AnyTensor => div(x, add(where(greaterEqual(x, 0), x, neg(x)), 1));
/** x·sigmoid(x), also called swish. */
export const silu = (x: AnyTensor): AnyTensor => mul(x, sigmoid(x));
/** x·tanh(softplus(x)) (Misra 2019). */
export const mish = (x: AnyTensor): AnyTensor => mul(x, tanh(softplus(x)));

export interface GeluOptions {
  /** 'none': x·Φ(x) exactly. 'tanh': the approximation of Hendrycks and Gimpel 2016. */
  readonly approximate?: 'none' | 'tanh';
}
/** x·Φ(x), Φ the normal distribution function. */
export const gelu = (x: AnyTensor, options: GeluOptions = {}): AnyTensor => {
  if (options.approximate === 'tanh') {
    const cubic = add(x, mul(mul(mul(x, x), x), 0.044715));
    return mul(mul(x, 0.5), add(tanh(mul(cubic, Math.sqrt(2 / Math.PI))), 1));
  }
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
};

/** min(max(x/6 + 1/2, 0), 1), or with other slope and offset; the derivative at the corners is 0. */
export const hardSigmoid = (x: AnyTensor, slope = 1 / 6, offset = 0.5): AnyTensor => {
  const line = add(mul(x, slope), offset);
  return where(lessEqual(line, 0), 0, where(greaterEqual(line, 1), 1, line));
};
/** x·min(max(x + 3, 0), 6)/6 */
export const hardSwish = (x: AnyTensor): AnyTensor => mul(x, div(clamp(add(x, 3), 0, 6), 6));
/** Limits to [low, high]; the derivative at the corners is 0. */
export const hardTanh = (x: AnyTensor, low = -1, high = 1): AnyTensor =>
  where(lessEqual(x, low), low, where(greaterEqual(x, high), high, x));
/** x where |x| > λ, else 0. */
export const hardShrink = (x: AnyTensor, lambda = 0.5): AnyTensor => where(lessEqual(abs(x), lambda), 0, x);
/** x moved towards 0 by λ, 0 within. */
export const softShrink = (x: AnyTensor, lambda = 0.5): AnyTensor =>
  where(lessEqual(abs(x), lambda), 0, sub(x, mul(sign(x), lambda)));
/** x − tanh(x) */
export const tanhShrink = (x: AnyTensor): AnyTensor => sub(x, tanh(x));
/** x where x > θ, else 0. */
export const thresholdedRelu = (x: AnyTensor, theta = 1): AnyTensor => where(lessEqual(x, theta), 0, x);
/** First half times sigmoid of the second half (Dauphin et al. 2017). */
export const glu = (x: AnyTensor, axis: number | string = -1): AnyTensor => {
  const [value, gate] = split(x, 2, axisOf(x, axis)) as [AnyTensor, AnyTensor];
  return mul(value, sigmoid(gate));
};

/** Passes values on; derivatives stop here. */
export const stopGradient = (x: AnyTensor): AnyTensor => apply1('stopGradient', [x], {});
