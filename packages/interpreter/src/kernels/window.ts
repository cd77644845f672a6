/**
 * Reductions over sliding windows. One pass per tap (a place within the window): all outputs whose tap lies inside the
 * operand form a box, and rows of that box are folded. Padding is never touched, so it counts as the identity.
 */
import {
  countOf,
  fixed,
  type NamesOf,
  type PrimitiveParams,
  stridesOf,
  type TypedArray,
} from '@cotangent/graph';
import type { FixedType, Kernel, KernelTable } from '../kernel.ts';
import { coalesce, eachRow, type Walk } from '../layout.ts';
import { emptyTotals, finished, type Reduction, reductions } from './fold.ts';
import { hostArray } from './movement.ts';

const reduceWindow =
  (reduction: Reduction): Kernel<'reduceWindowSum'> =>
  ([x], params, [type]) => {
    const totals = emptyTotals(type, reduction);
    const fold = reduction.fold(x.dtype);
    eachTap(params, x.shape, type.shape, (walk, fromStart, toStart) => {
      const last = walk.sizes.length - 1;
      const [count, step, totalStep] = [walk.sizes[last], walk.from[last], walk.to[last]];
      eachRow(walk, fromStart, toStart, (from, at) => fold(totals, at, totalStep, x.data, from, step, count));
    });
    return [finished(totals, type)];
  };

const reduceWindowArgument =
  (reduction: Reduction, keepBest: KeepBest): Kernel<'reduceWindowArgMax'> =>
  ([x], params, [type, positionType]) => {
    const best = emptyTotals(type, reduction);
    const positions = new Int32Array(countOf(type.shape)).fill(-1);
    eachTap(params, x.shape, type.shape, (walk, fromStart, toStart) => {
      const last = walk.sizes.length - 1;
      const [count, step, bestStep] = [walk.sizes[last], walk.from[last], walk.to[last]];
      eachRow(walk, fromStart, toStart, (from, at) =>
        keepBest(best, positions, at, bestStep, x.data, from, step, count),
      );
    });
    return [finished(best, type), hostArray(positionType, positions)];
  };

/** Replaces the best of each window by a better element, and its position: as `Fold`, with positions beside. */
type KeepBest = (
  best: TypedArray,
  positions: Int32Array,
  at: number,
  bestStep: number,
  x: TypedArray,
  from: number,
  step: number,
  count: number,
) => void;

// Taps come in row-major order, so the first of equals stays. NaN wins over numbers, and the first NaN stays.
const keepLargest: KeepBest = (best, positions, at, bestStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += bestStep, from += step) {
    const next = x[from];
    const held = best[at];
    if (next <= held && positions[at] >= 0) {
      // Of 0 and -0 the value is the extreme, the position the first.
      if (next === 0 && held === 0) best[at] = Math.max(next, held);
      continue;
    }
    if (Number.isNaN(held)) continue;
    best[at] = next;
    positions[at] = from;
  }
};
const keepSmallest: KeepBest = (best, positions, at, bestStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += bestStep, from += step) {
    const next = x[from];
    const held = best[at];
    if (next >= held && positions[at] >= 0) {
      // Of 0 and -0 the value is the extreme, the position the first.
      if (next === 0 && held === 0) best[at] = Math.min(next, held);
      continue;
    }
    if (Number.isNaN(held)) continue;
    best[at] = next;
    positions[at] = from;
  }
};

export const windowKernels = {
  reduceWindowSum: reduceWindow(reductions.sum),
  reduceWindowMax: reduceWindow(reductions.max),
  reduceWindowMin: reduceWindow(reductions.min),
  reduceWindowArgMax: reduceWindowArgument(reductions.max, keepLargest),
  reduceWindowArgMin: reduceWindowArgument(reductions.min, keepSmallest),
} satisfies KernelTable<NamesOf<'window'>>;

/** Output o of an axis sees operand position o·stride + tap·dilation − low; the outputs for which that is inside. */
function eachTap(
  { window, strides, padding, dilation }: PrimitiveParams<'reduceWindowSum'>,
  shape: FixedType['shape'],
  outShape: FixedType['shape'],
  visit: (walk: Walk, fromStart: number, toStart: number) => void,
): void {
  const [from, to] = [stridesOf(shape), stridesOf(outShape)];
  const low = padding.map(([before]) => fixed(before));
  const tap = window.map(() => 0);
  for (let axis = 0; axis >= 0; ) {
    const shift = tap.map((place, i) => place * dilation[i] - low[i]);
    const first = shift.map((by, i) => Math.max(0, Math.ceil(-by / strides[i])));
    const end = shift.map((by, i) => Math.min(outShape[i], Math.floor((shape[i] - 1 - by) / strides[i]) + 1));
    const sizes = first.map((begin, i) => Math.max(0, end[i] - begin));
    const walk = coalesce(
      sizes,
      from.map((stride, i) => stride * strides[i]),
      to,
    );
    const start = (offsets: readonly number[], stride: readonly number[]) =>
      offsets.reduce((total, offset, i) => total + offset * stride[i], 0);
    visit(
      walk,
      start(
        first.map((begin, i) => begin * strides[i] + shift[i]),
        from,
      ),
      start(first, to),
    );
    for (axis = window.length - 1; axis >= 0 && ++tap[axis] === window[axis]; axis--) tap[axis] = 0;
  }
}
