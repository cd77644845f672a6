/** Padding: a box filled with a value, and elements at their places in it; what lands outside is cut off. */
import { assign, number, placeOf, scaleAffine, shifted, store, typeOf } from '../loops/build.ts';
import type { Kernel, Value, Variable } from '../loops/ir.ts';
import { loadFrom, type Source } from './expressions.ts';
import { axesOf, nestKernel, type Target } from './nest.ts';

export interface Padding {
  readonly name: string;
  readonly from: Source;
  readonly shape: readonly number[];
  readonly to: Source;
  readonly padded: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly interior: readonly number[];
  readonly around: readonly Variable[];
  /** By default 0. */
  readonly filling?: Value;
}

/** Element i of an axis lands at low + i·(interior + 1), if that is inside. */
export function padKernels(spec: Padding, target: Target): Kernel[] {
  const { name, from, shape, to, padded, padding, interior, around } = spec;
  const filling = spec.filling ?? number(typeOf(to.buffer.dtype), 0);
  const size = padded.reduce((product, count) => product * count, 1);
  const step = interior.map((count) => count + 1);
  const first = padding.map(([low], axis) => Math.max(0, Math.ceil(-low / step[axis]!)));
  const end = padding.map(([low], axis) =>
    Math.min(shape[axis]!, Math.ceil((padded[axis]! - low) / step[axis]!)),
  );
  const counts = first.map((begin, axis) => Math.max(end[axis]! - begin, 0));
  const kernels: Kernel[] = [];
  const covered = counts.every((count, axis) => count === padded[axis]);
  if (!covered && size > 0) {
    const { axes, coordinates } = axesOf(padded);
    const body = assign(store(to.buffer, placeOf(coordinates, to.strides, to.start), filling));
    kernels.push(nestKernel(`${name}.fill`, axes, [body], around, { flops: 0, bytes: 4 * size }, target));
  }
  const moved = counts.reduce((product, count) => product * count, 1);
  if (moved > 0) {
    const { axes, coordinates } = axesOf(counts);
    const value = loadFrom(
      from,
      coordinates.map((at, axis) => shifted(at, first[axis]!)),
    );
    const landed = coordinates.map((at, axis) =>
      shifted(scaleAffine(shifted(at, first[axis]!), step[axis]!), padding[axis]![0]),
    );
    const body = assign(store(to.buffer, placeOf(landed, to.strides, to.start), value));
    kernels.push(nestKernel(name, axes, [body], around, { flops: 0, bytes: 8 * moved }, target));
  }
  return kernels;
}
