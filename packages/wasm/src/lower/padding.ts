/** Padding: a box filled with a value, and elements at their places in it; what lands outside is cut off. */
import { countOf } from '@cotangent/graph';
import { assign, placeOf, scaleAffine, shifted, store } from '../loops/build.ts';
import type { Affine, Kernel, Statement, Value, Variable } from '../loops/ir.ts';
import type { Source } from './expressions.ts';
import { axesOf, nestKernel, type Target } from './nest.ts';

export interface Padding {
  readonly name: string;
  /** Sizes before and after. */
  readonly shape: readonly number[];
  readonly padded: readonly number[];
  readonly low: readonly number[];
  readonly interior: readonly number[];
  readonly to: Source;
  readonly around: readonly Variable[];
  readonly filling: Value;
  /** Writes the element at some coordinates to its place. */
  move(own: readonly Affine[], landed: readonly Affine[]): Statement;
}

/** Element i of an axis lands at low + i·(interior + 1), if that is inside. */
export function padKernels(spec: Padding, target: Target): Kernel[] {
  const { name, shape, padded, low, interior, to, around, filling, move } = spec;
  const size = countOf(padded);
  const step = interior.map((count) => count + 1);
  const first = low.map((before, axis) => Math.max(0, Math.ceil(-before / step[axis]!)));
  const end = low.map((before, axis) =>
    Math.min(shape[axis]!, Math.ceil((padded[axis]! - before) / step[axis]!)),
  );
  const counts = first.map((begin, axis) => Math.max(end[axis]! - begin, 0));
  const kernels: Kernel[] = [];
  if (size > 0 && !counts.every((count, axis) => count === padded[axis])) {
    const { axes, coordinates } = axesOf(padded);
    const fill = assign(store(to.buffer, placeOf(coordinates, to.strides, to.start), filling));
    kernels.push(nestKernel(`${name}.fill`, axes, [fill], around, { flops: 0, bytes: 4 * size }, target));
  }
  if (counts.includes(0)) return kernels;
  const { axes, coordinates } = axesOf(counts);
  const own = coordinates.map((at, axis) => shifted(at, first[axis]!));
  const landed = own.map((at, axis) => shifted(scaleAffine(at, step[axis]!), low[axis]!));
  const cost = { flops: 0, bytes: 8 * countOf(counts) };
  kernels.push(nestKernel(name, axes, [move(own, landed)], around, cost, target));
  return kernels;
}
