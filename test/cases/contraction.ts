/** Cases of contractions: sums of products, written out index by index. */
import type { AxisRoles, DType, HostArray, NamesOf, PrimitiveParams } from '@cotangent/graph';
import { at, drawn, filled, inside, positions } from './arrays.ts';
import type { Bad, CasesTable } from './case.ts';
import type { Random } from './random.ts';
import { paddingFor, windowsWithin } from './window.ts';

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
type DotParams = PrimitiveParams<'dotGeneral'>;
type ConvParams = PrimitiveParams<'convGeneral'>;

const product = (a: number, b: number, dtype: DType): number =>
  dtype === 'i32' || dtype === 'u32' ? Math.imul(a, b) : a * b;

/** Places of axes in an operand: a shuffled order, and where each axis went. */
function placed(random: Random, sizes: readonly number[]) {
  const order = random.shuffle(sizes.map((_, i) => i));
  return { shape: order.map((i) => sizes[i]!), place: sizes.map((_, i) => order.indexOf(i)) };
}

function dotSample(random: Random, dtype: DType) {
  const sizes = (most: number) => random.list(random.whole(0, most), () => random.size());
  const [batch, contract, leftFree, rightFree] = [sizes(1), sizes(2), sizes(2), sizes(2)];
  const left = placed(random, [...batch, ...contract, ...leftFree]);
  const right = placed(random, [...batch, ...contract, ...rightFree]);
  const split = batch.length + contract.length;
  const params: DotParams = {
    leftBatch: left.place.slice(0, batch.length),
    rightBatch: right.place.slice(0, batch.length),
    leftContract: left.place.slice(batch.length, split),
    rightContract: right.place.slice(batch.length, split),
  };
  return { operands: [drawn(random, dtype, left.shape), drawn(random, dtype, right.shape)], params };
}

function dotShape(a: HostArray, b: HostArray, params: DotParams): number[] {
  const { leftBatch, rightBatch, leftContract, rightContract } = params;
  const rest = ({ shape }: HostArray, ...taken: readonly (readonly number[])[]) =>
    shape.filter((_, axis) => !taken.some((list) => list.includes(axis)));
  return [
    ...leftBatch.map((axis) => a.shape[axis]!),
    ...rest(a, leftBatch, leftContract),
    ...rest(b, rightBatch, rightContract),
  ];
}

function dotReference(a: HostArray, b: HostArray, params: DotParams, shape: readonly number[]): number[] {
  const { leftBatch, rightBatch, leftContract, rightContract } = params;
  const free = (x: HostArray, taken: readonly number[]) =>
    x.shape.map((_, axis) => axis).filter((axis) => !taken.includes(axis));
  const leftFree = free(a, [...leftBatch, ...leftContract]);
  const rightFree = free(b, [...rightBatch, ...rightContract]);
  const contracted = positions(leftContract.map((axis) => a.shape[axis]!));
  return filled(shape, (position) => {
    let total = 0;
    for (const inner of contracted) {
      const [left, right] = [[] as number[], [] as number[]];
      leftBatch.forEach((axis, i) => {
        left[axis] = position[i]!;
      });
      rightBatch.forEach((axis, i) => {
        right[axis] = position[i]!;
      });
      leftFree.forEach((axis, i) => {
        left[axis] = position[leftBatch.length + i]!;
      });
      rightFree.forEach((axis, i) => {
        right[axis] = position[leftBatch.length + leftFree.length + i]!;
      });
      leftContract.forEach((axis, i) => {
        left[axis] = inner[i]!;
      });
      rightContract.forEach((axis, i) => {
        right[axis] = inner[i]!;
      });
      total += product(at(a, left), at(b, right), a.dtype);
    }
    return total;
  });
}

/** An array whose axes have roles, in any order. */
function withRoles(random: Random, batch: number, feature: number, spatial: readonly number[]) {
  const { shape, place } = placed(random, [batch, feature, ...spatial]);
  const roles: AxisRoles = { batch: place[0]!, feature: place[1]!, spatial: place.slice(2) };
  return { shape, roles };
}

