/** Products and convolutions of sizes at which tiles, vectors and panels end, on operands that lie anyhow. */
import {
  type AnyTensor,
  type AxisRoles,
  apply,
  type DType,
  type HostArray,
  type Input,
  type PrimitiveParams,
} from '@cotangent/graph';
import fc from 'fast-check';
import { drawn } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { viewed } from './views.ts';

/** Results of inputs, and values for those. */
export interface Sized {
  readonly inputs: readonly Input[];
  readonly results: readonly AnyTensor[];
  readonly values: readonly HostArray[];
}

/**
 * Whole numbers, whose sums are exact in any order, so that a term that is missing or taken twice shows however many
 * there are; or any numbers.
 */
export type Numbers = 'whole' | 'real';

export const valuesFor = (random: Random, inputs: readonly Input[], numbers: Numbers): HostArray[] =>
  inputs.map(({ dtype, shape }) =>
    drawn(random, dtype, shape as readonly number[], {
      draw: (source) => (numbers === 'whole' ? source.whole(-8, 8) : source.real(-2, 2)),
    }),
  );

const rowSizes = [1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 33];
const innerSizes = [0, 1, 2, 3, 4, 7, 8, 9, 16, 33, 70];

interface Made {
  readonly text: string;
  readonly inputs: readonly Input[];
  readonly results: readonly AnyTensor[];
}

/** Sizes in a shuffled order, and where each went; in order half of the time, as people write them. */
function placed(random: Random, sizes: readonly number[]) {
  const order = random.chance(0.5) ? sizes.map((_, i) => i) : random.shuffle(sizes.map((_, i) => i));
  return { shape: order.map((i) => sizes[i]!), place: sizes.map((_, i) => order.indexOf(i)) };
}

interface DotSizes {
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly inner: readonly number[];
  readonly columns: readonly number[];
}

const smallDot = (random: Random): DotSizes => ({
  batch: random.list(random.pick([0, 0, 0, 1, 1, 2]), () => random.pick([1, 2, 3, 9])),
  inner: random.list(random.pick([1, 1, 1, 2, 0]), (i) => random.pick(i === 0 ? innerSizes : [1, 2, 3, 5])),
  rows: random.list(random.pick([1, 1, 0, 2]), (i) => (i === 0 ? random.pick(rowSizes) : random.whole(1, 4))),
  columns: random.list(random.pick([1, 1, 0, 2]), (i) =>
    i === 0 ? random.whole(1, 40) : random.pick([1, 2, 4, 5]),
  ),
});

/** Inner axes that are cut in blocks, and rows that are. */
function largeDot(random: Random): DotSizes {
  for (;;) {
    const sizes = {
      batch: random.pick([[], [], [2], [2, 2]]),
      inner: random.pick([
        [17],
        [384],
        [577],
        [769],
        [1153],
        [1300],
        [2, 400],
        [30, 33],
        [800, 2],
        [3, 5, 70],
      ]),
      rows: random.pick([[1], [5], [9], [127], [128], [131], [200], [260], [3, 50]]),
      columns: [random.pick([3, 4, 7, 8, 9, 15, 16, 17, 31, 40])],
    };
    const all = Object.values(sizes).flat();
    if (all.reduce((count, size) => count * size, 1) < 1_500_000) return sizes;
  }
}

function dot(random: Random, dtype: DType, { batch, rows, inner, columns }: DotSizes): Made {
  const left = placed(random, [...batch, ...rows, ...inner]);
  const right = placed(random, [...batch, ...inner, ...columns]);
  const [b, r, n] = [batch.length, rows.length, inner.length];
  const params: PrimitiveParams<'dotGeneral'> = {
    leftBatch: left.place.slice(0, b),
    rightBatch: right.place.slice(0, b),
    leftContract: left.place.slice(b + r, b + r + n),
    rightContract: right.place.slice(b, b + n),
  };
  const operands = [viewed(random, 'a', dtype, left.shape), viewed(random, 'b', dtype, right.shape)];
  return {
    text: `dot ${dtype}, batch [${batch}], rows [${rows}], inner [${inner}], columns [${columns}]`,
    inputs: operands.map(({ input }) => input),
    results: apply(
      'dotGeneral',
      operands.map(({ tensor }) => tensor),
      params,
    ),
  };
}

