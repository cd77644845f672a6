/**
 * Steps of programs over whole numbers. As long as no number on the way needs more bits than a float has, additions are
 * exact in any order, so engines have to agree in every bit. Each tensor carries a bound of its entries, and is brought
 * back to −4, …, 4 where the next step would make it too large.
 */
import { type AnyTensor, apply, CotangentError, type DType, isFloat } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { arrayOf } from '../../cases/arrays.ts';
import type { Random } from '../../cases/random.ts';

export interface Whole {
  readonly tensor: AnyTensor;
  /** No entry is larger in size. */
  readonly bound: number;
}

export type Pool = readonly Whole[];

/** Far below 2^24, so that sums of sums stay exact as well. */
const most = 2 ** 18;

export const countOf = ({ shape }: AnyTensor): number =>
  shape.reduce<number>((count, size) => count * Number(size), 1);
export const sizesOf = ({ shape }: AnyTensor): readonly number[] => shape as readonly number[];

/** x − 8·round(x / 8), which is exact. */
export const folded = ({ tensor, bound }: Whole): Whole =>
  bound <= 4 || !isFloat(tensor.dtype)
    ? { tensor, bound }
    : { tensor: ops.sub(tensor, ops.mul(ops.round(ops.mul(tensor, 0.125)), 8)), bound: 4 };

const isNumber = ({ tensor }: Whole): boolean => isFloat(tensor.dtype);
const axisOf = (random: Random, { shape }: AnyTensor): number => random.whole(0, shape.length - 1);

/** What a step gives; nothing where it does not fit what it was given. */
type Make = (random: Random, a: Whole, b: Whole, pool: Pool) => Whole | readonly Whole[] | undefined;

const keep =
  (f: (x: AnyTensor) => AnyTensor): Make =>
  (_, { tensor, bound }) => ({ tensor: f(tensor), bound });
const pair =
  (f: (a: AnyTensor, b: AnyTensor) => AnyTensor, bound: (a: number, b: number) => number): Make =>
  (_, a, b) => ({ tensor: f(a.tensor, b.tensor), bound: bound(a.bound, b.bound) });
const larger = (a: number, b: number): number => Math.max(a, b);

/** Terms of a total over some axes. */
const termsOf = ({ shape }: AnyTensor, axes: readonly number[]): number =>
  axes.reduce((count, axis) => count * Number(shape[axis]), 1);

const someAxes = (random: Random, x: AnyTensor): number[] =>
  random.some(x.shape.map((_, axis) => axis)).sort((i, j) => i - j);

const elementwise = {
  add: pair(ops.add, (a, b) => a + b),
  sub: pair(ops.sub, (a, b) => a + b),
  mul: pair(ops.mul, (a, b) => a * b),
  maximum: pair(ops.maximum, larger),
  minimum: pair(ops.minimum, larger),
  choose: pair((a, b) => ops.where(ops.greater(a, b), a, ops.neg(b)), larger),
  chooseByBits: pair((a, b) => ops.where(ops.and(ops.less(a, 1), ops.notEqual(b, 0)), b, a), larger),
  neg: keep(ops.neg),
  abs: keep(ops.abs),
  relu: keep(ops.relu),
  sign: (_, { tensor }) => ({ tensor: ops.sign(tensor), bound: 1 }),
  half: keep((x) => ops.floor(ops.mul(x, 0.5))),
  throughIntegers: keep((x) => ops.cast(ops.maximum(ops.cast(x, 'i32'), -3), x.dtype)),
  isEqual: (_, { tensor }, b) => ({ tensor: ops.cast(ops.equal(tensor, b.tensor), tensor.dtype), bound: 1 }),
  addPositions: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const positions = ops.iota(tensor.shape, axis, tensor.dtype === 'f64' ? 'f64' : 'f32');
    return { tensor: ops.add(tensor, positions), bound: bound + Number(tensor.shape[axis]) };
  },
} satisfies Readonly<Record<string, Make>>;

