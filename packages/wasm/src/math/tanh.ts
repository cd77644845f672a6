/**
 * The hyperbolic tangent.
 *
 * Of x ≥ 0: x = k·½ln 2 + r with k the whole part of x/½ln 2, so that 0 ≤ r < ½·ln 2. With s = 2^k = e^(2x - 2r) and
 * p = tanh r
 *
 *     tanh x = ((s - 1) + (s + 1)·p) / ((s + 1) + (s - 1)·p),
 *
 * where both sums are of terms of one sign: nothing cancels. For k = 0 it is p, and r is x. Near 1 the rounding errors of
 * this quotient are too large; there it is
 *
 *     1 - 2·(1 - p) / ((s + 1) + (s - 1)·p).
 *
 * p = r + r³·P(r²) has the least relative error, by Remez' algorithm, each coefficient rounded to the type before the
 * next was fitted.
 */
import { add, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import {
  absolute,
  atMost,
  estrin,
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
  /** tanh r = r + r³·P(r²). */
  readonly coefficients: readonly number[];
  /** tanh x is 1 above. */
  readonly greatest: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    high: 0.3465728759765625,
    low: 7.143034101547085e-7,
    // Relative error 2^-31.0.
    coefficients: [-0.33333322405815125, 0.13332423567771912, -0.05373411253094673, 0.019474457949399948],
    greatest: 9.1,
  },
  f64: {
    high: 0.3465735901845619,
    low: 9.541074646352939e-11,
    // Relative error 2^-62.8.
    coefficients: [
      -0.3333333333333332, 0.13333333333329114, -0.053968253963517725, 0.021869488275175958,
      -0.008863227380768586, 0.0035919739334916057, -0.001454030535106355, 0.0005771820578768027,
      -0.00018736393814410823,
    ],
    greatest: 19.5,
  },
};

export function tanh(x: Value): Value {
  const { high, low, greatest } = constants[floatOf(x)];
  const size = atMost(absolute(x), greatest);
  const k = trunc(mul(size, like(x, 2 * Math.LOG2E)));
  const r = sub(sub(size, mul(k, like(x, high))), mul(k, like(x, low)));
  const p = ofSmall(r);
  const half = like(x, 0.5);
  // Half of s, so that no factor 2 is left.
  const s = powerOfTwo(k, 1, -1);
  const [minus, plus] = [sub(s, half), add(s, half)];
  const denominator = add(plus, mul(minus, p));
  const nearOne = less(like(x, closeToOne), size);
  const numerator = select(nearOne, sub(p, like(x, 1)), add(minus, mul(plus, p)));
  const start = select(nearOne, like(x, 1), like(x, 0));
  return signedAs(x, add(start, div(numerator, denominator)));
}
/** About where both forms are equally good. */
const closeToOne = 0.8;

/** tanh r of a small r. */
function ofSmall(r: Value): Value {
  const float = floatOf(r);
  const { coefficients } = constants[float];
  const square = mul(r, r);
  const rest = float === 'f32' ? horner(square, coefficients) : estrin(square, coefficients);
  return add(r, mul(mul(r, square), rest));
}
