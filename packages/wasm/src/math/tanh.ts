/**
 * The hyperbolic tangent.
 *
 * Of x ≥ 0: x = k·½ln 2 + r with k the whole part of x/½ln 2, so that 0 ≤ r < ½·ln 2. With s = 2^k = e^(2x - 2r) and
 * tanh r = p/q
 *
 *     tanh x = ((s - 1)·q + (s + 1)·p) / ((s + 1)·q + (s - 1)·p),
 *
 * where both sums are of terms of one sign: nothing cancels. For k = 0 it is p/q, and r is x. Near 1 the rounding errors
 * of this quotient are too large; there it is
 *
 *     1 - 2·(q - p) / ((s + 1)·q + (s - 1)·p).
 *
 * p/q is in f32 a polynomial, q = 1; in f64 a quotient of two. Both have least relative error, by Remez' algorithm.
 */
import { add, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import {
  absolute,
  atMost,
  floatOf,
  horner,
  less,
  type PerFloat,
  powerOfTwo,
  signedAs,
  trunc,
} from './forms.ts';

interface Constants {
  /** ½·ln 2 = high + low. */
  readonly high: number;
  readonly low: number;
  /** tanh r = r + r³·above(r²)/below(r²). */
  readonly above: readonly number[];
  readonly below: readonly number[];
  /** tanh x is 1 above. */
  readonly greatest: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    high: 0.3465728759765625,
    low: 7.143034101547085e-7,
    // Relative error 2^-31.0.
    above: [-0.33333322405815125, 0.13332423567771912, -0.05373411253094673, 0.019474457949399948],
    below: [1],
    greatest: 9.1,
  },
  f64: {
    high: 0.3465735901845619,
    low: 9.541074646352939e-11,
    // Relative error 2^-58.7.
    above: [0.12819025410822682, 0.00279555050669061, 7.384293350984625e-6],
    below: [1, 0.46152358744156013, 0.023303412987210677, 0.00020696426513303444],
    greatest: 19.5,
  },
};

export function tanh(x: Value): Value {
  const { high, low, greatest } = constants[floatOf(x)];
  const size = atMost(absolute(x), greatest);
  const k = trunc(mul(size, like(x, 2 * Math.LOG2E)));
  const r = sub(sub(size, mul(k, like(x, high))), mul(k, like(x, low)));
  const { p, q } = ofSmall(r);
  const half = like(x, 0.5);
  // Half of s, so that no factor 2 is left.
  const s = powerOfTwo(k, 1, -1);
  const [minus, plus] = [sub(s, half), add(s, half)];
  const ofQ = (factor: Value) => (q ? mul(factor, q) : factor);
  const denominator = add(ofQ(plus), mul(minus, p));
  const nearOne = less(like(x, closeToOne), size);
  const numerator = select(nearOne, sub(p, q ?? like(x, 1)), add(ofQ(minus), mul(plus, p)));
  const start = select(nearOne, like(x, 1), like(x, 0));
  return signedAs(x, add(start, div(numerator, denominator)));
}
/** About where both forms are equally good. */
const closeToOne = 0.8;

/** p and q of tanh r = p/q; without q it is 1. */
function ofSmall(r: Value): { readonly p: Value; readonly q?: Value } {
  const float = floatOf(r);
  const { above, below } = constants[float];
  const square = mul(r, r);
  const p = add(r, mul(mul(r, square), horner(square, above)));
  return below.length === 1 ? { p } : { p, q: horner(square, below) };
}
