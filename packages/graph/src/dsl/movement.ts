/** Movement in the DSL: reshaping, transposing, slicing, padding, joining and splitting. */
import { addDims, type Dim, floorDivDim, mulDims, subDims, toDim } from '../dim.ts';
import { type AnyTensor, apply1, fail } from '../node.ts';
import {
  type Axes,
  formatShape,
  resolveAxes,
  resolveAxis,
  resolveReshape,
  type Shape,
  sameShape,
  sizeOf,
} from '../shape.ts';
import { equal, greaterEqual, where } from './elementwise.ts';
import { broadcastTo, sameDType, splat } from './operands.ts';

/** Runs shape logic and puts layer and line on its errors. */
const checked = <R>(body: () => R): R => {
  try {
    return body();
  } catch (error) {
    const { code, sentence, line } = error as { code?: 'SHAPE_MISMATCH'; sentence?: string; line?: string };
    throw code === undefined || line !== undefined ? error : fail(code, sentence!);
  }
};
export const axisOf = (x: AnyTensor, axis: number | string): number =>
  checked(() => resolveAxis(x.shape, axis));
export const axesOf = (x: AnyTensor, axes: Axes | undefined): number[] =>
  checked(() => resolveAxes(x.shape, axes));

/** -1 stands for the rest. */
export function reshape(x: AnyTensor, shape: readonly Dim[]): AnyTensor {
  const target = checked(() =>
    resolveReshape(
      x.shape,
      shape.map((dim) => (dim === -1 ? -1 : toDim(dim))),
    ),
  );
  return sameShape(target, x.shape) ? x : apply1('reshape', [x], { shape: target });
}

/** Everything from `startAxis` on becomes one axis. */
export function flatten(x: AnyTensor, startAxis: number | string = 1): AnyTensor {
  const start = x.shape.length === startAxis ? x.shape.length : axisOf(x, startAxis);
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start))]);
}

/** Result axis i is operand axis permutation[i]; without an argument the axes are reversed. */
export function transpose(x: AnyTensor, permutation?: readonly (number | string)[]): AnyTensor {
  const axes =
    permutation?.map((axis) => axisOf(x, axis)) ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  if (axes.length === x.shape.length && axes.every((axis, i) => axis === i)) return x;
  return apply1('transpose', [x], { permutation: axes });
}

export function swapAxes(x: AnyTensor, a: number | string, b: number | string): AnyTensor {
  const [first, second] = [axisOf(x, a), axisOf(x, b)];
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
  );
}

/** Moves one axis to another place; the others keep their order. */
export function moveAxis(x: AnyTensor, from: number | string, to: number): AnyTensor {
  const source = axisOf(x, from);
  const rest = x.shape.map((_, axis) => axis).filter((axis) => axis !== source);
  rest.splice(axisOf(x, to), 0, source);
  return transpose(x, rest);
}

/** A new axis of size 1. */
export function expandDims(x: AnyTensor, axis: number): AnyTensor {
  const rank = x.shape.length + 1;
  const position = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || position < 0 || position >= rank)
    throw fail('AXIS_OUT_OF_RANGE', `axis ${axis} is out of range for a result of ${rank} axes`);
  return reshape(x, [...x.shape.slice(0, position), 1, ...x.shape.slice(position)]);
}

