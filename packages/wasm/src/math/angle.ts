/**
 * Angles: x = quadrant·π/2 + r with |r| ≤ π/4, exact for all x up to the largest float.
 *
 * Of large x this is Payne and Hanek's method in floats: x/(2π) modulo 1 is a sum of products of x with pieces of 1/(2π)
 * that have so few bits that each product is exact, and from each its nearest whole number is taken away.
 */
import { add, apply, bitcast, like, mul, narrow, select, sub, widen } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { absolute, bitsOf, floatOf, integerBeside, less, nearest } from './forms.ts';

export interface Angle {
  /** A whole number; it counts modulo 4. */
  readonly quadrant: Value;
  readonly r: Value;
  /** What r lacks: of f64 always, of f32 if it was asked for. */
  readonly low?: Value;
}

export function angleOf(x: Value, { withLow = false }: { readonly withLow?: boolean } = {}): Angle {
  if (floatOf(x) === 'f64') return double(x);
  const { quadrant, wide } = single(x);
  const r = narrow(wide);
  if (!withLow) return { quadrant, r };
  const rounded = widen(r);
  return { quadrant, r, low: narrow(wide.map((exact, i) => sub(exact, rounded[i]!))) };
}

/** The first 1200 bits of 1/(2π) after the point. */
const digits = BigInt(
  '0x' +
    '28be60db9391054a7f09d5f47d4d377036d8a5664f10e4107f9458eaf7aef1586dc91b8e909' +
    '374b801924bba827464873f877ac72c4a69cfba208d7d4baed1213a671c09ad17df904e6475' +
    '8e60d4ce7d272117e2ef7e4a0ec7fe25fff7816603fbcbc462d6829b47db4d9fb3c9f2c26dd' +
    '3d18fd9a797fa8b5d49eeb1faf97c5ecf41ce7de294a4ba9afed7ec47e357421580cc11bf1e',
);
const digitCount = 1200;

/** Bits from one place after the point on, as a number below 2^-after. */
function piece(from: number, count: number, after = 0): number {
  const bits = (digits >> BigInt(digitCount - from - count)) & ((1n << BigInt(count)) - 1n);
  return Number(bits) * 2 ** -(from - after + count);
}
/** Pieces of `width` bits, and one of 53 that follows. */
const pieces = (from: number, width: number, count: number): number[] => [
  ...Array.from({ length: count }, (_, k) => piece(from + k * width, width, from)),
  piece(from + count * width, 53, from),
];

const withoutWhole = (x: Value): Value => sub(x, nearest(x));
const sum = (terms: readonly Value[]): Value => terms.reduce(add);
/** To the nearest quarter: whole and its quarters. */
function quarters(turns: Value): { quadrant: Value; quarter: Value } {
  const quadrant = nearest(mul(turns, like(turns, 4)));
  return { quadrant, quarter: mul(quadrant, like(turns, 0.25)) };
}

/** Of f32 in doubles: 24 bits times 29 are exact, and 5·29 + 53 bits are enough for 2^128. */
function single(x: Value): { readonly quadrant: Value; readonly wide: readonly Value[] } {
  const parts = widen(x).map((wide) => {
    const terms = pieces(0, 29, 5).map((part) => mul(wide, like(wide, part)));
    const last = terms.pop()!;
    const fractions = terms.map(withoutWhole);
    const { quadrant, quarter } = quarters(sum(fractions));
    // From the largest to the smallest: where terms cancel, sums are exact.
    const turns = sum([sub(fractions[0]!, quarter), ...fractions.slice(1), last]);
    return { quadrant, r: mul(turns, like(turns, 2 * Math.PI)) };
  });
  return { quadrant: narrow(parts.map((part) => part.quadrant)), wide: parts.map((part) => part.r) };
}

function double(x: Value): Angle {
  const near = ofMedium(x);
  const far = ofLarge(x);
  const isFar = less(like(x, largestMedium), absolute(x));
  const choose = (a: Value, b: Value) => select(isFar, a, b);
  return {
    quadrant: choose(far.quadrant, near.quadrant),
    r: choose(far.r, near.r),
    low: choose(far.low, near.low),
  };
}

type DoubleAngle = Required<Angle>;
const largestMedium = 2 ** 20;

/** π/2 in three parts of 33 bits, which are exact times a whole number below 2^20, and a rest. */
const halfPi = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
] as const;

/** Cody and Waite: x - quadrant·π/2 by parts, with what each difference loses. */
function ofMedium(x: Value): DoubleAngle {
  const quadrant = nearest(mul(x, like(x, 2 / Math.PI)));
  const [first, second, third, fourth] = halfPi.map((part) => mul(quadrant, like(x, part))) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const start = sub(x, first);
  const high = sub(start, second);
  const higher = sub(high, third);
  const lost = add(sub(sub(start, high), second), sub(sub(high, higher), third));
  const rest = sub(lost, fourth);
  const r = add(higher, rest);
  return { quadrant, r, low: add(sub(higher, r), rest) };
}

/**
 * Large doubles are of one of 8 ranges of 128 powers of two; a range knows by which power of two to divide, and which bits
 * of 1/(2π) then count. x has 26 leading bits and 27 others, both exact times 25.
 */
const rangeWidth = 128;
const ranges = Array.from({ length: 8 }, (_, i) => ({
  least: i === 0 ? 0 : 2 ** (54 + rangeWidth * i),
  scale: 2 ** (-rangeWidth * i),
  pieces: pieces(rangeWidth * i, 25, 10),
}));

function ofLarge(x: Value): DoubleAngle {
  const size = absolute(x);
  const chosen = ranges.map((range) => [range.scale, ...range.pieces].map((number) => like(x, number)));
  const [scale, ...parts] = chosen.reduce((before, next, i) => {
    const isHere = less(like(x, ranges[i]!.least), size);
    return next.map((value, k) => select(isHere, value, before[k]!));
  }) as [Value, ...Value[]];
  const scaled = mul(x, scale);
  const leading = bitcast(apply('and', bitsOf(scaled), integerBeside(x, -(2n ** 27n))), 'f64');
  const trailing = sub(scaled, leading);
  const tail = mul(scaled, parts.pop()!);
  const ofLeading = parts.map((part) => withoutWhole(mul(leading, part)));
  const ofTrailing = parts.map((part) => withoutWhole(mul(trailing, part)));
  // From the largest to the smallest: as long as they reach 1, sums are exact, because the last is small.
  const [first, ...others] = parts.flatMap((_, i) => [ofLeading[i]!, ...(i > 0 ? [ofTrailing[i - 1]!] : [])]);
  const last = ofTrailing.at(-1)!;
  const { quadrant, quarter } = quarters(sum([first!, ...others, last]));
  let high = sub(first!, quarter);
  let low = add(tail, last);
  for (const term of others) {
    const next = add(high, term);
    low = add(low, add(sub(high, next), term));
    high = next;
  }
  return { quadrant, ...radians(high, low) };
}

/** (high + low)·2π, where 2π is a number of 24 bits and a rest. */
function radians(high: Value, low: Value): { r: Value; low: Value } {
  const [leadingTurn, restOfTurn] = [like(high, 6.283185303211212), like(high, 3.968374318722162e-9)];
  const leading = bitcast(apply('and', bitsOf(high), integerBeside(high, -(2n ** 27n))), 'f64');
  const trailing = add(sub(high, leading), low);
  const product = mul(leading, leadingTurn);
  const rest = add(mul(trailing, leadingTurn), mul(add(high, low), restOfTurn));
  const r = add(product, rest);
  return { r, low: add(sub(product, r), rest) };
}
