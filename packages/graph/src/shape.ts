/** Shapes: lists of dims, how they print, and the little arithmetic that everything else needs. */
import { type Dim, exactQuotient, mulDims, namesIn } from './dim.ts';
import type { DType } from './dtype.ts';
import { CotangentError } from './errors.ts';

export type Shape = readonly Dim[];

/** What is known of a value before it is computed. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;
export const formatType = (type: ValueType): string => `${type.dtype}${formatShape(type.shape)}`;
export const sameShape = (a: Shape, b: Shape): boolean =>
  a === b || (a.length === b.length && a.every((dim, i) => dim === b[i]));
export const sameType = (a: ValueType, b: ValueType): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** The sizes of a graph that is specialized: nothing in it is a name any more. */
export const sizesOf = ({ shape }: { readonly shape: Shape }): readonly number[] =>
  shape as readonly number[];

/** Number of elements: a number, or a symbolic product. */
export const sizeOf = (shape: Shape): Dim => shape.reduce<Dim>((product, dim) => mulDims(product, dim), 1);

/** Number of elements of a shape that has no names left. */
export function countOf(shape: Shape): number {
  let count = 1;
  for (const dim of shape) count *= fixed(dim);
  return count;
}

/** The number behind a dim that must be known by now. */
export function fixed(dim: Dim): number {
  if (typeof dim === 'number') return dim;
  throw new CotangentError(
    'UNBOUND_DIMENSION',
    `the dimension '${dim}' has no size here: bind ${namesIn(dim).join(', ')} first`,
  );
}

/** Distance in elements between neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The error of an index that points outside of an axis; `place` is where it stands among the indices. */
export function indexOutOfRange(
  index: number,
  place: readonly number[],
  axis: number,
  shape: readonly number[],
): CotangentError {
  const where = place.length === 0 ? '' : ` at ${formatShape(place)} of the indices`;
  return new CotangentError(
    'INDEX_OUT_OF_RANGE',
    `index ${index}${where} is out of range for axis ${axis} of ${formatShape(shape)}, which has ${shape[axis]} entries`,
    { shapes: [formatShape(shape)] },
  );
}

/** The position of a row-major offset. */
export function positionOf(shape: readonly number[], offset: number): number[] {
  const position: number[] = [];
  for (let axis = shape.length - 1, rest = offset; axis >= 0; axis--) {
    position.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return position;
}

/** An axis by position (negative counts from the end) or by the name of its dimension, as a position. */
export function resolveAxis(shape: Shape, axis: number | string): number {
  if (typeof axis === 'string') {
    const found = shape.indexOf(axis);
    if (found < 0)
      throw new CotangentError(
        'AXIS_OUT_OF_RANGE',
        `${formatShape(shape)} has no dimension named '${axis}'`,
        { shapes: [formatShape(shape)] },
      );
    if (shape.lastIndexOf(axis) !== found)
      throw new CotangentError(
        'AXIS_OUT_OF_RANGE',
        `'${axis}' occurs twice in ${formatShape(shape)}: give the axis by position`,
        { shapes: [formatShape(shape)] },
      );
    return found;
  }
  const position = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || position < 0 || position >= shape.length)
    throw new CotangentError(
      'AXIS_OUT_OF_RANGE',
      `axis ${axis} is out of range for ${formatShape(shape)}, which has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'}`,
      { shapes: [formatShape(shape)] },
    );
  return position;
}

export type Axes = number | string | readonly (number | string)[];

/** Several axes as sorted positions without repetition; undefined means all. */
export function resolveAxes(shape: Shape, axes: Axes | undefined): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = (Array.isArray(axes) ? axes : [axes]).map((axis: number | string) => resolveAxis(shape, axis));
  if (new Set(list).size !== list.length)
    throw new CotangentError(
      'AXIS_OUT_OF_RANGE',
      `axes [${list.join(', ')}] of ${formatShape(shape)} name one axis twice`,
    );
  return list.sort((a, b) => a - b);
}

/** Fills in the one -1 of a reshape target. */
export function resolveReshape(from: Shape, to: Shape): Shape {
  const open = to.indexOf(-1);
  if (open < 0) return to;
  if (to.lastIndexOf(-1) !== open)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `cannot reshape ${formatShape(from)} to ${formatShape(to)}: at most one size of a shape is -1`,
      { shapes: [formatShape(from), formatShape(to)] },
    );
  const rest = sizeOf(to.filter((_, i) => i !== open));
  const dim = exactQuotient(sizeOf(from), rest);
  if (dim === undefined)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `cannot reshape ${formatShape(from)} to ${formatShape(to)}: ${sizeOf(from)} elements do not divide by ${rest}`,
      { shapes: [formatShape(from), formatShape(to)] },
    );
  return to.map((entry, i) => (i === open ? dim : entry));
}

/** The shape both operands of an elementwise operation are broadcast to; the same rule as in the types. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = rank - 1; i >= 0; i--) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `cannot broadcast ${formatShape(a)} with ${formatShape(b)}: ${left} and ${right} differ`,
        { shapes: [formatShape(a), formatShape(b)] },
      );
    result.unshift(left === 1 ? right : left);
  }
  return result;
}
