/** Derivatives of sources and movement: sources have none, movement is linear, extremes have that of their position. */
import {
  type AnyTensor,
  addDims,
  apply1,
  type Dim,
  mulDims,
  type NamesOf,
  type Pairs,
  subDims,
} from '@cotangent/graph';
import {
  equal,
  expandDims,
  greaterEqual,
  iota,
  mulNoNan,
  reshape,
  slice,
  splat,
  sum,
  takeAlongAxis,
  transpose,
  where,
} from '@cotangent/graph/ops';
import {
  type JvpRule,
  type JvpTable,
  type NodeOf,
  type Tangent,
  type TransposeTable,
  zero,
  zerosLike,
} from '../tangent.ts';
import { flat, linear } from './forms.ts';

/** The tangent of a running extreme is the tangent at its position. */
const atPositions: JvpRule<'cumulativeMax' | 'cumulativeMin'> = (
  [dx],
  { outputs: [, positions], params: { axis } },
) => [dx && takeAlongAxis(dx, positions!, axis), undefined];

export const movementJvp: JvpTable<NamesOf<'movement'>> = {
  constant: flat(),
  iota: flat(),
  dimensionSize: flat(),
  broadcastInDim: linear(),
  reshape: linear(),
  transpose: linear(),
  reverse: linear(),
  slice: linear(),
  pad: linear(),
  concatenate: linear(),
  dynamicSlice: linear(0),
  dynamicUpdateSlice: linear(0, 1),
  cumulativeSum: linear(),
  // dy_i = Σ_k dx_k · Π_{j ≤ i, j ≠ k} x_j: the product without its k-th factor, never a division.
  cumulativeProd: ([dx], { inputs: [x], params: { axis, exclusive, reverse } }) => [
    dx && sum(mulNoNan(expandDims(dx, axis), productsWithout(x!, axis, exclusive, reverse)), axis + 1),
  ],
  cumulativeMax: atPositions,
  cumulativeMin: atPositions,
};

/** At [..., i, k, ...]: the i-th running product of x with x_k replaced by 1, and 0 where x_k does not take part. */
function productsWithout(x: AnyTensor, axis: number, exclusive: boolean, reverse: boolean): AnyTensor {
  const size = x.shape[axis]!;
  const shape = [...x.shape.slice(0, axis), size, size, ...x.shape.slice(axis + 1)];
  const axes = x.shape.map((_, i) => (i < axis ? i : i === axis ? axis : i + 1));
  const factors = apply1('broadcastInDim', [x], { shape, axes });
  const [i, k] = [iota(shape, axis), iota(shape, axis + 1)];
  const others = where(equal(i, k), 1, factors);
  const products = apply1('cumulativeProd', [others], { axis, exclusive, reverse });
  const reaches = exclusive
    ? apply1('compare', reverse ? [k, i] : [i, k], { direction: 'gt' })
    : reverse
      ? greaterEqual(k, i)
      : greaterEqual(i, k);
  return where(reaches, products, 0);
}

export const movementTranspose = {
  // Repeated axes add up; the rest go back to their order.
  broadcastInDim: ([ct], { inputs: [x], params: { shape, axes } }) => {
    if (ct === zero) return [zero];
    const kept = axes.filter((axis, i) => x!.shape[i] === shape[axis]);
    const summed = shape.flatMap((_, axis) => (kept.includes(axis) ? [] : [axis]));
    const total = sum(ct, summed);
    const order = [...kept].sort((a, b) => a - b);
    return [
      reshape(
        transpose(
          total,
          kept.map((axis) => order.indexOf(axis)),
        ),
        x!.shape,
      ),
    ];
  },
  reshape: ([ct], { inputs: [x] }) => [ct && reshape(ct, x!.shape)],
  transpose: ([ct], { params: { permutation } }) => [
    ct &&
      transpose(
        ct,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
  reverse: ([ct], { params }) => [ct && apply1('reverse', [ct], params)],
  // Back to their places, zeros between.
  slice: ([ct], { inputs: [x], params: { start, strides } }) => {
    if (ct === zero) return [zero];
    const spread = strides.reduce(spreadAlong, ct);
    const padding = x!.shape.map((size, axis): readonly [Dim, Dim] => [
      start[axis]!,
      subDims(subDims(size, start[axis]!), spread.shape[axis]!),
    ]);
    return [
      padWithZeros(
        spread,
        padding,
        strides.map(() => 0),
      ),
    ];
  },
  pad: ([ct], node, isLinear) => {
    const { padding, interior } = node.params;
    if (ct === zero) return [zero, zero];
    const cropped = padWithZeros(
      ct,
      padding.map(([low, high]) => [subDims(0, low), subDims(0, high)]),
      interior.map(() => 0),
    );
    const inner = cropped.shape.reduce(
      (result, _, axis) => slice(result, axis, 0, undefined, interior[axis]! + 1),
      cropped,
    );
    return [inner, isLinear(1) ? sum(where(padded(node), ct, 0)) : zero];
  },
  concatenate: ([ct], { inputs, params: { axis } }) => {
    let from: Dim = 0;
    return inputs.map((input) => {
      const start = from;
      from = addDims(from, input.shape[axis]!);
      return ct && slice(ct, axis, start, from);
    });
  },
  dynamicSlice: ([ct], { inputs: [x, ...starts] }) => [
    ct && apply1('dynamicUpdateSlice', [zerosLike(x!), ct, ...starts], {}),
  ],
  dynamicUpdateSlice: ([ct], { inputs: [, update, ...starts] }): readonly Tangent[] =>
    ct === zero
      ? [zero, zero]
      : [
          apply1('dynamicUpdateSlice', [ct, zerosLike(update!), ...starts], {}),
          apply1('dynamicSlice', [ct, ...starts], { sizes: update!.shape }),
        ],
  cumulativeSum: ([ct], { params }) => [
    ct && apply1('cumulativeSum', [ct], { ...params, reverse: !params.reverse }),
  ],
} satisfies TransposeTable<NamesOf<'movement'>>;

/** step − 1 zeros behind every entry along an axis: right for every count, also for a named one that turns out to be 0. */
function spreadAlong(x: AnyTensor, step: number, axis: number): AnyTensor {
  if (step === 1) return x;
  const [before, count, behind] = [x.shape.slice(0, axis), x.shape[axis]!, x.shape.slice(axis + 1)];
  const apart = reshape(x, [...before, count, 1, ...behind]);
  const none = (dims: readonly Dim[]) => dims.map((): readonly [Dim, Dim] => [0, 0]);
  const padded = padWithZeros(
    apart,
    [...none(before), [0, 0], [0, step - 1], ...none(behind)],
    apart.shape.map(() => 0),
  );
  return reshape(padded, [...before, mulDims(count, step), ...behind]);
}

const padWithZeros = (x: AnyTensor, padding: Pairs, interior: readonly number[]): AnyTensor =>
  apply1('pad', [x, splat(0, [], x.dtype)], { padding, interior });

/** True where the padding value stands: between the elements and around them. */
const padded = ({ inputs: [x], params }: NodeOf<'pad'>): AnyTensor =>
  apply1('pad', [splat(false, x!.shape, 'bool'), splat(true, [], 'bool')], params);