function convSample(random: Random, dtype: DType) {
  const rank = random.whole(0, Math.min(2, random.limits.rank));
  const per = <T>(entry: (i: number) => T) => random.list(rank, entry);
  const grouping = random.whole(0, 2);
  const groups = random.whole(1, 3);
  const [featureGroups, batchGroups] = [grouping === 1 ? groups : 1, grouping === 2 ? groups : 1];
  const windows = per(() => (random.chance(0.03) ? 0 : random.whole(1, 3)));
  const kernelDilation = per(() => (random.chance(0.6) ? 1 : 2));
  const inputDilation = per(() => (random.chance(0.6) ? 1 : random.whole(2, 3)));
  const spatial = per(() => random.size() + (random.chance(0.5) ? 2 : 0));
  const channels = random.whole(1, 2);
  const input = withRoles(random, random.size() * batchGroups, channels * featureGroups, spatial);
  const kernel = withRoles(random, random.whole(1, 2) * groups ** Number(grouping > 0), channels, windows);
  const output = withRoles(random, 0, 0, spatial);
  const spread = spatial.map((size, i) => (size === 0 ? 0 : (size - 1) * inputDilation[i]! + 1));
  const params: ConvParams = {
    strides: per(() => random.whole(1, 3)),
    // A window that does not fit gives an empty result: now and then that is asked for.
    padding: per((i) =>
      paddingFor(random, spread[i]!, random.chance(0.9) ? (windows[i]! - 1) * kernelDilation[i]! + 1 : 0),
    ),
    inputDilation,
    kernelDilation,
    featureGroups,
    batchGroups,
    input: input.roles,
    kernel: kernel.roles,
    output: output.roles,
  };
  return { operands: [drawn(random, dtype, input.shape), drawn(random, dtype, kernel.shape)], params };
}

function convShape(x: HostArray, k: HostArray, params: ConvParams): number[] {
  const { strides, padding, inputDilation, kernelDilation, batchGroups, input, kernel, output } = params;
  const shape: number[] = [];
  shape[output.batch] = x.shape[input.batch]! / batchGroups;
  shape[output.feature] = k.shape[kernel.batch]!;
  const extent = (size: number, dilation: number) => (size === 0 ? 0 : (size - 1) * dilation + 1);
  for (const [i, axis] of output.spatial.entries()) {
    const spread = extent(x.shape[input.spatial[i]!]!, inputDilation[i]!);
    const padded = Number(padding[i]![0]) + spread + Number(padding[i]![1]);
    const window = extent(k.shape[kernel.spatial[i]!]!, kernelDilation[i]!);
    shape[axis] = windowsWithin(padded, window, strides[i]!);
  }
  return shape;
}

/** y[n, p, o] = Σ x[n, (p·stride + w·dilation − low) / inputDilation, c] · kernel[w, c, o], group by group. */
function convReference(x: HostArray, k: HostArray, params: ConvParams, shape: readonly number[]): number[] {
  const {
    strides,
    padding,
    inputDilation,
    kernelDilation,
    featureGroups,
    batchGroups,
    input,
    kernel,
    output,
  } = params;
  const features = k.shape[kernel.feature]!;
  const perGroup = k.shape[kernel.batch]! / (featureGroups * batchGroups);
  const taps = positions(kernel.spatial.map((axis) => k.shape[axis]!));
  return filled(shape, (position) => {
    const out = position[output.feature]!;
    const group = Math.floor(out / perGroup);
    let total = 0;
    for (const tap of taps) {
      const place: number[] = [];
      place[input.batch] = position[output.batch]! + (batchGroups > 1 ? group * shape[output.batch]! : 0);
      place[input.feature] = 0;
      input.spatial.forEach((axis, i) => {
        const spread =
          position[output.spatial[i]!]! * strides[i]! + tap[i]! * kernelDilation[i]! - Number(padding[i]![0]);
        place[axis] = spread / inputDilation[i]!;
      });
      if (!place.every(Number.isInteger) || !inside(x.shape, place)) continue;
      const weight: number[] = [];
      weight[kernel.batch] = out;
      kernel.spatial.forEach((axis, i) => {
        weight[axis] = tap[i]!;
      });
      for (let feature = 0; feature < features; feature++) {
        place[input.feature] = feature + (featureGroups > 1 ? group * features : 0);
        weight[kernel.feature] = feature;
        total += product(at(x, place), at(k, weight), x.dtype);
      }
    }
    return total;
  });
}

const matrix: DotParams = { leftBatch: [], rightBatch: [], leftContract: [1], rightContract: [0] };
const badDot = (
  constraint: number,
  operands: readonly string[],
  params: Partial<DotParams>,
  code: Bad<'dotGeneral'>['code'] = 'SHAPE_MISMATCH',
): Bad<'dotGeneral'> => ({ constraint, operands, params: { ...matrix, ...params }, code });

