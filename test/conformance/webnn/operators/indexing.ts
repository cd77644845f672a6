/** Gathering and scattering. WebNN counts negative indices from the end and clamps what lies outside; we do neither. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Operators, sizesOf, type Unary } from './operator.ts';

interface Indexed extends Unary {
  readonly indices: AnyTensor;
}
interface AxisOption {
  readonly axis?: number;
}

/** Indices as i32, counted from the start, inside of `limits` (one for all, or one per coordinate). */
function inside(indices: AnyTensor, limits: number | readonly number[]): AnyTensor {
  const whole = ops.cast(indices, 'i32');
  const limit = ops.broadcastTo(ops.constantOfArray(limits, 'i32'), whole.shape);
  const fromStart = ops.where(ops.less(whole, 0), ops.add(whole, limit), whole);
  return ops.clamp(fromStart, 0, ops.sub(limit, 1));
}

/** The part of a tensor that indices along an axis can reach: elsewhere they may be fewer. */
const reached = (x: AnyTensor, indices: AnyTensor, axis: number): AnyTensor =>
  sizesOf(indices).reduce<AnyTensor>((y, size, i) => (i === axis ? y : ops.slice(y, i, 0, size)), x);

/** Coordinates of entries whose position along one axis is given; along the others it is their own. */
const coordinates = (indices: AnyTensor, axis: number): AnyTensor =>
  ops.stack(
    indices.shape.map((_, i) => (i === axis ? indices : ops.iota(indices.shape, i))),
    -1,
  );

/** Limits of the coordinates in the last axis of `indices`. */
const limitsFor = (x: AnyTensor, indices: AnyTensor): readonly number[] =>
  sizesOf(x).slice(0, Number(indices.shape.at(-1)));

export const indexing: Operators = {
  gather: ({ input, indices }: Indexed, { axis = 0 }: AxisOption) =>
    ops.take(input, inside(indices, sizesOf(input)[axis]), axis),
  gatherElements: ({ input, indices }: Indexed, { axis = 0 }: AxisOption) =>
    ops.takeAlongAxis(reached(input, indices, axis), inside(indices, sizesOf(input)[axis]), axis),
  gatherND: ({ input, indices }: Indexed) => ops.gatherAt(input, inside(indices, limitsFor(input, indices))),
  scatterElements: (
    { input, indices, updates }: Indexed & { updates: AnyTensor },
    { axis = 0 }: AxisOption,
  ) => ops.scatterSet(input, coordinates(inside(indices, sizesOf(input)[axis]), axis), updates),
  scatterND: ({ input, indices, updates }: Indexed & { updates: AnyTensor }) =>
    ops.scatterSet(input, inside(indices, limitsFor(input, indices)), updates),
};
