/**
 * The exponential function, less 1 too, and the logistic function.
 *
 * x = n·ln 2 + r with n whole and |r| ≤ ½·ln 2 (Cody and Waite: ln 2 in two parts, of which the first has so few bits
 * that n times it is exact), e^x = 2^n·e^r, and e^r = 1 + r + r²·P(r). P is the polynomial with the least relative error
 * of e^r, computed with Remez' algorithm, each coefficient rounded to the type before the next was fitted.
 */
import { add, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import {
  absolute,
  atLeast,
  atMost,
  estrin,
  floatOf,
  formatOf,
  horner,
  less,
  nearest,
  type PerFloat,
  powerOfTwo,
  twoPowersOfTwo,
} from './forms.ts';

interface Constants {
  /** ln 2 = high + low. */
  readonly high: number;
  readonly low: number;
  readonly coefficients: readonly number[];
  /** e^x is 0 below, infinite above. */
  readonly least: number;
  readonly greatest: number;
  /** e^x - 1 is -1 below. */
  readonly leastOfExpm1: number;
  /** 1/(1 + e^-x) is 1 above. */
  readonly greatestOfLogistic: number;
  /** Exponent of a power of two that keeps 2^-n within the range. */
  readonly middle: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    high: 0.693145751953125,
    low: 1.428606820309417e-6,
    // Relative error 2^-28.2.
    coefficients: [
      0.4999999403953552, 0.16666516661643982, 0.04166810214519501, 0.008369166404008865,
      0.0013838030863553286,
    ],
    least: -104,
    greatest: 89,
    leastOfExpm1: -18,
    greatestOfLogistic: 18,
    middle: -64,
  },
  f64: {
    high: 0.6931471803691238,
    low: 1.9082149292705877e-10,
    // Relative error 2^-57.6.
    coefficients: [
      0.5000000000000011, 0.16666666666666435, 0.04166666666652574, 0.00833333333347573,
      0.0013888888944886115, 0.0001984126955583526, 2.480149171375568e-5, 2.755753481941163e-6,
      2.763076122471618e-7, 2.5018491284927888e-8,
    ],
    least: -746,
    greatest: 710,
    leastOfExpm1: -38,
    greatestOfLogistic: 38,
    middle: -512,
  },
};

export function exp(x: Value): Value {
  const { least, greatest } = constants[floatOf(x)];
  const bounded = atLeast(atMost(x, greatest), least);
  const { n, r } = reduced(bounded);
  const [first, second] = twoPowersOfTwo(n);
  return mul(mul(add(like(x, 1), exponentialMinus1(r)), first), second);
}

/**
 * e^x - 1 = 2·(((h - ½) + h·r) + h·r²·P(r)) with h = 2^(n-1), which is a normal number for all n of finite results. Where
 * the terms cancel, for n = ±1, the first sum is exact.
 */
export function expm1(x: Value): Value {
  const { greatest, leastOfExpm1 } = constants[floatOf(x)];
  const { n, r } = reduced(atLeast(atMost(x, greatest), leastOfExpm1));
  const h = powerOfTwo(n, 1, -1);
  const linear = add(sub(h, like(x, 0.5)), mul(h, r));
  const y = mul(add(linear, mul(h, beyondLinear(r))), like(x, 2));
  // e^x - 1 = x + x²/2 + …
  return select(less(absolute(x), like(x, 2 ** -(formatOf(x).fraction + 2))), x, y);
}

/**
 * 1/(1 + e^-x) = c/(c + c·2^n + c·2^n·(e^r - 1)) with -x = n·ln 2 + r: e^r itself is never rounded. With a small c nothing
 * overflows, and the quotient is rounded once, be it subnormal. The significand of c was chosen for the least error: a
 * sum just above a power of two is, relatively, rounded twice as much as one just below.
 */
export function logistic(x: Value): Value {
  const { least, greatestOfLogistic, middle } = constants[floatOf(x)];
  const bounded = atLeast(atMost(x, greatestOfLogistic), least);
  const { n, r } = reduced(bounded, -1);
  const c = like(x, significand * 2 ** middle);
  const power = powerOfTwo(n, significand, middle);
  return div(c, add(power, add(c, mul(power, exponentialMinus1(r, -1)))));
}
const significand = 1.625;

/** n and r, or their opposites, of x = n·ln 2 + r. */
export function reduced(x: Value, sign: 1 | -1 = 1): { readonly n: Value; readonly r: Value } {
  const { high, low } = constants[floatOf(x)];
  const n = nearest(mul(x, like(x, sign * Math.LOG2E)));
  return { n, r: sub(sub(x, mul(n, like(x, sign * high))), mul(n, like(x, sign * low))) };
}

/** e^(sign·r) - 1 of a small r. */
export function exponentialMinus1(r: Value, sign: 1 | -1 = 1): Value {
  const rest = beyondLinear(r, sign);
  return sign === 1 ? add(rest, r) : sub(rest, r);
}

/** e^(sign·r) - 1 - sign·r = r²·P(sign·r). */
function beyondLinear(r: Value, sign: 1 | -1 = 1): Value {
  const float = floatOf(r);
  const coefficients = constants[float].coefficients.map((c, i) => c * sign ** i);
  return mul(mul(r, r), float === 'f32' ? horner(r, coefficients) : estrin(r, coefficients));
}