const roles: AxisRoles = { batch: 0, feature: 2, spatial: [1] };
const plain: ConvParams = {
  strides: [1],
  padding: [[0, 0]],
  inputDilation: [1],
  kernelDilation: [1],
  featureGroups: 1,
  batchGroups: 1,
  input: roles,
  kernel: { batch: 2, feature: 1, spatial: [0] },
  output: roles,
};
const badConv = (
  constraint: number,
  operands: readonly string[],
  params: Partial<ConvParams>,
  code: Bad<'convGeneral'>['code'] = 'SHAPE_MISMATCH',
): Bad<'convGeneral'> => ({ constraint, operands, params: { ...plain, ...params }, code });

export const contractionCases = {
  dotGeneral: {
    dtypes: numbers,
    derivative: 'smooth',
    linear: [[0], [1]],
    sample: (random, dtype) => dotSample(random, dtype),
    types: ([a, b], params) => [{ dtype: a!.dtype, shape: dotShape(a!, b!, params) }],
    reference: ([a, b], params, [shape]) => [dotReference(a!, b!, params, shape!)],
    bad: [
      badDot(1, ['f32[2, 3]', 'f64[3, 4]'], {}, 'DTYPE_MISMATCH'),
      badDot(1, ['bool[2, 3]', 'bool[3, 4]'], {}, 'DTYPE_MISMATCH'),
      badDot(2, ['f32[2, 3]', 'f32[3, 4]'], { leftBatch: [0] }),
      badDot(2, ['f32[2, 3]', 'f32[3, 4]'], { rightContract: [] }),
      badDot(3, ['f32[2, 3]', 'f32[3, 4]'], { leftContract: [2] }, 'AXIS_OUT_OF_RANGE'),
      badDot(3, ['f32[2, 3]', 'f32[3, 4]'], { leftBatch: [1], rightBatch: [1] }, 'AXIS_OUT_OF_RANGE'),
      badDot(4, ['f32[2, 3]', 'f32[3, 4]'], { rightContract: [-1] }, 'AXIS_OUT_OF_RANGE'),
      badDot(5, ['f32[2, 3]', 'f32[3, 4]'], { leftBatch: [0], rightBatch: [1] }),
      badDot(6, ['f32[2, 3]', 'f32[4, 3]'], {}),
      badDot(6, ['f32[2, n]', 'f32[m, 3]'], {}),
    ],
  },
  convGeneral: {
    dtypes: numbers,
    derivative: 'smooth',
    linear: [[0], [1]],
    sample: (random, dtype) => convSample(random, dtype),
    types: ([x, k], params) => [{ dtype: x!.dtype, shape: convShape(x!, k!, params) }],
    reference: ([x, k], params, [shape]) => [convReference(x!, k!, params, shape!)],
    bad: [
      badConv(1, ['f32[2, 5, 3]', 'f64[2, 3, 4]'], {}, 'DTYPE_MISMATCH'),
      badConv(2, ['f32[2, 5, 3]', 'f32[3, 4]'], {}),
      badConv(2, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { output: { batch: 0, feature: 1, spatial: [] } }),
      badConv(3, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { strides: [1, 1] }),
      badConv(3, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { padding: [] }),
      badConv(4, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { strides: [0] }, 'BAD_ARGUMENT'),
      badConv(4, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { inputDilation: [0] }, 'BAD_ARGUMENT'),
      badConv(4, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { kernelDilation: [-1] }, 'BAD_ARGUMENT'),
      badConv(5, ['f32[2, 5, 3]', 'f32[2, 2, 4]'], {}),
      badConv(5, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { featureGroups: 2 }),
      badConv(6, ['f32[2, 5, 4]', 'f32[2, 2, 3]'], { featureGroups: 2 }),
      badConv(7, ['f32[3, 5, 3]', 'f32[2, 3, 4]'], { batchGroups: 2 }),
      badConv(8, ['f32[2, 5, 6]', 'f32[2, 3, 4]'], { featureGroups: 2, batchGroups: 2 }, 'BAD_ARGUMENT'),
      badConv(9, ['f32[2, 5, 3]', 'f32[2, 3, 4]'], { padding: [[-3, -3]] }),
    ],
  },
} satisfies CasesTable<NamesOf<'contraction'>>;
