/** Derivatives of windowed reductions: the tangent of an extreme is the tangent at its position. */
import {
  type AnyTensor,
  addDims,
  apply,
  apply1,
  dilated,
  mulDims,
  type NamesOf,
  subDims,
} from '@cotangent/graph';
import { expandDims, flat as flatten, greaterEqual, maximum, splat, where } from '@cotangent/graph/ops';
import { type JvpRule, type JvpTable, type Tangent, type TransposeTable, zero } from '../tangent.ts';
import { linear } from './forms.ts';

/** Entries of `dx` at flat positions; windows wholly in the padding (position −1) have derivative 0. */
function atPositions(dx: AnyTensor, positions: AnyTensor): Tangent {
  if (dx.shape.includes(0)) return zero;
  const inside = maximum(positions, 0);
  const picked = apply1('gather', [flatten(dx), expandDims(inside, -1)], { axes: [0], batchAxes: 0 });
  return where(greaterEqual(positions, 0), picked, 0);
}

/** The extremes alone: their positions are found on the way. */
const extreme =
  <P extends 'reduceWindowMax' | 'reduceWindowMin'>(
    search: 'reduceWindowArgMax' | 'reduceWindowArgMin',
  ): JvpRule<P> =>
  ([dx], { inputs, params }): readonly Tangent[] => [
    dx && atPositions(dx, apply(search, inputs, params)[1]!),
  ];

const withPosition =
  <P extends 'reduceWindowArgMax' | 'reduceWindowArgMin'>(): JvpRule<P> =>
  ([dx], { outputs }): readonly Tangent[] => [dx && atPositions(dx, outputs[1]!), undefined];

export const windowJvp: JvpTable<NamesOf<'window'>> = {
  reduceWindowSum: linear(),
  reduceWindowMax: extreme('reduceWindowArgMax'),
  reduceWindowMin: extreme('reduceWindowArgMin'),
  reduceWindowArgMax: withPosition(),
  reduceWindowArgMin: withPosition(),
};

export const windowTranspose = {
  // Each element collects the cotangents of the windows that cover it: windows slide over the spread cotangent.
  reduceWindowSum: ([ct], { inputs: [x], outputs: [y], params: { window, strides, padding, dilation } }) => {
    if (ct === zero || x!.shape.includes(0)) return [zero];
    const around = x!.shape.map((size, axis) => {
      const extent = dilated(window[axis]!, dilation[axis]!);
      const count = y!.shape[axis]!;
      const spread = count === 0 ? 0 : addDims(mulDims(subDims(count, 1), strides[axis]!), 1);
      const low = subDims(extent - 1, padding[axis]![0]);
      return [low, subDims(addDims(size, extent - 1), addDims(spread, low))] as const;
    });
    const interior = strides.map((step) => step - 1);
    const padded = apply1('pad', [ct, splat(0, [], ct.dtype)], { padding: around, interior });
    const none = window.map(() => [0, 0] as const);
    return [
      apply1('reduceWindowSum', [padded], { window, strides: window.map(() => 1), padding: none, dilation }),
    ];
  },
} satisfies TransposeTable<NamesOf<'window'>>;
