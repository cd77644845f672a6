/** Arrays for cases: making them from draws, and reading them by position as specifications do. */
import { allocate, countOf, type DType, HostArray, stridesOf, type ValueType } from '@cotangent/graph';
import { type Draw, element, type Random } from './random.ts';

/** An array from numbers in row-major order; stores into integer arrays wrap. */
export function arrayOf(dtype: DType, shape: readonly number[], values: readonly number[]): HostArray {
  const data = allocate(dtype, countOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = values[i]!;
  return new HostArray(dtype, shape, data);
}

/** Elements drawn one by one; floats by `draw` where it is given. */
export function drawn(
  random: Random,
  dtype: DType,
  shape: readonly number[],
  { draw, wild = false }: { readonly draw?: Draw; readonly wild?: boolean } = {},
): HostArray {
  const float = dtype === 'f32' || dtype === 'f64';
  const one = () => (float && draw !== undefined ? draw(random) : element(random, dtype, wild));
  return arrayOf(dtype, shape, random.list(countOf(shape), one));
}

/** Floats that are all different, by a gap that differences do not cross; small integers with repetitions. */
export function distinct(random: Random, dtype: DType, shape: readonly number[]): HostArray {
  const count = countOf(shape);
  if (dtype !== 'f32' && dtype !== 'f64') return drawn(random, dtype, shape);
  const grid = random.list(count, (i) => (i - count / 2) * (5 / Math.max(count, 5)) + 0.01);
  return arrayOf(dtype, shape, random.shuffle(grid));
}

/** All positions of a shape, row-major. */
export function positions(shape: readonly number[]): number[][] {
  let result: number[][] = [[]];
  for (const size of shape) {
    const longer: number[][] = [];
    for (const head of result) for (let i = 0; i < size; i++) longer.push([...head, i]);
    result = longer;
  }
  return result;
}

/** Row-major offset of a position. */
export function offsetOf(shape: readonly number[], position: readonly number[]): number {
  const strides = stridesOf(shape);
  return position.reduce((offset, index, axis) => offset + index * strides[axis]!, 0);
}

export const at = (array: HostArray, position: readonly number[]): number =>
  array.data[offsetOf(array.shape, position)]!;

/** One number for each position of a shape. */
export const filled = (shape: readonly number[], value: (position: readonly number[]) => number): number[] =>
  positions(shape).map(value);

/** True if a position lies in a shape. */
export const inside = (shape: readonly number[], position: readonly number[]): boolean =>
  position.every((index, axis) => index >= 0 && index < shape[axis]!);

/** A type from the text that it prints as: `f32[batch, 3]`. */
export function typeOf(text: string): ValueType {
  const match = /^(\w+)\[(.*)\]$/.exec(text)!;
  const dims = match[2] === '' ? [] : match[2]!.split(', ');
  return {
    dtype: match[1] as DType,
    shape: dims.map((dim) => (/^\d+$/.test(dim) ? Number(dim) : dim)),
  };
}
