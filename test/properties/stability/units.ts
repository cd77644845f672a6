/** Units in the last place, and when a result is as near as a bound says. */
import type { FloatDType } from '@cotangent/graph';

const formats = {
  f32: { bits: 24, smallest: 2 ** -149, leastNormal: 2 ** -126 },
  f64: { bits: 53, smallest: 2 ** -1074, leastNormal: 2 ** -1022 },
} as const;

export const isSubnormal = (x: number, dtype: FloatDType): boolean =>
  x !== 0 && Math.abs(x) < formats[dtype].leastNormal;

export const leastNormal = (dtype: FloatDType): number => formats[dtype].leastNormal;

/** The distance between neighbours of a finite number. */
export function unitOf(x: number, dtype: FloatDType): number {
  const { bits, smallest } = formats[dtype];
  const exponent = exponentOf(Math.abs(x));
  return Math.max(smallest, 2 ** (exponent + 1 - bits));
}

/** The e of 2^e ≤ x < 2^(e + 1). */
function exponentOf(x: number): number {
  if (x < 2 ** -1022) return -1022;
  const exponent = Math.floor(Math.log2(x));
  return 2 ** exponent > x ? exponent - 1 : exponent;
}

export interface Allowance {
  /** Units in the last place of the wanted number, or of `scale` where that is larger. */
  readonly ulps: number;
  readonly scale: number;
  /** Whether 0 and −0 are told apart. */
  readonly signedZeros: boolean;
}

/**
 * Infinities and NaN are themselves and nothing else; the rest is near. A wanted 0 may be a number below half of the
 * smallest subnormal, so its unit is that subnormal.
 */
export function isWithin(actual: number, wanted: number, dtype: FloatDType, allowance: Allowance): boolean {
  if (Object.is(actual, wanted)) return true;
  if (!Number.isFinite(wanted) || !Number.isFinite(actual)) return false;
  if (actual === wanted) return !allowance.signedZeros;
  const unit = unitOf(Math.max(Math.abs(wanted), allowance.scale), dtype);
  return Math.abs(actual - wanted) <= allowance.ulps * unit;
}
