/** Arguments that tests look at: floats of every exponent, and those where functions of this folder are awkward. */
import type { Float } from '../forms.ts';

const formats = {
  f32: { least: -149, top: 127, round: Math.fround },
  f64: { least: -1074, top: 1023, round: (x: number) => x },
} as const;

/** Whole numbers below 2^32 that look random, always the same. */
export function* numbers(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/** Some floats of every exponent, of both signs. */
export function everyExponent(type: Float, each: number): number[] {
  const { least, top, round } = formats[type];
  const random = numbers(7);
  const floats: number[] = [];
  for (let exponent = least; exponent <= top; exponent++)
    for (let i = 0; i < each; i++) {
      const significand = 1 + random.next().value / 2 ** 32 + random.next().value / 2 ** 64;
      const x = round(significand * 2 ** exponent);
      if (Number.isFinite(x)) floats.push(x, -x);
    }
  return floats;
}

/** Floats spread evenly over an interval. */
export function evenly(type: Float, from: number, to: number, count: number): number[] {
  const { round } = formats[type];
  const random = numbers(11);
  return Array.from({ length: count }, () => round(from + ((to - from) * random.next().value) / 2 ** 32));
}

/** A number and its neighbours. */
export function around(type: Float, x: number): number[] {
  const { least, round } = formats[type];
  const unit = Math.max(2 ** -(type === 'f32' ? 23 : 52) * Math.abs(x), 2 ** least);
  return [-2, -1, -0.5, 0, 0.5, 1, 2].map((steps) => round(round(x) + steps * unit));
}

/** Pairs whose results are spread over all that a function can give. */
export function* pairsFor(
  name: 'pow' | 'atan2',
  type: Float,
  count: number,
): Generator<readonly [a: number, b: number]> {
  const { least, top, round } = formats[type];
  const random = numbers(13);
  const unit = () => random.next().value / 2 ** 32;
  const anySize = () => round(2 ** (least + 1 + (top - least - 2) * unit()) * (1 + unit() / 2));
  const sign = () => (unit() < 0.5 ? -1 : 1);
  for (let i = 0; i < count; i++) {
    if (name === 'atan2') {
      const a = sign() * anySize();
      const alike = round(a * sign() * 2 ** (8 * unit() - 4));
      const b = i % 2 === 0 ? sign() * anySize() : alike;
      if (b !== 0 && Number.isFinite(b)) yield [a, b];
    } else {
      // Bases of any size, next to 1, and common ones.
      const a = [anySize(), round(1 + (unit() - 0.5) * 2 ** (-20 * unit())), round(4 * unit())][i % 3]!;
      const b = i % 3 === 2 ? round(8 * unit() - 4) : round((sign() * unit() * top) / Math.log2(a));
      if (a > 0 && a !== 1 && b !== 0 && Number.isFinite(b)) yield [a, b];
    }
  }
}
