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
    greatest: 4,
  },
  f64: {
    // Relative errors 2^-56.3 and 2^-57.8.
    small: [
      0.1283791670955126, -0.37612638903184104, 0.11283791670971717, -0.02686617064819522,
      0.005223977654417377, -0.0008548328613852151, 0.00012055386837462481, -1.4926797921609137e-5,
      1.6477159934600111e-6, -1.6475331992670933e-7, 1.5075614625896535e-8, -1.0774189945400358e-9,
    ],
    above: [
      8.368007536270753e-9, 1.1283790775246954, 1.9729343730117646, 1.6172139100140008, 0.7688449410508151,
      0.219516966730166, 0.03492071499526882, 0.002287735870323477,
    ],
    below: [
      1, 1.1842775825079197, 0.6739828252414738, 0.21020262755920885, 0.03482724846309418,
      0.002289664156959957, -3.009399100400849e-8,
    ],
    greatest: 6,
  },
};

const border = 0.9;

export function erf(x: Value): Value {
  const { small, greatest } = constants[floatOf(x)];
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
