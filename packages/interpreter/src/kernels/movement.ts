/** Sources and movement: values from nothing, and elements that change their place but not their value. */
import {
  allocate,
  type ConstantValue,
  convertHost,
  countOf,
  fixed,
  HostArray,
  isFloat,
  type NamesOf,
  type Pairs,
  stridesOf,
  type TypedArray,
} from '@cotangent/graph';
import type { FixedType, KernelTable } from '../kernel.ts';
import { aroundAxis, copyBox } from '../layout.ts';

export const movementKernels = {
  constant: (_, { value }, [type]) => [constant(value, type)],
  iota: (_, { axis }, [type]) => [iota(axis, type)],
  dimensionSize: (_, { dim }, [type]) => [constant(fixed(dim), type)],
  broadcastInDim: ([x], { axes }, [type]) => {
    const own = stridesOf(x.shape);
    const strides = type.shape.map(() => 0);
    axes.forEach((axis, i) => {
      if (x.shape[i] !== 1) strides[axis] = own[i];
    });
    return [picked(x, 0, strides, type)];
  },
  reshape: ([x], _, [type]) => [new HostArray(x.dtype, type.shape, x.data)],
  transpose: ([x], { permutation }, [type]) => {
    const own = stridesOf(x.shape);
    return [
      picked(
        x,
        0,
        permutation.map((axis) => own[axis]),
        type,
      ),
    ];
  },
  reverse: ([x], { axes }, [type]) => {
    const own = stridesOf(x.shape);
    const start = sum(axes.map((axis) => Math.max(x.shape[axis] - 1, 0) * own[axis]));
    return [
      picked(
        x,
        start,
        own.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
        type,
      ),
    ];
  },
  slice: ([x], { start, strides }, [type]) => {
    const own = stridesOf(x.shape);
    const first = sum(own.map((stride, axis) => stride * fixed(start[axis])));
    return [
      picked(
        x,
        first,
        own.map((stride, axis) => stride * strides[axis]),
        type,
      ),
    ];
  },
  pad: ([x, value], { padding, interior }, [type]) => {
    const data = allocate(type.dtype, countOf(type.shape)).fill(value.data[0]);
    placePadded(x, padding, interior, type.shape, data);
    return [hostArray(type, data)];
  },
  concatenate: (inputs, { axis }, [type]) => {
    const data = allocate(type.dtype, countOf(type.shape));
    const strides = stridesOf(type.shape);
    let at = 0;
    for (const x of inputs) {
      copyBox(
        x.shape,
        { data: x.data, start: 0, strides: stridesOf(x.shape) },
        { data, start: at * strides[axis], strides },
      );
      at += x.shape[axis];
    }
    return [hostArray(type, data)];
  },
  dynamicSlice: ([x, ...starts], _, [type]) => [
    picked(x, windowStart(x.shape, type.shape, starts), stridesOf(x.shape), type),
  ],
  dynamicUpdateSlice: ([x, update, ...starts], _, [type]) => {
    const data = x.data.slice();
    const start = windowStart(x.shape, update.shape, starts);
    copyBox(
      update.shape,
      { data: update.data, start: 0, strides: stridesOf(update.shape) },
      { data, start, strides: stridesOf(x.shape) },
    );
    return [hostArray(type, data)];
  },
  cumulativeSum: ([x], params, [type]) => [cumulative(x, params, type, 0, (total, next) => total + next)],
  cumulativeProd: ([x], params, [type]) => [
    cumulative(x, params, type, 1, isFloat(x.dtype) ? (total, next) => total * next : Math.imul),
  ],
  // Math.max and Math.min give NaN for NaN, and put -0 below 0.
  cumulativeMax: ([x], params, types) => cumulativeExtreme(x, params, types, Math.max),
  cumulativeMin: ([x], params, types) => cumulativeExtreme(x, params, types, Math.min),
} satisfies KernelTable<NamesOf<'movement'>>;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);

/** A result from its type and its elements, which were allocated for that type. */
export const hostArray = ({ dtype, shape }: FixedType, data: TypedArray): HostArray =>
  new HostArray(dtype, shape, data);

function constant(value: ConstantValue, type: FixedType): HostArray {
  if (typeof value !== 'number') return value.dtype === type.dtype ? value : convertHost(value, type.dtype);
  const element = type.dtype === 'bool' ? Number(value !== 0) : value;
  return hostArray(type, allocate(type.dtype, countOf(type.shape)).fill(element));
}

