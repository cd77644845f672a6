/**
 * Row-major boxes seen through strides: the one walk that movement, reductions and windows share. A box is a list of
 * sizes; each of the two arrays that take part has a stride per axis (0 repeats, negative runs backwards).
 */
import type { TypedArray } from '@cotangent/graph';

export interface Walk {
  /** At least one axis; the last is the row, which the caller runs through by itself. */
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Drops axes of size 1 and joins neighbours that both arrays run through evenly, so that rows get long. */
export function coalesce(sizes: readonly number[], from: readonly number[], to: readonly number[]): Walk {
  const joined = { sizes: [] as number[], from: [] as number[], to: [] as number[] };
  for (let axis = 0; axis < sizes.length; axis++) {
    if (sizes[axis] === 1) continue;
    const last = joined.sizes.length - 1;
    const even =
      last >= 0 &&
      joined.from[last] === from[axis] * sizes[axis] &&
      joined.to[last] === to[axis] * sizes[axis];
    if (even) {
      joined.sizes[last] *= sizes[axis];
      joined.from[last] = from[axis];
      joined.to[last] = to[axis];
    } else {
      joined.sizes.push(sizes[axis]);
      joined.from.push(from[axis]);
      joined.to.push(to[axis]);
    }
  }
  return joined.sizes.length > 0 ? joined : { sizes: [1], from: [1], to: [1] };
}

/** Calls `row` with the two offsets at which each row begins, in row-major order. */
export function eachRow(
  { sizes, from, to }: Walk,
  fromStart: number,
  toStart: number,
  row: (from: number, to: number) => void,
): void {
  if (sizes.includes(0)) return;
  const outer = sizes.length - 1;
  const index = new Int32Array(outer);
  let [fromAt, toAt] = [fromStart, toStart];
  for (;;) {
    row(fromAt, toAt);
    let axis = outer - 1;
    for (; axis >= 0; axis--) {
      fromAt += from[axis];
      toAt += to[axis];
      if (++index[axis] < sizes[axis]) break;
      fromAt -= from[axis] * sizes[axis];
      toAt -= to[axis] * sizes[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Offsets of all positions of a box, row-major. */
export function offsetsOf(sizes: readonly number[], strides: readonly number[]): Int32Array {
  let offsets = new Int32Array(1);
  sizes.forEach((size, axis) => {
    const wider = new Int32Array(offsets.length * size);
    for (let i = 0, at = 0; i < offsets.length; i++)
      for (let j = 0; j < size; j++) wider[at++] = offsets[i] + j * strides[axis];
    offsets = wider;
  });
  return offsets;
}

/** Elements as bits. What only moves elements sees three kinds of arrays instead of five, and keeps NaN payloads. */
export type Bits = Int32Array | Float64Array | Uint8Array;
export const bitsOf = (data: TypedArray): Bits =>
  data instanceof Float32Array || data instanceof Uint32Array
    ? new Int32Array(data.buffer, data.byteOffset, data.length)
    : data;

/** One of the two arrays of a copy: where its box begins and how it runs. */
export interface Place {
  readonly data: TypedArray;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Copies a box of elements from one place to another. */
export function copyBox(sizes: readonly number[], source: Place, target: Place): void {
  const walk = coalesce(sizes, source.strides, target.strides);
  const last = walk.sizes.length - 1;
  const [count, fromStep, toStep] = [walk.sizes[last], walk.from[last], walk.to[last]];
  const [from, to] = [bitsOf(source.data), bitsOf(target.data)];
  const row =
    toStep === 1 && fromStep === 0
      ? (fromAt: number, toAt: number) => repeatRow(from, fromAt, to, toAt, count)
      : toStep === 1 && fromStep === 1 && count >= 128
        ? (fromAt: number, toAt: number) => to.set(from.subarray(fromAt, fromAt + count), toAt)
        : (fromAt: number, toAt: number) => copyRow(from, fromAt, fromStep, to, toAt, toStep, count);
  eachRow(walk, source.start, target.start, row);
}

function copyRow(
  from: Bits,
  fromAt: number,
  fromStep: number,
  to: Bits,
  toAt: number,
  toStep: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    to[toAt] = from[fromAt];
    fromAt += fromStep;
    toAt += toStep;
  }
}

function repeatRow(from: Bits, fromAt: number, to: Bits, toAt: number, count: number): void {
  const value = from[fromAt];
  for (let i = 0; i < count; i++) to[toAt + i] = value;
}

/** An axis seen as [before, size, after]: how many rows lie outside of it, and how far its neighbours are apart. */
export function aroundAxis(shape: readonly number[], axis: number): [number, number, number] {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  return [product(shape.slice(0, axis)), shape[axis], product(shape.slice(axis + 1))];
}
