/**
 * The angle of a point (x, y), from -π to π.
 *
 * Of the magnitudes, u ≥ v: arctan(v/u) = arctan q with q = v/u, or ¼π + arctan q with q = (v - u)/(v + u) where v > ½u,
 * so that the difference is exact and |q| ≤ ½. Where |y| > |x| the angle is ½π less that, where x is negative it is π less
 * that: all this is k·¼π ± arctan q, with ¼π in two parts. arctan q = q + q³·P(q²) has the least relative error, by Remez'
 * algorithm, each coefficient rounded to the type before the next was fitted.
 */
import { add, and, apply, div, like, mul, or, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import {
  absolute,
  equal,
  estrin,
  floatOf,
  formatOf,
  horner,
  isNegative,
  less,
  negative,
  type PerFloat,
  signedAs,
} from './forms.ts';

interface Constants {
  /** ¼π = high + low; small whole numbers times high are exact. */
  readonly high: number;
  readonly low: number;
  readonly coefficients: readonly number[];
  /** Sums of larger numbers overflow, and products with numbers below its inverse may be subnormal. */
  readonly large: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    high: 0.785398006439209,
    low: 1.5695823663008923e-7,
    // Relative error 2^-27.5.
    coefficients: [
      -0.3333323299884796, 0.19994167983531952, -0.1417420506477356, 0.1015571802854538, -0.05124785751104355,
    ],
    large: 2 ** 125,
  },
  f64: {
    high: 0.7853981633974483,
    low: 3.061616997868383e-17,
    // Relative error 2^-57.8.
    coefficients: [
      -0.3333333333333298, 0.1999999999990311, -0.1428571427638551, 0.1111111065960366, -0.09090896243532957,
      0.07692073888571682, -0.06663810328657403, 0.05858296724381767, -0.051219951706691955,
      0.041864724783361035, -0.027434411227738258, 0.010116454758448428,
    ],
    large: 2 ** 1021,
  },
};

export function atan2(y: Value, x: Value): Value {
  const { high, low, large } = constants[floatOf(x)];
  const number = (value: number) => like(x, value);
  const [height, width] = [absolute(y), absolute(x)];
  const steep = less(width, height);
  const u = select(steep, height, width);
  const v = select(steep, width, height);
  // Where both are infinite or 0 the quotient is 1 or 0.
  const infinite = and(
    equal(u, number(Number.POSITIVE_INFINITY)),
    equal(v, number(Number.POSITIVE_INFINITY)),
  );
  const down = select(less(number(large), u), number(0.25), number(1));
  const scale = select(less(u, number(1 / large)), number(2 ** formatOf(x).fraction), down);
  const longer = select(or(infinite, equal(u, number(0))), number(1), mul(u, scale));
  const shorter = select(infinite, number(1), mul(v, scale));

  const folded = less(mul(longer, number(0.5)), shorter);
  const numerator = select(folded, sub(shorter, longer), shorter);
  const denominator = select(folded, add(shorter, longer), longer);
  const small = arctangent(div(numerator, denominator));

  const quarter = select(folded, number(1), number(0));
  const upright = select(steep, sub(number(2), quarter), quarter);
  const behind = isNegative(x);
  const k = select(behind, sub(number(4), upright), upright);
  const opposite = apply('xor', steep, behind);
  const angle = select(opposite, negative(small), small);
  return signedAs(y, add(mul(k, number(high)), add(mul(k, number(low)), angle)));
}

function arctangent(q: Value): Value {
  const float = floatOf(q);
  const { coefficients } = constants[float];
  const square = mul(q, q);
  const rest = float === 'f32' ? horner(square, coefficients) : estrin(square, coefficients);
  return add(q, mul(mul(q, square), rest));
}
