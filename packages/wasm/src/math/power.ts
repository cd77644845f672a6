/**
 * Powers a^b.
 *
 * 2^(b·log₂|a|): in f32 both are computed in doubles. In f64 the logarithm has some 66 bits, as a sum of two doubles, and
 * so has its product with b (the way of FreeBSD's msun, e_pow.c, Sun Microsystems 1993, without its table): leading parts
 * of 26 bits, whose products are exact, are kept apart from the rest.
 */
import {
  add,
  and,
  apply,
  bitcast,
  div,
  like,
  mul,
  narrow,
  not,
  or,
  select,
  sub,
  widen,
} from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { exponentialMinus1, reduced } from './exp.ts';
import {
  absolute,
  atLeast,
  atMost,
  bitsOf,
  equal,
  estrin,
  floatOf,
  integerBeside,
  isNegative,
  less,
  nearest,
  negative,
  powerOfTwo,
  trunc,
  twoPowersOfTwo,
} from './forms.ts';
import { logarithm, split } from './log.ts';

export function pow(a: Value, b: Value): Value {
  const size = absolute(a);
  const y = floatOf(a) === 'f32' ? single(size, b) : double(size, b);
  return withSpecialCases(a, b, y);
}

/** What C99 (annex F.9.4.4) says of zeros, infinities, NaN and negative bases, around y = |a|^b. */
function withSpecialCases(a: Value, b: Value, y: Value): Value {
  const number = (value: number) => like(a, value);
  const size = absolute(a);
  const infinity = number(Number.POSITIVE_INFINITY);
  const extreme = or(or(equal(size, number(0)), equal(size, infinity)), equal(absolute(b), infinity));
  const grows = apply('xor', less(number(1), size), less(b, number(0)));
  const end = select(equal(size, number(1)), number(1), select(grows, infinity, number(0)));
  const positive = select(extreme, end, y);
  const half = mul(b, number(0.5));
  const whole = equal(trunc(b), b);
  const odd = and(whole, not(equal(trunc(half), half)));
  const signed = select(and(isNegative(a), odd), negative(positive), positive);
  const belowZero = and(less(a, number(0)), less(size, infinity));
  const unknown = or(or(apply('ne', a, a), apply('ne', b, b)), and(belowZero, not(whole)));
  const isOne = or(equal(a, number(1)), equal(b, number(0)));
  return select(isOne, number(1), select(unknown, number(Number.NaN), signed));
}

/** |a|^b of f32, by doubles; to be rounded. */
function single(size: Value, b: Value): Value {
  const exponents = widen(b);
  return narrow(
    widen(size).map((wide, i) => {
      const { k, m } = split(wide);
      const product = mul(exponents[i]!, logarithm(k, sub(m, like(m, 1))));
      const { n, r } = reduced(atLeast(atMost(product, 120), -120));
      const power = powerOfTwo(n);
      return add(power, mul(power, exponentialMinus1(r)));
    }),
  );
}

/** A sum of two numbers, where the second is small. */
interface Pair {
  readonly high: Value;
  readonly low: Value;
}

/** The first 26 bits of a double. */
const leading = (x: Value): Value =>
  bitcast(apply('and', bitsOf(x), integerBeside(x, -(2n ** 27n))), floatOf(x));

function double(size: Value, b: Value): Value {
  const up = 2 ** 53;
  const small = less(size, like(size, 2 ** -1022));
  const { high, low } = logarithmOfTwo(select(small, mul(size, like(size, up)), size));
  const shift = select(small, like(size, 53), like(size, 0));
  // The logarithm of a subnormal number has room for a whole number.
  const logHigh = sub(high, shift);
  const leadingExponent = leading(b);
  const product = mul(leadingExponent, logHigh);
  const rest = add(mul(sub(b, leadingExponent), logHigh), mul(b, low));
  // Beyond this, the result is 0 or infinite.
  const most = 1100;
  return exponentialOfTwo({
    high: atLeast(atMost(product, most), -most),
    low: select(less(absolute(product), like(b, most)), rest, like(b, 0)),
  });
}

/** 2/(3·ln 2) and ln 2: a leading part of 25 bits, and the rest. */
const toTwo = { whole: 2 / (3 * Math.LN2), high: 0.9617966711521149, low: 2.2773860736742555e-8 };
const fromTwo = { whole: Math.LN2, high: 0.6931471526622772, low: 2.7897668087737545e-8 };
/**
 * 3·artanh(s)/s = 3 + z + z²·Q(z) with z = s²: relative error 2^-66.3, by Remez' algorithm, each coefficient rounded
 * before the next was fitted.
 */
const coefficients = [
  0.6000000000000338, 0.42857142855149066, 0.33333333779979524, 0.2727267653953769, 0.23080136614657445,
  0.19885210203201314, 0.1979466162666694,
];

/** log₂ x of a normal x = 2^k·m: k + 2·artanh(s)/ln 2 with s = (m - 1)/(m + 1); `high` has 26 bits. */
function logarithmOfTwo(x: Value): Pair {
  const { k, m } = split(x);
  const [one, three] = [like(x, 1), like(x, 3)];
  // s as a pair: what the leading part leaves of the numerator, divided.
  const numerator = sub(m, one);
  const denominator = add(m, one);
  const inverse = div(one, denominator);
  const s = mul(numerator, inverse);
  const sHigh = leading(s);
  const dHigh = leading(denominator);
  const dLow = sub(m, sub(dHigh, one));
  const sLow = mul(inverse, sub(sub(numerator, mul(sHigh, dHigh)), mul(sHigh, dLow)));
  // 3 + s² + …, where the square of the leading part is exact.
  const z = mul(s, s);
  const square = mul(sHigh, sHigh);
  const beyond = add(mul(mul(z, z), estrin(z, coefficients)), mul(sLow, add(sHigh, s)));
  const tHigh = leading(add(add(three, square), beyond));
  const tLow = sub(beyond, sub(sub(tHigh, three), square));
  const product = pairOf(mul(sHigh, tHigh), add(mul(sLow, tHigh), mul(tLow, s)));
  const scaled = mul(product.high, like(x, toTwo.high));
  const rest = add(mul(product.high, like(x, toTwo.low)), mul(product.low, like(x, toTwo.whole)));
  const high = leading(add(add(scaled, rest), k));
  return { high, low: sub(rest, sub(sub(high, k), scaled)) };
}

/** a + b, where a is the larger: a leading part of 26 bits, and the rest. */
function pairOf(a: Value, b: Value): Pair {
  const high = leading(add(a, b));
  return { high, low: sub(b, sub(high, a)) };
}

/** 2^x. */
function exponentialOfTwo({ high, low }: Pair): Value {
  const n = nearest(high);
  const fraction = pairOf(sub(high, n), low);
  const start = mul(fraction.high, like(high, fromTwo.high));
  const rest = add(mul(fraction.low, like(high, fromTwo.whole)), mul(fraction.high, like(high, fromTwo.low)));
  const r = add(start, rest);
  const lost = sub(rest, sub(r, start));
  const [first, second] = twoPowersOfTwo(n);
  return mul(mul(add(like(high, 1), add(exponentialMinus1(r), lost)), first), second);
}
