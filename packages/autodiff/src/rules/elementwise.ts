/**
 * Derivatives of elementwise primitives. Decisions at awkward points: sign, floor, ceil, round have derivative 0;
 * abs has 0 at 0; max and min share a tie half and half; clamp passes at its ends; x^p at x = 0 has the limit from
 * within its domain, and derivative 0 with respect to p.
 */
import type { AnyTensor, NamesOf } from '@cotangent/graph';
import {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  less,
  log,
  maximum,
  mul,
  mulNoNan,
  neg,
  pow,
  round,
  sigmoid,
  sign,
  sin,
  splat,
  square,
  sub,
  where,
} from '@cotangent/graph/ops';
import {
  instantiate,
  type JvpTable,
  onesLike,
  scaled,
  sumOf,
  type TransposeTable,
  zero,
} from '../tangent.ts';
import { bilinear, derivative, flat, linear } from './forms.ts';

const reciprocal = (x: AnyTensor): AnyTensor => div(onesLike(x), x);

export const elementwiseJvp: JvpTable<NamesOf<'elementwise'>> = {
  neg: linear(),
  abs: derivative((x) => sign(x)),
  sign: flat(),
  floor: flat(),
  ceil: flat(),
  round: flat(),
  exp: derivative((_, y) => y),
  // exp(x), not y + 1, which loses its digits where y is near −1.
  expm1: derivative((x) => exp(x)),
  log: derivative((x) => reciprocal(x)),
  log1p: derivative((x) => reciprocal(add(x, 1))),
  // √−0 is −0, but the slope there is the limit from within the domain, +∞.
  sqrt: derivative((_, y) => div(splat(0.5, y.shape, y.dtype), abs(y))),
  rsqrt: derivative((x, y) => div(mul(y, -0.5), x)),
  sin: derivative((x) => cos(x)),
  cos: derivative((x) => neg(sin(x))),
  tan: derivative((_, y) => add(square(y), 1)),
  tanh: derivative((_, y) => sub(onesLike(y), square(y))),
  // σ(x)·σ(−x) keeps its digits where 1 − σ(x) would cancel.
  logistic: derivative((x, y) => mul(y, sigmoid(neg(x)))),
  erf: derivative((x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  not: flat(),

  add: ([da, db]) => [sumOf(da, db)],
  sub: ([da, db]) => [sumOf(da, db && neg(db))],
  // Products with tangents are safe ones, so that where(x > 0, x·log(x), 0) has a derivative at 0.
  mul: ([da, db], { inputs: [a, b] }) => [
    sumOf(
      scaled(da, () => b!),
      scaled(db, () => a!),
    ),
  ],
  mulNoNan: bilinear(),
  // d(a/b) = da·(1/b) − db·(y/b)
  div: ([da, db], { inputs: [, b], outputs: [y] }) => [
    sumOf(
      scaled(da, () => reciprocal(b!)),
      scaled(db, () => neg(div(y!, b!))),
    ),
  ],
  // a = trunc(a/b)·b + rem
  rem: ([da, db], { inputs: [a, b], outputs: [y] }) => [
    // The quotient from the remainder: a / b may round up to a whole number that a does not reach.
    sumOf(
      da,
      scaled(db, () => neg(round(div(sub(a!, y!), b!)))),
    ),
  ],
  // d(x^p) = dx·p·x^(p−1) + dp·x^p·ln x, where a negative x has no logarithm, also if x^p is 0
  pow: ([dx, dp], { inputs: [x, p], outputs: [y] }) => [
    sumOf(
      scaled(dx, () => slopeOfPower(x!, p!, y!)),
      scaled(dp, () => mulNoNan(where(less(x!, 0), Number.NaN, y!), log(where(equal(x!, 0), 1, x!)))),
    ),
  ],
  max: ([da, db], { inputs: [a, b] }) => {
    const [left, right] = [instantiate(da, a!), instantiate(db, b!)];
    return [where(greater(a!, b!), left, where(less(a!, b!), right, mul(add(left, right), 0.5)))];
  },
  min: ([da, db], { inputs: [a, b] }) => {
    const [left, right] = [instantiate(da, a!), instantiate(db, b!)];
    return [where(less(a!, b!), left, where(greater(a!, b!), right, mul(add(left, right), 0.5)))];
  },
  // d atan2(y, x) = (x·dy − y·dx) / (x² + y²), with both scaled so that no square leaves the range; 0 far out
  atan2: ([dy, dx], { inputs: [y, x] }) => {
    const size = maximum(abs(x!), abs(y!));
    const [u, v] = [div(x!, size), div(y!, size)];
    const squared = add(square(u), square(v));
    const slope = (part: typeof u) => where(equal(size, Infinity), 0, div(div(part, squared), size));
    return [
      sumOf(
        scaled(dy, () => slope(u)),
        scaled(dx, () => neg(slope(v))),
      ),
    ];
  },
  and: flat(),
  or: flat(),
  xor: flat(),
  shiftLeft: flat(),
  shiftRightLogical: flat(),
  shiftRightArithmetic: flat(),
  compare: flat(),
  select: ([, da, db], { inputs: [condition, a, b] }) => [
    where(condition!, instantiate(da, a!), instantiate(db, b!)),
  ],
  clamp: ([dx, dlow, dhigh], { inputs: [x, low, high] }) => {
    // min(max(x, low), high), also where low > high; the ends belong to the inside.
    const raised = where(less(x!, low!), instantiate(dlow, x!), instantiate(dx, x!));
    return [where(greater(maximum(x!, low!), high!), instantiate(dhigh, x!), raised)];
  },
  convert: ([dx], { outputs: [y] }) => [dx && cast(dx, y!.dtype)],
  bitcast: flat(),
  threefry2x32: flat(),
};

/**
 * p·x^(p−1). A tiny p is lost in p − 1, which has become whole: there it is p·x^p/x, for every x that x/x is 1 of, and the
 * slope at −0 is that at 0.
 */
function slopeOfPower(x: AnyTensor, p: AnyTensor, y: AnyTensor): AnyTensor {
  const lower = sub(p, 1);
  const lost = equal(lower, -1);
  const slope = mulNoNan(p, pow(where(lost, add(x, 0), x), lower));
  return where(lost, where(equal(div(x, x), 1), div(mulNoNan(p, y), x), slope), slope);
}

export const elementwiseTranspose = {
  neg: ([ct]) => [ct && neg(ct)],
  add: ([ct]) => [ct, ct],
  sub: ([ct]) => [ct, ct && neg(ct)],
  mul: ([ct], { inputs: [a, b] }, isLinear) =>
    isLinear(0) ? [ct && mul(ct, b!), zero] : [zero, ct && mul(ct, a!)],
  mulNoNan: ([ct], { inputs: [a, b] }, isLinear) =>
    isLinear(0) ? [ct && mulNoNan(ct, b!), zero] : [zero, ct && mulNoNan(ct, a!)],
  // Linear in the numerator only.
  div: ([ct], { inputs: [, b] }) => [ct && div(ct, b!), zero],
  select: ([ct], { inputs: [condition] }) =>
    ct === zero ? [zero, zero, zero] : [zero, where(condition!, ct, 0), where(condition!, 0, ct)],
  convert: ([ct], { inputs: [x] }) => [ct && cast(ct, x!.dtype)],
} satisfies TransposeTable<NamesOf<'elementwise'>>;
