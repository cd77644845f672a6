/**
 * The natural logarithm.
 *
 * x = 2^k·m with √½ ≤ m < √2, f = m - 1, s = f/(2 + f): log m = 2·artanh s = 2s + s·R(s²), which is
 * f - (f²/2 - s·(f²/2 + R)), where the large terms are exact or small (the arrangement of FreeBSD's msun, e_log.c, Sun
 * Microsystems 1993). R is the polynomial with the least error relative to log m, by Remez' algorithm, each coefficient
 * rounded to the type before the next was fitted.
 */
import { add, apply, bitcast, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import {
  bitsOf,
  bitsOfNumber,
  equal,
  floatOf,
  formatOf,
  horner,
  integerBeside,
  knownBits,
  less,
  type PerFloat,
  shiftRightUnsigned,
} from './forms.ts';

interface Constants {
  /** ln 2 = high + low; k times high is exact. */
  readonly high: number;
  readonly low: number;
  /** R(z) = z·(…). */
  readonly coefficients: readonly number[];
  /** The least normal number. */
  readonly normal: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    high: 0.693145751953125,
    low: 1.428606820309417e-6,
    // Relative error 2^-30.2.
    coefficients: [0.6666677594184875, 0.39977580308914185, 0.29870927333831787],
    normal: 2 ** -126,
  },
  f64: {
    high: 0.6931471803691238,
    low: 1.9082149292705877e-10,
    // Relative error 2^-59.5.
    coefficients: [
      0.6666666666666734, 0.39999999999416413, 0.28571428742113064, 0.22222198593627232, 0.1818356356253534,
      0.1531406403294299, 0.1479586497232241,
    ],
    normal: 2 ** -1022,
  },
};

export function log(x: Value): Value {
  const { normal } = constants[floatOf(x)];
  const { fraction } = formatOf(x);
  // Subnormal numbers are made normal.
  const small = less(x, like(x, normal));
  const { k, m } = split(select(small, mul(x, like(x, 2 ** fraction)), x));
  const exponent = sub(k, select(small, like(x, fraction), like(x, 0)));
  return withEnds(x, logarithm(exponent, sub(m, like(x, 1))), like(x, 0));
}

/** k and m of a normal x = 2^k·m with √½ ≤ m < √2. */
export function split(x: Value): { readonly k: Value; readonly m: Value } {
  const { fraction, bias } = formatOf(x);
  const least = knownBits(x, Math.SQRT1_2);
  // With these bits the exponent field is that of 2^k, and the fraction counts from √½.
  const moved = add(bitsOf(x), integerBeside(x, knownBits(x, 1) - least));
  const whole = 2 ** fraction;
  const field = apply('or', shiftRightUnsigned(moved, fraction), bitsOfNumber(x, whole));
  const fractionBits = apply('and', moved, integerBeside(x, BigInt(whole) - 1n));
  return {
    k: sub(bitcast(field, floatOf(x)), like(x, whole + bias)),
    m: bitcast(add(fractionBits, integerBeside(x, least)), floatOf(x)),
  };
}

/** k·ln 2 + log(1 + f). */
export function logarithm(k: Value, f: Value): Value {
  const { high, low, coefficients } = constants[floatOf(k)];
  const s = div(f, add(f, like(f, 2)));
  const square = mul(s, s);
  const half = mul(mul(f, f), like(f, 0.5));
  const rest = add(half, mul(square, horner(square, coefficients)));
  const correction = add(mul(s, rest), mul(k, like(k, low)));
  return sub(mul(k, like(k, high)), sub(sub(half, correction), f));
}

/** -∞ where x is `zero`, NaN below, x itself where it is infinite or NaN. */
export const withEnds = (x: Value, y: Value, zero: Value): Value =>
  select(
    less(zero, x),
    select(less(x, like(x, Number.POSITIVE_INFINITY)), y, x),
    select(equal(x, zero), like(x, Number.NEGATIVE_INFINITY), like(x, Number.NaN)),
  );
