/**
 * Derivatives of reductions. Ties of max and min share the derivative equally. The derivative of a product is made of
 * exclusive products from both ends, never of a division.
 */
import { type AnyTensor, apply1, type NamesOf, sizeOf } from '@cotangent/graph';
import { cast, cumprod, div, equal, mul, mulNoNan, reshape, sum, transpose } from '@cotangent/graph/ops';
import { type JvpRule, type JvpTable, type TransposeTable, zero } from '../tangent.ts';
import { flat, linear } from './forms.ts';

/** Mean of the tangents at the places of the extreme. A NaN has no place: it is the mean of nothing, NaN for every entry. */
const extreme: JvpRule<'reduceMax' | 'reduceMin'> = (
  [dx],
  { inputs: [x], outputs: [y], params: { axes } },
) => {
  // The extreme of nothing is a constant.
  if (axes.some((axis) => x!.shape[axis] === 0)) return [zero];
  const spread = (total: AnyTensor) =>
    apply1('broadcastInDim', [total], { shape: x!.shape, axes: keptAxes(x!, axes) });
  const chosen = cast(equal(x!, spread(y!)), x!.dtype);
  const weights = div(chosen, spread(sum(chosen, axes)));
  return [dx && sum(mulNoNan(dx, weights), axes)];
};

const keptAxes = (x: AnyTensor, axes: readonly number[]): number[] =>
  x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));

/** Reduced axes joined into one last axis. */
function joined(x: AnyTensor, axes: readonly number[]): AnyTensor {
  const kept = keptAxes(x, axes);
  const moved = transpose(x, [...kept, ...axes]);
  return reshape(moved, [...kept.map((axis) => x.shape[axis]!), sizeOf(axes.map((axis) => x.shape[axis]!))]);
}

export const reductionJvp: JvpTable<NamesOf<'reduction'>> = {
  reduceSum: linear(),
  // dy = Σ_k dx_k · (Π_{j < k} x_j) · (Π_{j > k} x_j)
  reduceProd: ([dx], { inputs: [x], params: { axes } }) => {
    if (dx === undefined) return [dx];
    const factors = joined(x!, axes);
    const before = cumprod(factors, -1, { exclusive: true });
    const after = cumprod(factors, -1, { exclusive: true, reverse: true });
    return [sum(mulNoNan(joined(dx, axes), mul(before, after)), -1)];
  },
  reduceMax: extreme,
  reduceMin: extreme,
  reduceAnd: flat(),
  reduceOr: flat(),
  argMax: flat(),
  argMin: flat(),
};

export const reductionTranspose = {
  reduceSum: ([ct], { inputs: [x], params: { axes } }) => [
    ct && apply1('broadcastInDim', [ct], { shape: x!.shape, axes: keptAxes(x!, axes) }),
  ],
} satisfies TransposeTable<NamesOf<'reduction'>>;
