/**
 * The error function.
 *
 * Of small |x| it is x + x·P(x²); of larger ones 1 - e^-W(|x|), where W = -log(1 - erf) is almost a parabola: in f32 a
 * polynomial, in f64 a quotient of two, whose coefficients are all positive. P and W have the least relative error of erf,
 * by Remez' algorithm, each coefficient rounded to the type (of polynomials, before the next was fitted).
 */
import { add, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { exponentialMinus1, reduced } from './exp.ts';
import {
  absolute,
  atMost,
  estrin,
  floatOf,
  horner,
  less,
  negative,
  type PerFloat,
  powerOfTwo,
  signedAs,
} from './forms.ts';

interface Constants {
  readonly small: readonly number[];
  /** W = above/below. */
  readonly above: readonly number[];
  readonly below: readonly number[];
  /** Where the first form ends. */
  readonly border: number;
  /** erf x is 1 above. */
  readonly greatest: number;
}

const constants: PerFloat<Constants> = {
  f32: {
    // Relative errors 2^-30.1 and 2^-29.0.
    small: [
      0.12837916612625122, -0.3761262893676758, 0.11283624172210693, -0.026855560019612312,
      0.005191753152757883, -0.0008039752719923854, 7.943100354168564e-5,
    ],
    above: [
      0.00015282946696970612, 1.1278544664382935, 0.6368781924247742, 0.10420084744691849,
      -0.02235778421163559, 0.003076290711760521, -0.00019933044677600265,
    ],
    below: [],
    border: 0.9,
    greatest: 4,
  },
  f64: {
    // Relative errors 2^-56.0 and 2^-57.5.
    small: [
      0.12837916709551256, -0.376126389031834, 0.11283791670941413, -0.026866170643034957,
      0.005223977608752256, -0.0008548326231740026, 0.00012055308867947182, -1.4925158314132149e-5,
      1.6455243743302036e-6, -1.6299924909146634e-7, 1.4378315599368689e-8, -1.0463528209924492e-9,
      4.662550483622277e-11,
    ],
    above: [
      3.417166635487221e-8, 1.1283788454126211, 1.9930388672628259, 1.6419479462960551, 0.7817205058438731,
      0.22213344401872648, 0.034711131743011985, 0.0021307050259854006,
    ],
    below: [
      1, 1.2020938614548857, 0.685853297909176, 0.21328927099218972, 0.03463103487250899,
      0.0021322266992488638, -2.1942042329588642e-8,
    ],
    border: 1.125,
    greatest: 6,
  },
};

export function erf(x: Value): Value {
  const { small, border, greatest } = constants[floatOf(x)];
  const size = absolute(x);
  const near = add(x, mul(x, polynomial(mul(x, x), small)));
  const far = signedAs(x, oneLessExponential(minusLogarithm(atMost(size, greatest))));
  return select(less(size, like(x, border)), near, far);
}

/** 1 - e^-w = (1 - 2^n) - 2^n·(e^r - 1), where the first difference is exact. */
function oneLessExponential(w: Value): Value {
  const { n, r } = reduced(negative(w));
  const power = powerOfTwo(n);
  return sub(sub(like(w, 1), power), mul(power, exponentialMinus1(r)));
}

/** W(x) = -log(1 - erf x). */
function minusLogarithm(x: Value): Value {
  const { above, below } = constants[floatOf(x)];
  return below.length === 0 ? polynomial(x, above) : div(polynomial(x, above), polynomial(x, below));
}

const polynomial = (x: Value, coefficients: readonly number[]): Value =>
  floatOf(x) === 'f32' ? horner(x, coefficients) : estrin(x, coefficients);
