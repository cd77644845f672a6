/** Numbers of WebNN: which of our dtypes hold them, how results are rounded to them, and distances in their steps. */
import type { DType, FloatDType } from '@cotangent/graph';
import type { VectorTolerance } from './vectors.ts';

export type DataType = 'float32' | 'float16' | 'int8' | 'uint8' | 'int32' | 'uint32' | 'int64' | 'uint64';

export const isReal = (type: DataType): boolean => type === 'float32' || type === 'float16';

/**
 * Where the values of a type are held. Reals are computed in float64 or float32 and rounded at the end. Bytes live in
 * i32, in their range. Integers of 64 bits live in f64, which holds every whole number up to 2⁵³ and so all of these.
 */
export const holderOf = (type: DataType, real: FloatDType): DType => {
  if (isReal(type)) return real;
  if (type === 'uint32') return 'u32';
  return type === 'int64' || type === 'uint64' ? 'f64' : 'i32';
};

/** A number of the files: a decimal, or one of the words that JSON has no number for. */
export function numberOf(value: number | string, type: DataType): number {
  const number = Number(value);
  if (Number.isNaN(number) && value !== 'NaN') throw new Error(`'${value}' is not a number`);
  if (type.endsWith('64') && !Number.isSafeInteger(number))
    throw new Error(`${value} does not fit into float64`);
  return roundTo(number, type);
}

/** The nearest value of a type; integers are there already. */
export function roundTo(value: number, type: DataType): number {
  if (type === 'float32') return Math.fround(value);
  return type === 'float16' ? toHalf(value) : value;
}

/** ⌊log₂ x⌋ for x > 0, but at least that of the smallest normal half. */
function halfExponent(x: number): number {
  let exponent = Math.floor(Math.log2(x));
  if (2 ** exponent > x) exponent--;
  if (2 ** (exponent + 1) <= x) exponent++;
  return Math.max(exponent, -14);
}

/** The nearest half, halves of a step to even; what rounds beyond 65504 is infinite. */
function toHalf(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return value;
  const step = 2 ** (halfExponent(size) - 10);
  const steps = size / step;
  const down = Math.floor(steps);
  const up = steps - down > 0.5 || (steps - down === 0.5 && down % 2 === 1);
  const rounded = (up ? down + 1 : down) * step;
  return Math.sign(value) * (rounded > 65504 ? Infinity : rounded);
}

const words = new DataView(new ArrayBuffer(4));

/** The number of steps from 0 to a value of a type; negative below. −0 is 0. */
function stepsTo(value: number, type: DataType): number {
  const size = Math.abs(value);
  if (type === 'float32') {
    words.setFloat32(0, size);
    return Math.sign(value) * words.getUint32(0);
  }
  if (type !== 'float16') return value;
  const finite = Math.min(size, 65536);
  if (finite === 0) return 0;
  const exponent = halfExponent(finite);
  return Math.sign(value) * ((exponent + 14) * 1024 + finite / 2 ** (exponent - 10));
}

/** What is wrong with a result, or undefined. NaN must be met by NaN. */
export function problemOf(
  result: number,
  want: number,
  type: DataType,
  { metric, value: allowed }: VectorTolerance,
): string | undefined {
  const got = roundTo(result, type);
  if (got === want || (Number.isNaN(got) && Number.isNaN(want))) return undefined;
  const distance =
    metric === 'ATOL' ? Math.abs(got - want) : Math.abs(stepsTo(got, type) - stepsTo(want, type));
  return distance <= allowed
    ? undefined
    : `got ${got}, want ${want} (off by ${distance} ${metric}, allowed ${allowed})`;
}