const movement = {
  transpose: (random, { tensor, bound }) => ({
    tensor: ops.transpose(tensor, random.shuffle(tensor.shape.map((_, axis) => axis))),
    bound,
  }),
  reverse: (random, { tensor, bound }) => ({ tensor: ops.reverse(tensor, someAxes(random, tensor)), bound }),
  slice: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const size = sizesOf(tensor)[axis]!;
    const start = random.whole(0, Math.floor(size / 2));
    const end = random.whole(start + Math.min(1, size), size);
    return { tensor: ops.slice(tensor, axis, start, end, random.pick([1, 1, 2, 3])), bound };
  },
  reshape: (random, { tensor, bound }) => {
    const shape = sizesOf(tensor);
    const cut = random.whole(0, shape.length);
    const product = (list: readonly number[]) => list.reduce((count, size) => count * size, 1);
    return { tensor: ops.reshape(tensor, [product(shape.slice(0, cut)), product(shape.slice(cut))]), bound };
  },
  split: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const size = sizesOf(tensor)[axis]!;
    const by = [2, 3, 4, 5].find((divisor) => size > divisor && size % divisor === 0);
    if (by === undefined) return undefined;
    const parts = random.pick([
      [by, size / by],
      [size / by, by],
    ]);
    return { tensor: ops.reshape(tensor, sizesOf(tensor).toSpliced(axis, 1, ...parts)), bound };
  },
  expand: (random, { tensor, bound }) => ({
    tensor: ops.expandDims(tensor, random.whole(0, tensor.shape.length)),
    bound,
  }),
  repeat: (random, { tensor, bound }) => ({
    tensor: ops.broadcastTo(tensor, [random.pick([2, 3, 5]), ...tensor.shape]),
    bound,
  }),
  repeatLike: (_, { tensor, bound }, b) => ({ tensor: ops.broadcastTo(tensor, b.tensor.shape), bound }),
  concat: (random, a, b) => ({
    tensor: ops.concat(random.shuffle([a.tensor, b.tensor]), axisOf(random, a.tensor)),
    bound: larger(a.bound, b.bound),
  }),
  join: (random, a) => ({
    tensor: ops.concat([a.tensor, ops.neg(a.tensor), a.tensor], axisOf(random, a.tensor)),
    bound: a.bound,
  }),
  pad: (random, { tensor, bound }) => {
    const padding = tensor.shape.map(() =>
      random.pick([
        [0, 0],
        [1, 0],
        [2, 3],
        [-1, 1],
      ] as const),
    );
    return { tensor: ops.pad(tensor, padding, { value: 2 }), bound: larger(bound, 2) };
  },
  spread: (random, { tensor, bound }) => {
    const [zero] = apply('constant', [], { value: 0, shape: [], dtype: tensor.dtype });
    const padding = tensor.shape.map((): readonly [number, number] =>
      random.pick([
        [0, 0],
        [1, 2],
        [-1, 0],
      ] as const),
    );
    const interior = tensor.shape.map(() => random.pick([0, 1, 2]));
    const [result] = apply('pad', [tensor, zero!], { padding, interior });
    return { tensor: result!, bound };
  },
  take: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const size = sizesOf(tensor)[axis]!;
    if (size === 0) return undefined;
    const places = random.list(random.pick([1, 3, 8, 17]), () => random.whole(0, size - 1));
    return {
      tensor: ops.take(tensor, ops.constantOfArray(arrayOf('i32', [places.length], places)), axis),
      bound,
    };
  },
  scatter: (random, { tensor, bound }) => {
    const size = sizesOf(tensor)[0]!;
    if (size === 0) return undefined;
    const places = random.list(random.pick([1, 3, 9]), () => random.whole(0, size - 1));
    const updates = ops.broadcastTo(ops.slice(tensor, 0, 0, 1), [places.length, ...tensor.shape.slice(1)]);
    const indices = ops.constantOfArray(arrayOf('i32', [places.length, 1], places));
    const [result] = apply('scatterAdd', [tensor, indices, updates], { axes: [0], batchAxes: 0 });
    return { tensor: result!, bound: bound * (places.length + 1) };
  },
  window: (random, { tensor, bound }) => {
    const sizes = sizesOf(tensor).map((size) => Math.ceil(size / 2));
    const starts = sizes.map(() => {
      // Out of reach now and then: starts are moved inwards.
      const place = random.whole(-2, 9);
      return ops.splat(place, [], 'i32');
    });
    const [part] = apply('dynamicSlice', [tensor, ...starts], { sizes });
    if (random.chance(0.5)) return { tensor: part!, bound };
    const [whole] = apply('dynamicUpdateSlice', [tensor, ops.neg(part!), ...starts], {});
    return { tensor: whole!, bound };
  },
} satisfies Readonly<Record<string, Make>>;

