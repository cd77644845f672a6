/** Picking and placing by index, and order. Negative indices are not special: an index outside is an error at run time. */
import { mulDims } from '../dim.ts';
import type { Nested } from '../host-array.ts';
import { type AnyTensor, apply1, applyForUser, fail } from '../node.ts';
import { formatShape } from '../shape.ts';
import { cast, equal } from './elementwise.ts';
import { axisOf, expandDims, iota, moveAxis, reshape } from './movement.ts';
import { broadcastTo, constantOfArray } from './operands.ts';

const asIndices = (indices: AnyTensor | Nested): AnyTensor =>
  typeof indices === 'object' && 'node' in indices ? indices : constantOfArray(indices as Nested, 'i32');

/** Entries along an axis at given positions; the axes of `indices` take the axis' place. */
export function take(x: AnyTensor, indices: AnyTensor | Nested, axis: number | string = 0): AnyTensor {
  const at = axisOf(x, axis);
  const points = asIndices(indices);
  const front = apply1('gather', [x, expandDims(points, -1)], { axes: [at], batchAxes: 0 });
  if (at === 0) return front;
  const count = points.shape.length;
  const order = front.shape.map((_, i) => (i < at ? count + i : i < at + count ? i - at : i));
  return apply1('transpose', [front], { permutation: order });
}

/** Runs with the given axis last and all others as batch axes; then puts the axis back. */
function alongLast(
  operands: readonly AnyTensor[],
  axis: number,
  body: (moved: AnyTensor[]) => AnyTensor,
): AnyTensor {
  return moveAxis(body(operands.map((x) => moveAxis(x, axis, -1))), -1, axis);
}

/** For each place of `indices` the entry of x at that position along the axis; other axes run together. */
export function takeAlongAxis(x: AnyTensor, indices: AnyTensor, axis: number | string = -1): AnyTensor {
  const at = axisOf(x, axis);
  if (indices.shape.length !== x.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `takeAlongAxis needs indices of the rank of ${formatShape(x.shape)}, not ${formatShape(indices.shape)}`,
    );
  const batch = x.shape.length - 1;
  return alongLast([x, indices], at, ([values, points]) =>
    apply1('gather', [values!, expandDims(points!, -1)], { axes: [batch], batchAxes: batch }),
  );
}

/** The transpose of `takeAlongAxis`: adds updates at positions along the axis. */
export function scatterAddAlongAxis(
  x: AnyTensor,
  indices: AnyTensor,
  updates: AnyTensor,
  axis: number | string = -1,
): AnyTensor {
  const at = axisOf(x, axis);
  const batch = x.shape.length - 1;
  return alongLast([x, indices, updates], at, ([values, points, added]) =>
    apply1('scatterAdd', [values!, expandDims(points!, -1), added!], { axes: [batch], batchAxes: batch }),
  );
}

/** Entries at coordinates: the last axis of `indices` holds one coordinate for each of the first axes of x. */
export function gatherAt(x: AnyTensor, indices: AnyTensor): AnyTensor {
  const count = indices.shape.at(-1);
  if (typeof count !== 'number' || count > x.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `coordinates ${formatShape(indices.shape)} do not fit ${formatShape(x.shape)}`,
    );
  return apply1('gather', [x, indices], {
    axes: Array.from({ length: count }, (_, axis) => axis),
    batchAxes: 0,
  });
}

const scatterAt =
  (op: 'scatterAdd' | 'scatterSet') =>
  (x: AnyTensor, indices: AnyTensor, updates: AnyTensor): AnyTensor => {
    const axes = Array.from({ length: Number(indices.shape.at(-1)) }, (_, axis) => axis);
    return apply1(op, [x, indices, updates], { axes, batchAxes: 0 });
  };
/** Adds updates at coordinates. */
export const scatterAdd = scatterAt('scatterAdd');
/** Writes updates at coordinates; the last one in row-major order wins. */
export const scatterSet = scatterAt('scatterSet');

/** 1 at the position of each class number, 0 elsewhere, along a new last axis. */
export function oneHot(indices: AnyTensor, classes: number, dtype: 'f32' | 'f64' | 'i32' = 'f32'): AnyTensor {
  const shape = [...indices.shape, classes];
  const wide = broadcastTo(expandDims(indices, -1), shape);
  return cast(equal(wide, iota(shape, shape.length - 1, indices.dtype === 'u32' ? 'u32' : 'i32')), dtype);
}

export interface SortOptions {
  readonly descending?: boolean;
}

/** Sorted along an axis, stably; NaN comes last. */
export const sort = (x: AnyTensor, axis: number | string = -1, options: SortOptions = {}): AnyTensor =>
  apply1('sort', [x], { axis: axisOf(x, axis), keys: 1, descending: options.descending ?? false });

/** The positions that sort x along an axis. */
export function argsort(x: AnyTensor, axis: number | string = -1, options: SortOptions = {}): AnyTensor {
  const at = axisOf(x, axis);
  return applyForUser('sort', [x, iota(x.shape, at)], {
    axis: at,
    keys: 1,
    descending: options.descending ?? false,
  })[1]!;
}

/** The k largest along the last axis and their positions. */
export const topK = (x: AnyTensor, k: number): readonly AnyTensor[] => applyForUser('topK', [x], { k });

/** Rows of a table [count, features] for class or word numbers of any shape. */
export const lookUp = (table: AnyTensor, indices: AnyTensor): AnyTensor => take(table, indices, 0);

/** All elements in row-major order along one axis. */
export const flat = (x: AnyTensor): AnyTensor => reshape(x, [x.shape.reduce(mulDims, 1)]);
