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
import { bitsOf, equal, floatOf, formatOf, horner, less, type PerFloat, shiftRightUnsigned } from './forms.ts';

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
    // Relative error 2^-30.
    coefficients: [],
    normal: 2 ** -126,
  },
  f64: {
    high: 0.6931471803691238,
    low: 1.9082149292705877e-10,
    // Relative error 2^-58.
    coefficients: [],
    normal: 2 ** -1022,
  },
};

export function log(x: Value): Value {
  const { normal } = constants[floatOf(x)];
  const up = 2 ** formatOf(x).fraction;
  const subnormal = less(x, like(x, normal));
  const { k, f } = split(select(subnormal, mul(x, like(x, up)), x));
  return withEnds(x, logarithm(sub(k, select(subnormal, like(x, Math.log2(up)), like(x, 0))), f));
}

/** k and f of a normal x = 2^k·(1 + f). */
export function split(x: Value): { readonly k: Value; readonly f: Value } {
  const { fraction, bias } = formatOf(x);
  const leastBits = bitsOf(like(x, Math.SQRT1_2));
  // The exponent field is now that of 2^k.
  const moved = add(bitsOf(x), sub(bitsOf(like(x, 1)), leastBits));
  const field = shiftRightUnsigned(moved, fraction);
  const whole = 2 ** fraction;
  const k = sub(bitcast(apply('or', field, bitsOf(like(x, whole))), floatOf(x)), like(x, whole + bias));
  const m = bitcast(add(apply('and', moved, sub(bitsOf())))), leastBits), floatOf(x));
  return { k, f: sub(m, like(x, 1)) };
}
