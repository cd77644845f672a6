/** Batching of movement: positions of axes move up by one. A computed place that differs by example becomes an index. */
import { type AnyTensor, apply1, type Dim, type NamesOf, type Pairs, subDims } from '@cotangent/graph';
import { add, clamp, concat, expandDims, extent, iota, splat, where } from '@cotangent/graph/ops';
import { type Batching, type BatchTable, mapped, type Value } from '../value.ts';
import { again, along, behind, never, shifted } from './forms.ts';

const none: readonly [Dim, Dim] = [0, 0];
const runsAlong = <T extends { readonly axis: number }>(params: T): T => ({
  ...params,
  axis: params.axis + 1,
});

export const movementBatching: BatchTable<NamesOf<'movement'>> = {
  constant: never(),
  iota: never(),
  dimensionSize: never(),
  broadcastInDim: shifted(({ shape, axes }, size) => ({
    shape: [size, ...shape],
    axes: [0, ...behind(axes)],
  })),
  reshape: shifted(({ shape }, size) => ({ shape: [size, ...shape] })),
  transpose: shifted(({ permutation }) => ({ permutation: [0, ...behind(permutation)] })),
  reverse: shifted(({ axes }) => ({ axes: behind(axes) })),
  slice: shifted(({ start, limit, strides }, size) => ({
    start: [0, ...start],
    limit: [size, ...limit],
    strides: [1, ...strides],
  })),
  pad: ([x, value], node, { spread, size }) => {
    const { padding, interior } = node.params;
    const params = { padding: [none, ...padding] as Pairs, interior: [0, ...interior] };
    if (!value!.mapped) return again(node, [spread(x!), value!.tensor], params);
    // One value for each example: where it stands is the same for all.
    const { dtype, shape } = node.inputs[0]!;
    const around = apply1('pad', [splat(false, shape, 'bool'), splat(true, [], 'bool')], node.params);
    const padded = apply1('pad', [spread(x!), splat(0, [], dtype)], params);
    const there = spread({ tensor: around, mapped: false });
    return [mapped(where(there, along(value!.tensor, [size, ...around.shape]), padded))];
  },
  concatenate: shifted(runsAlong),
  dynamicSlice: ([x, ...starts], node, batch) => {
    const { sizes } = node.params;
    if (starts.some(({ mapped: differs }) => differs)) {
      const points = coordinates(node.inputs[0]!.shape, sizes, starts, batch);
      return [mapped(apply1('gather', [batch.spread(x!), points], indexed(sizes)))];
    }
    return again(node, [batch.spread(x!), ...fromFirst(starts)], { sizes: [batch.size, ...sizes] });
  },
  dynamicUpdateSlice: ([x, update, ...starts], node, batch) => {
    const operands = [batch.spread(x!), batch.spread(update!)] as const;
    if (starts.some(({ mapped: differs }) => differs)) {
      const { shape } = node.inputs[1]!;
      const points = coordinates(node.inputs[0]!.shape, shape, starts, batch);
      return [mapped(apply1('scatterSet', [operands[0], points, operands[1]], indexed(shape)))];
    }
    return again(node, [...operands, ...fromFirst(starts)], {});
  },
  cumulativeSum: shifted(runsAlong),
  cumulativeProd: shifted(runsAlong),
  cumulativeMax: shifted(runsAlong),
  cumulativeMin: shifted(runsAlong),
};

/** Starts that are the same for all examples; the axis of the examples is taken whole. */
const fromFirst = (starts: readonly Value[]): AnyTensor[] => [
  splat(0, [], 'i32'),
  ...starts.map(({ tensor }) => tensor),
];

/** Every axis but that of the examples is indexed, element by element. */
const indexed = (shape: readonly Dim[]) => ({ axes: shape.map((_, axis) => axis + 1), batchAxes: 1 });

/** Coordinates [size, ...sizes, rank] of the elements of a window at starts that are moved inwards where they stick out. */
function coordinates(
  shape: readonly Dim[],
  sizes: readonly Dim[],
  starts: readonly Value[],
  { size, spread }: Batching,
): AnyTensor {
  const places = [size, ...sizes];
  const columns = starts.map((start, axis) => {
    const first = spread(start);
    const most = extent(subDims(shape[axis]!, sizes[axis]!), 'i32');
    const inwards = clamp(first, splat(0, [], 'i32'), most);
    return expandDims(add(along(inwards, places), iota(places, axis + 1)), -1);
  });
  return concat(columns, -1);
}
