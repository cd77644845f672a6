/** Views: where the elements of a result lie in the operand, for primitives that only choose and order elements. */
import {
  fixed,
  isNodeOf,
  type Node,
  type PrimitiveName,
  paramsOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import { addAffine, constantPlace, scaleAffine, shifted } from '../loops/build.ts';
import type { Affine } from '../loops/ir.ts';
import { roles } from './roles.ts';

/** Elements of another tensor that lie evenly: element [i…] at start + Σ iₖ · strideₖ. */
export interface Strided {
  readonly start: number;
  readonly strides: readonly number[];
}

export const contiguous = (shape: readonly number[]): Strided => ({ start: 0, strides: stridesOf(shape) });

/** How elements of a result lie among those of the operand, whose own lie evenly; nothing if they do not lie evenly. */
export function stridedView(node: Node, operand: Strided, index = 0): Strided | undefined {
  const from = sizesOf(node.inputs[index]!);
  const to = sizesOf(node.outputs[index]!);
  if (isNodeOf(node, 'broadcastInDim')) {
    const strides = to.map(() => 0);
    paramsOf<'broadcastInDim'>(node).axes.forEach((axis, i) => {
      if (from[i] !== 1) strides[axis] = operand.strides[i]!;
    });
    return { start: operand.start, strides };
  }
  if (isNodeOf(node, 'transpose'))
    return {
      start: operand.start,
      strides: paramsOf<'transpose'>(node).permutation.map((axis) => operand.strides[axis]!),
    };
  if (isNodeOf(node, 'reverse')) {
    const { axes } = paramsOf<'reverse'>(node);
    return {
      start: axes.reduce(
        (sum, axis) => sum + Math.max(from[axis]! - 1, 0) * operand.strides[axis]!,
        operand.start,
      ),
      strides: operand.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    };
  }
  if (isNodeOf(node, 'slice')) {
    const { start, strides } = paramsOf<'slice'>(node);
    return {
      start: start.reduce<number>(
        (sum, first, axis) => sum + fixed(first) * operand.strides[axis]!,
        operand.start,
      ),
      strides: operand.strides.map((stride, axis) => stride * strides[axis]!),
    };
  }
  return reshaped(from, to, operand);
}

/** Coordinates in the operand of an element of the result; nothing if they are not affine. */
export function operandCoordinates(
  node: Node,
  coordinates: readonly Affine[],
): readonly Affine[] | undefined {
  const from = sizesOf(node.inputs[0]!);
  if (isNodeOf(node, 'broadcastInDim')) {
    const { axes } = paramsOf<'broadcastInDim'>(node);
    return axes.map((axis, i) => (from[i] === 1 ? constantPlace(0) : coordinates[axis]!));
  }
  if (isNodeOf(node, 'transpose')) {
    const found = from.map(() => constantPlace(0));
    paramsOf<'transpose'>(node).permutation.forEach((axis, i) => {
      found[axis] = coordinates[i]!;
    });
    return found;
  }
  if (isNodeOf(node, 'reverse')) {
    const { axes } = paramsOf<'reverse'>(node);
    return coordinates.map((at, axis) =>
      axes.includes(axis) ? shifted(scaleAffine(at, -1), from[axis]! - 1) : at,
    );
  }
  if (isNodeOf(node, 'slice')) {
    const { start, strides } = paramsOf<'slice'>(node);
    return coordinates.map((at, axis) => shifted(scaleAffine(at, strides[axis]!), fixed(start[axis]!)));
  }
  if (!isNodeOf(node, 'reshape')) return coordinates;
  const groups = groupsOf(from, sizesOf(node.outputs[0]!));
  if (groups === undefined) return from.map(() => constantPlace(0));
  const found = from.map(() => constantPlace(0));
  for (const { from: own, to } of groups) {
    if (own.axes.length > 1) return undefined;
    if (own.axes.length === 1)
      found[own.axes[0]!] = to.axes.reduce(
        (sum, axis, i) => addAffine(sum, scaleAffine(coordinates[axis]!, to.steps[i]!)),
        constantPlace(0),
      );
  }
  return found;
}

/** Whether coordinates in the operand are affine in those of the result, whatever they are. */
export const isAffineView = (node: Node): boolean =>
  roles[node.op as PrimitiveName] === 'view' ||
  operandCoordinates(
    node,
    sizesOf(node.outputs[0]!).map(() => constantPlace(0)),
  ) !== undefined;

interface Group {
  readonly from: Axes;
  readonly to: Axes;
}
interface Axes {
  /** Axes of more than one entry. */
  readonly axes: readonly number[];
  /** Steps along them in the row-major order of the group. */
  readonly steps: readonly number[];
}

/** Runs of axes on both sides of a reshape that hold the same elements; nothing for empty arrays. */
function groupsOf(from: readonly number[], to: readonly number[]): Group[] | undefined {
  if (from.includes(0)) return undefined;
  const groups: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [left, right]: [number[], number[]] = [[], []];
    let [leftSize, rightSize] = [1, 1];
    do {
      if (j >= to.length || (i < from.length && leftSize <= rightSize)) {
        leftSize *= from[i]!;
        left.push(i++);
      } else {
        rightSize *= to[j]!;
        right.push(j++);
      }
    } while (leftSize !== rightSize);
    groups.push({ from: axesOf(left, from), to: axesOf(right, to) });
  }
  return groups;
}

function axesOf(axes: readonly number[], shape: readonly number[]): Axes {
  const long = axes.filter((axis) => shape[axis] !== 1);
  const strides = stridesOf(long.map((axis) => shape[axis]!));
  return { axes: long, steps: strides };
}

function reshaped(
  from: readonly number[],
  to: readonly number[],
  { start, strides }: Strided,
): Strided | undefined {
  const groups = groupsOf(from, to);
  if (groups === undefined) return contiguous(to);
  const found = to.map(() => 0);
  for (const group of groups) {
    const own = group.from.axes;
    const even = own.every(
      (axis, i) => i === own.length - 1 || strides[axis] === strides[own[i + 1]!]! * from[own[i + 1]!]!,
    );
    if (!even) return undefined;
    const least = own.length === 0 ? 0 : strides[own.at(-1)!]!;
    group.to.axes.forEach((axis, i) => {
      found[axis] = group.to.steps[i]! * least;
    });
  }
  return { start, strides: found };
}
