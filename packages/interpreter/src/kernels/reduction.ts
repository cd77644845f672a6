/** Reductions: axes that disappear. */
import { type HostArray, type NamesOf, stridesOf } from '@cotangent/graph';
import type { Kernel, KernelTable } from '../kernel.ts';
import { aroundAxis, coalesce, eachRow } from '../layout.ts';
import { emptyTotals, finished, type Reduction, reductions } from './fold.ts';
import { hostArray } from './movement.ts';

/** Every row of the operand goes into the totals it belongs to: reduced axes have stride 0 there. */
const reduce =
  (reduction: Reduction): Kernel<'reduceSum'> =>
  ([x], { axes }, [type]) => {
    const totals = emptyTotals(type, reduction);
    const strides = stridesOf(type.shape);
    let kept = 0;
    const to = x.shape.map((_, axis) => (axes.includes(axis) ? 0 : strides[kept++]));
    const walk = coalesce(x.shape, stridesOf(x.shape), to);
    const last = walk.sizes.length - 1;
    const [count, step, totalStep] = [walk.sizes[last], walk.from[last], walk.to[last]];
    const fold = reduction.fold(x.dtype);
    eachRow(walk, 0, 0, (from, at) => fold(totals, at, totalStep, x.data, from, step, count));
    return [finished(totals, type)];
  };

export const reductionKernels = {
  reduceSum: reduce(reductions.sum),
  reduceProd: reduce(reductions.product),
  reduceMax: reduce(reductions.max),
  reduceMin: reduce(reductions.min),
  reduceAnd: reduce(reductions.and),
  reduceOr: reduce(reductions.or),
  argMax: ([x], { axis }, [type]) => [
    hostArray(
      type,
      positionsOf(x, axis, (next, best) => next > best),
    ),
  ],
  argMin: ([x], { axis }, [type]) => [
    hostArray(
      type,
      positionsOf(x, axis, (next, best) => next < best),
    ),
  ],
} satisfies KernelTable<NamesOf<'reduction'>>;

/** Position of the best entry along an axis: the first of equals, and the first NaN if there is one. */
function positionsOf(
  x: HostArray,
  axis: number,
  better: (next: number, best: number) => boolean,
): Int32Array {
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const positions = new Int32Array(outer * inner);
  for (let row = 0, at = 0; row < outer; row++) {
    for (let column = 0; column < inner; column++, at++) {
      const first = row * size * inner + column;
      let best = x.data[first];
      for (let i = 1; i < size && !Number.isNaN(best); i++) {
        const next = x.data[first + i * inner];
        if (!better(next, best) && !Number.isNaN(next)) continue;
        best = next;
        positions[at] = i;
      }
    }
  }
  return positions;
}
