/** What the functions of this folder are made of: the two float formats, polynomials, powers of two, signs. */
import { add, apply, bitcast, integer, like, mul, number, select, sub, typeOf } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';

interface Format {
  /** Integers of the same width. */
  readonly integers: 'i32' | 'i64';
  /** Bits after the point. */
  readonly fraction: number;
  /** Exponent field of 1. */
  readonly bias: number;
}
const formats = {
  f32: { integers: 'i32', fraction: 23, bias: 127 },
  f64: { integers: 'i64', fraction: 52, bias: 1023 },
} as const satisfies Record<string, Format>;

export type Float = keyof typeof formats;
/** What there is once for each format. */
export type PerFloat<T> = Readonly<Record<Float, T>>;

/** The float type of a value. */
export function floatOf(x: Value): Float {
  const { scalar } = x.type;
  if (scalar === 'f32' || scalar === 'f64') return scalar;
  throw new Error(`This function is of f32 and f64, and was asked for a value of type ${scalar}.`);
}
export const formatOf = (x: Value): Format => formats[floatOf(x)];

// Polynomials.

/** c0 + x·(c1 + x·(c2 + …)): the fewest operations. */
export function horner(x: Value, coefficients: readonly number[]): Value {
  const [last, ...rest] = coefficients.map((c) => like(x, c)).reverse();
  return rest.reduce((value, coefficient) => add(coefficient, mul(x, value)), last!);
}

/** The same by pairs, (c0 + x·c1) + x²·(c2 + x·c3) …: a few products more, and a chain that is shorter. */
export function estrin(x: Value, coefficients: readonly number[]): Value {
  let parts = coefficients.map((c) => like(x, c));
  let power = x;
  while (parts.length > 1) {
    const pairs: Value[] = [];
    for (let i = 0; i < parts.length; i += 2)
      pairs.push(i + 1 < parts.length ? add(parts[i]!, mul(power, parts[i + 1]!)) : parts[i]!);
    parts = pairs;
    if (parts.length > 1) power = mul(power, power);
  }
  return parts[0]!;
}

// Choices.

export const less = (a: Value, b: Value): Value => apply('lt', a, b);
export const equal = (a: Value, b: Value): Value => apply('eq', a, b);
export const negative = (a: Value): Value => apply('neg', a);
export const absolute = (a: Value): Value => apply('abs', a);

/** `select(b < a, b, a)` is one instruction, `pmin`, and `select(a < b, b, a)` is `pmax`. NaN in a stays. */
export const atMost = (a: Value, bound: number): Value => select(less(like(a, bound), a), like(a, bound), a);
export const atLeast = (a: Value, bound: number): Value => select(less(a, like(a, bound)), like(a, bound), a);

// Bits.

export const bitsOf = (x: Value): Value => bitcast(x, formatOf(x).integers);
export const shiftLeft = (a: Value, by: number): Value => apply('shiftLeft', a, integer(by));
export const shiftRightUnsigned = (a: Value, by: number): Value =>
  apply('shiftRightUnsigned', a, integer(by));

/** The bits of a number that is known, as an integer beside x. */
export const bitsOfNumber = (x: Value, value: number): Value => integerBeside(x, knownBits(x, value));

export function integerBeside({ type }: Value, value: bigint): Value {
  const { integers } = formats[type.scalar === 'f32' || type.scalar === 'i32' ? 'f32' : 'f64'];
  const own = typeOf(integers, type.lanes);
  return integers === 'i32' ? number(own, Number(value)) : { kind: 'bits', type: own, value };
}

export function knownBits(x: Value, value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (floatOf(x) === 'f64') view.setFloat64(0, value);
  else view.setFloat32(0, value);
  return floatOf(x) === 'f64' ? view.getBigInt64(0) : BigInt(view.getInt32(0));
}

/** The sign bit of x alone, among zeros. */
export const signOf = (x: Value): Value => apply('and', bitsOf(x), bitsOf(like(x, -0)));

/** The sign bit is set: of -0, too. */
export const isNegative = (x: Value): Value => less(bitsOf(x), integerBeside(x, 0n));

/** y with the sign bit of x added: for a y that is not negative, or has the sign of x. */
export const signedAs = (x: Value, y: Value): Value => bitcast(apply('or', bitsOf(y), signOf(x)), floatOf(y));

// Powers of two.

export const nearest = (x: Value): Value => apply('nearest', x);
export const trunc = (x: Value): Value => apply('trunc', x);

/**
 * A float whose last bits are the whole number n + offset, where integer operations find it: one unit of the last place
 * is `unit`. What stands above these bits is shifted out.
 */
const counted = (n: Value, offset: number, unit = 1): Value =>
  bitsOf(add(n, like(n, 1.5 * 2 ** formatOf(n).fraction * unit + offset)));

/** n + offset as an integer beside n, but for bits above, of a small whole number n. */
export const wholeBits = (n: Value, offset = 0): Value => counted(n, offset);

/**
 * significand · 2^(n + exponent), where 1 ≤ significand < 2 has few bits after the point; for exponents of normal
 * numbers.
 */
export function powerOfTwo(n: Value, significand = 1, exponent = 0): Value {
  const { fraction, bias } = formatOf(n);
  const bits = bitsAfterPoint(significand);
  const field = counted(n, bias + exponent + significand - 1, 2 ** -bits);
  return bitcast(shiftLeft(field, fraction - bits), floatOf(n));
}
const bitsAfterPoint = (x: number): number => (Number.isInteger(x) ? 0 : 1 + bitsAfterPoint(2 * x));

/**
 * Two powers of two whose product is 2^n: a product with both rounds once, be it subnormal, and overflows only when it
 * has to.
 */
export function twoPowersOfTwo(n: Value): readonly [Value, Value] {
  const { fraction, bias } = formatOf(n);
  const sum = counted(n, 2 * bias);
  const half = shiftRightUnsigned(sum, 1);
  const power = (exponent: Value) => bitcast(shiftLeft(exponent, fraction), floatOf(n));
  return [power(half), power(sub(sum, half))];
}