/** Drops axes of size 1: the given ones, or all. */
export function squeeze(x: AnyTensor, axes?: Axes): AnyTensor {
  const dropped =
    axes === undefined ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : axesOf(x, axes);
  const wrong = dropped.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined)
    throw fail(
      'SHAPE_MISMATCH',
      `cannot squeeze axis ${wrong} of ${formatShape(x.shape)}: its size is ${x.shape[wrong]}`,
    );
  return reshape(
    x,
    x.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

/** An end that may count from the end of the axis. */
const position = (index: Dim, size: Dim): Dim =>
  typeof index === 'number' && index < 0 ? addDims(size, index) : index;

/** start ≤ index < end along one axis, in steps; negative positions count from the end. */
export function slice(x: AnyTensor, axis: number | string, start: Dim, end?: Dim, step = 1): AnyTensor {
  const at = axisOf(x, axis);
  const size = x.shape[at]!;
  const from = position(start, size);
  const to = end === undefined ? size : position(end, size);
  if (from === 0 && to === size && step === 1) return x;
  return apply1('slice', [x], {
    start: x.shape.map((_, i) => (i === at ? from : 0)),
    limit: x.shape.map((dim, i) => (i === at ? to : dim)),
    strides: x.shape.map((_, i) => (i === at ? step : 1)),
  });
}

/** One entry along an axis; the axis goes. */
export function index(x: AnyTensor, axis: number | string, at: number): AnyTensor {
  const along = axisOf(x, axis);
  const size = x.shape[along]!;
  const from = position(at, size);
  if (typeof size === 'number' && !(Number(from) >= 0 && Number(from) < size))
    throw fail('INDEX_OUT_OF_RANGE', `index ${at} is outside axis ${along} of ${formatShape(x.shape)}`);
  const row = slice(x, along, from, addDims(from, 1));
  return reshape(
    row,
    x.shape.filter((_, i) => i !== along),
  );
}

export function reverse(x: AnyTensor, axes?: Axes): AnyTensor {
  return apply1('reverse', [x], { axes: axesOf(x, axes) });
}

export type PadMode = 'constant' | 'reflect' | 'edge';

/** [before, after] per axis; mode 'constant' fills with `value`, 'reflect' mirrors without the border, 'edge' repeats it. */
export function pad(
  x: AnyTensor,
  padding: readonly (readonly [number, number])[],
  options: { readonly value?: number; readonly mode?: PadMode } = {},
): AnyTensor {
  const { mode = 'constant', value = 0 } = options;
  if (padding.length !== x.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `padding of ${formatShape(x.shape)} needs ${x.shape.length} [before, after] pairs, not ${padding.length}`,
    );
  if (mode === 'constant')
    return apply1('pad', [x, splat(value, [], x.dtype)], { padding, interior: padding.map(() => 0) });
  return padding.reduce((result, [before, after], axis) => {
    const size = result.shape[axis]!;
    const mirrored = (from: number, count: number): AnyTensor =>
      reverse(slice(result, axis, from, from + count), axis);
    const repeated = (from: Dim, count: number): AnyTensor => {
      const edge = slice(result, axis, from, addDims(from, 1));
      return broadcastTo(
        edge,
        edge.shape.map((dim, i) => (i === axis ? count : dim)),
      );
    };
    if (mode === 'reflect' && typeof size !== 'number')
      throw fail('UNBOUND_DIMENSION', `padding by reflection needs a known size, not '${size}'`);
    if (mode === 'reflect' && Math.max(before, after) >= Number(size))
      throw fail(
        'SHAPE_MISMATCH',
        `reflection of ${Math.max(before, after)} needs more than ${size} entries in axis ${axis}`,
      );
    const head = before === 0 ? [] : [mode === 'reflect' ? mirrored(1, before) : repeated(0, before)];
    const tail =
      after === 0
        ? []
        : [
            mode === 'reflect'
              ? mirrored(Number(size) - 1 - after, after)
              : repeated(subDims(size, 1), after),
          ];
    return concat([...head, result, ...tail], axis);
  }, x);
}

/** Joins along an existing axis. */
export function concat(parts: readonly AnyTensor[], axis: number | string): AnyTensor {
  if (parts.length === 0) throw fail('BAD_ARGUMENT', 'concat needs at least one tensor');
  if (parts.length === 1) return parts[0]!;
  for (const part of parts) sameDType(parts[0]!, part);
  return apply1('concatenate', parts, { axis: axisOf(parts[0]!, axis) });
}

/** Joins along a new axis. */
export function stack(parts: readonly AnyTensor[], axis = 0): AnyTensor {
  if (parts.length === 0) throw fail('BAD_ARGUMENT', 'stack needs at least one tensor');
  const other = parts.find((part) => !sameShape(part.shape, parts[0]!.shape));
  if (other !== undefined)
    throw fail(
      'SHAPE_MISMATCH',
      `cannot stack ${formatShape(parts[0]!.shape)} with ${formatShape(other.shape)}: the shapes differ`,
      [formatShape(parts[0]!.shape), formatShape(other.shape)],
    );
  const rank = parts[0]!.shape.length + 1;
  return concat(
    parts.map((part) => expandDims(part, axis)),
    axis < 0 ? axis + rank : axis,
  );
}

/** Cuts along an axis, into equal parts or parts of given sizes. */
export function split(
  x: AnyTensor,
  parts: number | readonly number[],
  axis: number | string = 0,
): AnyTensor[] {
  const at = axisOf(x, axis);
  const size = x.shape[at]!;
  if (typeof parts === 'number') {
    const each = typeof size === 'number' ? size / parts : undefined;
    if (each === undefined || !Number.isInteger(each))
      throw fail(
        'SHAPE_MISMATCH',
        `axis ${at} of ${formatShape(x.shape)} does not divide into ${parts} equal parts`,
      );
    return split(x, Array<number>(parts).fill(each), at);
  }
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (total !== size)
    throw fail(
      'SHAPE_MISMATCH',
      `parts [${parts.join(', ')}] add up to ${total}, but axis ${at} of ${formatShape(x.shape)} has ${size}`,
    );
  let from = 0;
  return parts.map((part) => slice(x, at, from, (from += part)));
}

/** Repeats the whole along each axis. */
export function tile(x: AnyTensor, repeats: readonly number[]): AnyTensor {
  if (repeats.length !== x.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `tile of ${formatShape(x.shape)} needs ${x.shape.length} repeats, not ${repeats.length}`,
    );
  const spread = x.shape.flatMap((size, axis) => [repeats[axis]!, size]);
  const wide = apply1('broadcastInDim', [x], { shape: spread, axes: x.shape.map((_, axis) => 2 * axis + 1) });
  return reshape(
    wide,
    x.shape.map((size, axis) => mulDims(size, repeats[axis]!)),
  );
}

/** Shifts along an axis; what leaves at one end enters at the other. */
export function roll(x: AnyTensor, shift: number, axis: number | string): AnyTensor {
  const at = axisOf(x, axis);
  const size = x.shape[at]!;
  if (typeof size !== 'number') throw fail('UNBOUND_DIMENSION', `roll needs a known size, not '${size}'`);
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  return by === 0 ? x : concat([slice(x, at, size - by), slice(x, at, 0, size - by)], at);
}

/** Sliding windows along an axis as a new last axis. */
export function unfold(x: AnyTensor, axis: number | string, size: number, step = 1): AnyTensor {
  const at = axisOf(x, axis);
  const count = addDims(floorDivDim(subDims(x.shape[at]!, size), step), 1);
  const offsets = Array.from({ length: size }, (_, offset) =>
    slice(x, at, offset, addDims(mulDims(subDims(count, 1), step), offset + 1), step),
  );
  return stack(offsets, -1);
}

/** 0, 1, 2, … along an axis of a shape. */
export const iota = (shape: Shape, axis: number, dtype: 'f32' | 'f64' | 'i32' | 'u32' = 'i32'): AnyTensor =>
  apply1('iota', [], { shape, axis, dtype });

/** Keeps the triangle below (tril) or above (triu) the k-th diagonal of the last two axes. */
const triangle =
  (keepLower: boolean) =>
  (x: AnyTensor, k = 0): AnyTensor => {
    const rank = x.shape.length;
    if (rank < 2) throw fail('SHAPE_MISMATCH', `a triangle needs two axes, not ${formatShape(x.shape)}`);
    const row = iota(x.shape, rank - 2);
    const column = iota(x.shape, rank - 1);
    const shifted = apply1('add', [row, splat(k, x.shape, 'i32')], {});
    return where(keepLower ? greaterEqual(shifted, column) : greaterEqual(column, shifted), x, 0);
  };
export const tril = triangle(true);
export const triu = triangle(false);

/** The diagonal of two axes of equal size; it becomes the last axis. */
export function diagonal(x: AnyTensor, axis1: number | string = -2, axis2: number | string = -1): AnyTensor {
  const [first, second] = [axisOf(x, axis1), axisOf(x, axis2)];
  if (x.shape[first] !== x.shape[second])
    throw fail(
      'SHAPE_MISMATCH',
      `a diagonal needs equal sizes, not ${x.shape[first]} and ${x.shape[second]}`,
    );
  const onDiagonal = equal(iota(x.shape, first), iota(x.shape, second));
  const kept = apply1('reduceSum', [where(onDiagonal, x, 0)], { axes: [second] });
  return moveAxis(kept, first > second ? first - 1 : first, -1);
}
