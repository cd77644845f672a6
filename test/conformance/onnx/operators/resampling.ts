/**
 * Resize: along each axis a result is a weighted sum of neighbours. The weights depend on sizes alone, so that an axis is
 * resampled by a product with a constant matrix.
 */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Call, numbersOf, type Operators, sizesOf } from './operator.ts';

interface Axis {
  readonly size: number;
  readonly newSize: number;
  readonly scale: number;
}

/** Where the i-th result lies in the input. */
const places: Readonly<Record<string, (i: number, axis: Axis) => number>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, { scale, newSize }) => (newSize > 1 ? (i + 0.5) / scale - 0.5 : 0),
  tf_half_pixel_for_nn: (i, { scale }) => (i + 0.5) / scale,
  align_corners: (i, { size, newSize }) => (newSize > 1 ? (i * (size - 1)) / (newSize - 1) : 0),
  asymmetric: (i, { scale }) => i / scale,
};

const roundings: Readonly<Record<string, (place: number) => number>> = {
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Keys 1981: a piecewise cubic through the neighbours, by the distance from them. */
function cubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d >= 2) return 0;
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

/** Neighbours of a place, each with its weight. */
function neighbours(call: Call, place: number): readonly (readonly [number, number])[] {
  const mode = call.text('mode') ?? 'nearest';
  if (mode === 'nearest') return [[roundings[call.text('nearest_mode') ?? 'round_prefer_floor'](place), 1]];
  const below = Math.floor(place);
  const share = place - below;
  if (mode === 'linear')
    return [
      [below, 1 - share],
      [below + 1, share],
    ];
  const a = call.number('cubic_coeff_a') ?? -0.75;
  return [-1, 0, 1, 2].map((offset) => [below + offset, cubic(share - offset, a)] as const);
}

/** Outside the border counts, or nothing: then the rest of the weights is scaled up to 1. */
function weightsOf(call: Call, axis: Axis, i: number): readonly number[] {
  const place = places[call.text('coordinate_transformation_mode') ?? 'half_pixel'](i, axis);
  const weights = Array<number>(axis.size).fill(0);
  const withoutOutside = call.flag('exclude_outside');
  for (const [at, weight] of neighbours(call, place)) {
    const inside = Math.min(Math.max(at, 0), axis.size - 1);
    if (at === inside || !withoutOutside) weights[inside] += weight;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return withoutOutside ? weights.map((weight) => weight / total) : weights;
}

function resampleAxis(call: Call, x: AnyTensor, at: number, axis: Axis): AnyTensor {
  const matrix = Array.from({ length: axis.newSize }, (_, i) => weightsOf(call, axis, i));
  const moved = ops.moveAxis(x, at, -1);
  return ops.moveAxis(ops.matmul(moved, ops.transpose(ops.constantOfArray(matrix, x.dtype))), -1, at);
}

/** The new sizes are given, or their ratios to the old ones. */
function resize(
  call: Call,
  x: AnyTensor,
  _region: AnyTensor | undefined,
  scales: AnyTensor | undefined,
  sizes?: AnyTensor,
): AnyTensor {
  const ratios = scales === undefined ? [] : numbersOf(scales);
  const wanted = sizes === undefined ? [] : numbersOf(sizes);
  return sizesOf(x).reduce((y, size, at) => {
    const newSize = wanted.length > 0 ? wanted[at] : Math.floor(size * ratios[at]);
    const scale = wanted.length > 0 ? newSize / size : ratios[at];
    return newSize === size && scale === 1 ? y : resampleAxis(call, y, at, { size, newSize, scale });
  }, x);
}

export const resampling: Operators = { Resize: resize };