function iota(axis: number, type: FixedType): HostArray {
  const data = allocate(type.dtype, countOf(type.shape));
  const [, size, inner] = aroundAxis(type.shape, axis);
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / inner) % size;
  return hostArray(type, data);
}

/** The elements that lie at `start` and in strides from there, in the order of the result. */
function picked(x: HostArray, start: number, strides: readonly number[], type: FixedType): HostArray {
  const data = allocate(type.dtype, countOf(type.shape));
  copyBox(type.shape, { data: x.data, start, strides }, { data, start: 0, strides: stridesOf(type.shape) });
  return hostArray(type, data);
}

/** Writes x where padding leaves it: element i of an axis lands at low + i·(interior + 1), if that is inside. */
export function placePadded(
  x: HostArray,
  padding: Pairs,
  interior: readonly number[],
  shape: readonly number[],
  data: TypedArray,
): void {
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const step = interior.map((count) => count + 1);
  const low = padding.map(([before]) => fixed(before));
  const first = low.map((before, axis) => Math.max(0, Math.ceil(-before / step[axis])));
  const end = low.map((before, axis) =>
    Math.min(x.shape[axis], Math.ceil((shape[axis] - before) / step[axis])),
  );
  copyBox(
    first.map((begin, axis) => Math.max(end[axis] - begin, 0)),
    { data: x.data, start: sum(first.map((begin, axis) => begin * from[axis])), strides: from },
    {
      data,
      start: sum(first.map((begin, axis) => (low[axis] + begin * step[axis]) * to[axis])),
      strides: to.map((stride, axis) => stride * step[axis]),
    },
  );
}

/** Offset of a window whose start is moved inwards where it would stick out. */
function windowStart(
  shape: readonly number[],
  sizes: readonly number[],
  starts: readonly HostArray[],
): number {
  const strides = stridesOf(shape);
  const inside = (start: number, axis: number) => Math.min(Math.max(start, 0), shape[axis] - sizes[axis]);
  return sum(starts.map((start, axis) => inside(start.data[0], axis) * strides[axis]));
}

/** Running totals in double precision, or in integers modulo 2³², rounded on the way into the result. */
function cumulative(
  x: HostArray,
  {
    axis,
    exclusive,
    reverse,
  }: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  type: FixedType,
  identity: number,
  combine: (total: number, next: number) => number,
): HostArray {
  const data = allocate(type.dtype, x.size);
  const wrap = isFloat(x.dtype) ? (total: number) => total : (total: number) => total | 0;
  eachLine(x.shape, axis, reverse, (at, step, size) => {
    let total = identity;
    for (let i = 0; i < size; i++, at += step) {
      const before = total;
      total = wrap(combine(total, x.data[at]));
      data[at] = exclusive ? before : total;
    }
  });
  return hostArray(type, data);
}

/** Running extremes, and where along the axis each was met first: a position moves only when the value changes. */
function cumulativeExtreme(
  x: HostArray,
  { axis, reverse }: { readonly axis: number; readonly reverse: boolean },
  [type, positionType]: readonly FixedType[],
  extreme: (best: number, next: number) => number,
): HostArray[] {
  const data = allocate(type.dtype, x.size);
  const positions = new Int32Array(x.size);
  eachLine(x.shape, axis, reverse, (at, step, size) => {
    let best = x.data[at];
    let position = reverse ? size - 1 : 0;
    for (let i = 0; i < size; i++, at += step) {
      const next = extreme(best, x.data[at]);
      // 0 and -0 are equal here: the value is the extreme, the position the first.
      if (next !== best && !Number.isNaN(best)) position = reverse ? size - 1 - i : i;
      best = next;
      data[at] = best;
      positions[at] = position;
    }
  });
  return [hostArray(type, data), hostArray(positionType, positions)];
}

/** Calls `line` for every line along an axis: the offset where it starts, forwards or from the end, its step and size. */
function eachLine(
  shape: readonly number[],
  axis: number,
  reverse: boolean,
  line: (start: number, step: number, size: number) => void,
): void {
  const [outer, size, inner] = aroundAxis(shape, axis);
  if (size === 0) return;
  const first = reverse ? (size - 1) * inner : 0;
  for (let row = 0; row < outer; row++)
    for (let column = 0; column < inner; column++)
      line(row * size * inner + column + first, reverse ? -inner : inner, size);
}