/** Roles of axes in the usual order or in any, with the shape that follows. */
function withRoles(random: Random, batch: number, feature: number, spatial: readonly number[]) {
  const last = random.chance(0.6);
  const { shape, place } = last
    ? { shape: [batch, ...spatial, feature], place: [0, spatial.length + 1, ...spatial.map((_, i) => i + 1)] }
    : placed(random, [batch, feature, ...spatial]);
  const roles: AxisRoles = { batch: place[0]!, feature: place[1]!, spatial: place.slice(2) };
  return { shape, roles };
}

function convolution(random: Random, dtype: DType): Made {
  const rank = random.pick([1, 2, 2, 2, 3, 0]);
  const per = <T>(entry: (i: number) => T) => random.list(rank, entry);
  const depthwise = random.chance(0.2);
  const grouping = depthwise ? 1 : random.pick([0, 0, 0, 1, 2]);
  const groups = grouping === 0 ? 1 : depthwise ? random.pick([3, 4, 8, 9]) : random.pick([2, 3]);
  const [featureGroups, batchGroups] = [grouping === 1 ? groups : 1, grouping === 2 ? groups : 1];
  const windows = per(() => random.whole(1, rank > 2 ? 2 : 5));
  const kernelDilation = per(() => random.pick([1, 1, 1, 2]));
  const inputDilation = per(() => random.pick([1, 1, 1, 2, 3]));
  const spatial = per(() => random.whole(1, rank > 2 ? 5 : 11));
  const extents = per((i) => (windows[i]! - 1) * kernelDilation[i]! + 1);
  const padding = per((i): readonly [number, number] => {
    const spread = (spatial[i]! - 1) * inputDilation[i]! + 1;
    const [low, high] = random.pick([
      [0, 0],
      [1, 1],
      [extents[i]! - 1, 0],
      [-1, 2],
      [3, -1],
    ] as const);
    const kept: readonly [number, number] =
      spread + Math.min(low, 0) + Math.min(high, 0) < 1 ? [0, 0] : [low, high];
    const missing = Math.max(0, extents[i]! - (spread + kept[0] + kept[1]));
    return [kept[0], kept[1] + missing];
  });
  // Now and then so many that sums are cut in blocks.
  const channels = depthwise ? 1 : random.chance(0.05) ? 100 : random.whole(1, 9);
  const features = random.pick([1, 2, 3, 4, 5, 8, 9, 16, 17, 20]);
  const input = withRoles(random, random.whole(1, 3) * batchGroups, channels * featureGroups, spatial);
  const kernel = withRoles(random, features * groups, channels, windows);
  const output = withRoles(random, 0, 0, spatial);
  const params: PrimitiveParams<'convGeneral'> = {
    strides: per(() => random.pick([1, 1, 2, 3])),
    padding,
    inputDilation,
    kernelDilation,
    featureGroups,
    batchGroups,
    input: input.roles,
    kernel: kernel.roles,
    output: output.roles,
  };
  const operands = [viewed(random, 'x', dtype, input.shape), viewed(random, 'k', dtype, kernel.shape)];
  return {
    text: `convolution ${dtype}, input [${input.shape}], kernel [${kernel.shape}], ${JSON.stringify(params)}`,
    inputs: operands.map(({ input: leaf }) => leaf),
    results: apply(
      'convGeneral',
      operands.map(({ tensor }) => tensor),
      params,
    ),
  };
}

const dtypes: readonly DType[] = ['f32', 'f32', 'f64', 'i32'];

const arbitrary = (make: (random: Random, dtype: DType) => Made, numbers: Numbers): fc.Arbitrary<Sized> =>
  fc.nat().map((seed) => {
    const random = new Random(seed);
    const { text, inputs, results } = make(random, random.pick(dtypes));
    const values = valuesFor(random, inputs, numbers);
    return { inputs, results, values, [fc.toStringMethod]: () => `seed ${seed}: ${text}` } as Sized;
  });

export const dots = (numbers: Numbers): fc.Arbitrary<Sized> =>
  arbitrary((random, dtype) => dot(random, dtype, smallDot(random)), numbers);
export const largeDots = (numbers: Numbers): fc.Arbitrary<Sized> =>
  arbitrary((random, dtype) => dot(random, dtype, largeDot(random)), numbers);
export const convolutions = (numbers: Numbers): fc.Arbitrary<Sized> => arbitrary(convolution, numbers);