const totals = {
  sum: (random, { tensor, bound }) => {
    const axes = someAxes(random, tensor);
    return {
      tensor: ops.sum(tensor, axes, { keepDims: random.chance(0.4) }),
      bound: bound * Math.max(1, termsOf(tensor, axes)),
    };
  },
  extreme: (random, { tensor, bound }) => {
    const axes = someAxes(random, tensor);
    if (termsOf(tensor, axes) === 0) return undefined;
    const f = random.pick([ops.max, ops.min]);
    return { tensor: f(tensor, axes, { keepDims: random.chance(0.4) }), bound };
  },
  centred: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const total = ops.sum(tensor, [axis], { keepDims: true });
    return { tensor: ops.sub(tensor, total), bound: bound * (1 + Number(tensor.shape[axis])) };
  },
  argmax: (random, { tensor }) => {
    const axis = axisOf(random, tensor);
    const size = sizesOf(tensor)[axis]!;
    if (size === 0) return undefined;
    const f = random.pick([ops.argmax, ops.argmin]);
    return { tensor: ops.cast(f(tensor, axis), tensor.dtype), bound: size };
  },
  cumulative: (random, { tensor, bound }) => {
    const axis = axisOf(random, tensor);
    const options = { exclusive: random.chance(0.5), reverse: random.chance(0.5) };
    return { tensor: ops.cumsum(tensor, axis, options), bound: bound * Math.max(1, sizesOf(tensor)[axis]!) };
  },
  running: (random, { tensor, bound }) => ({
    tensor: random.pick([ops.cumulativeMax, ops.cumulativeMin])(tensor, axisOf(random, tensor)),
    bound,
  }),
  sort: (random, { tensor, bound }) => ({
    tensor: ops.sort(tensor, axisOf(random, tensor), { descending: random.chance(0.5) }),
    bound,
  }),
  dot: (random, a, b) => {
    const [left, right] = [sizesOf(a.tensor), sizesOf(b.tensor)];
    const pairs = left.flatMap((size, i) =>
      right.flatMap((other, j) => (size === other ? [[i, j] as const] : [])),
    );
    const inner = random.pick(pairs);
    if (inner === undefined) return undefined;
    const rest = pairs.filter(([i, j]) => i !== inner[0] && j !== inner[1]);
    const batch = rest.length > 0 && random.chance(0.5) ? [random.pick(rest)] : [];
    const [tensor] = apply('dotGeneral', [a.tensor, b.tensor], {
      leftBatch: batch.map(([i]) => i),
      rightBatch: batch.map(([, j]) => j),
      leftContract: [inner[0]],
      rightContract: [inner[1]],
    });
    return { tensor: tensor!, bound: a.bound * b.bound * Math.max(1, left[inner[0]]!) };
  },
  convolve: (random, a) => {
    const [, height, width, channels] = sizesOf(a.tensor);
    if (a.tensor.shape.length !== 4 || height! < 2 || width! < 2 || channels! < 1) return undefined;
    const window = [random.whole(1, Math.min(3, height!)), random.whole(1, Math.min(3, width!))] as const;
    const shape = [...window, channels!, random.pick([1, 3, 4, 8, 9])];
    const weights = random.list(
      shape.reduce((count, size) => count * size, 1),
      () => random.whole(-2, 2),
    );
    const kernel = ops.constantOfArray(arrayOf(a.tensor.dtype, shape, weights));
    const padding = random.pick(['same', 'valid'] as const);
    return {
      tensor: ops.conv(a.tensor, kernel, { padding, stride: random.pick([1, 2]) }),
      bound: a.bound * 2 * window[0] * window[1] * channels!,
    };
  },
  pool: (random, a) => {
    const [, height, width] = sizesOf(a.tensor);
    if (a.tensor.shape.length !== 4 || height! < 2 || width! < 2) return undefined;
    return { tensor: ops.maxPool(a.tensor, 2, { stride: random.pick([1, 2]) }), bound: a.bound };
  },
} satisfies Readonly<Record<string, Make>>;

const groups: readonly Readonly<Record<string, Make>>[] = [elementwise, elementwise, movement, totals];

export interface Limits {
  /** Elements of a tensor. */
  readonly elements: number;
}

/** A step that fits the pool, and its name; nothing if what was drawn does not fit. */
export function wholeStep(
  random: Random,
  pool: Pool,
  { elements }: Limits,
): { readonly name: string; readonly made: readonly Whole[] } | undefined {
  const group = random.pick(groups);
  const name = random.pick(Object.keys(group));
  const numbers = pool.filter(isNumber);
  // Late ones are picked more often: chains grow long.
  const late = (): Whole =>
    numbers[Math.max(random.whole(0, numbers.length - 1), random.whole(0, numbers.length - 1))]!;
  const [a, b] = [late(), late()];
  try {
    for (const [left, right] of [
      [a, b],
      [folded(a), folded(b)],
    ] as const) {
      const result = group[name]!(random, left, right, pool);
      if (result === undefined) return undefined;
      const made = 'tensor' in result ? [result] : result;
      if (made.some(({ tensor }) => countOf(tensor) > elements || tensor.shape.length > 5)) return undefined;
      if (made.every(({ bound }) => bound <= most)) return { name, made };
    }
    return undefined;
  } catch (error) {
    // Shapes that do not fit.
    if (error instanceof CotangentError) return undefined;
    throw error;
  }
}

/** A tensor of a wanted shape, from one of the pool. */
export function fitted(random: Random, pool: Pool, shape: readonly number[], dtype: DType): Whole {
  const numbers = pool.filter(({ tensor }) => tensor.dtype === dtype);
  const same = numbers.filter(({ tensor }) => String(tensor.shape) === String(shape));
  const pick = (list: Pool): Whole =>
    list[Math.max(random.whole(0, list.length - 1), random.whole(0, list.length - 1))]!;
  if (same.length > 0 && random.chance(0.8)) return folded(pick(same));
  const { tensor, bound } = folded(pick(numbers));
  const total = folded({ tensor: ops.sum(tensor), bound: bound * Math.max(1, countOf(tensor)) });
  return { tensor: ops.broadcastTo(total.tensor, shape), bound: total.bound };
}
