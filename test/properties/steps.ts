/** Steps of random programs: which function, on which tensors of the pool, with which parameters. */
import { type AnyTensor, isFloat } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { arrayOf } from '../cases/arrays.ts';
import type { Random } from '../cases/random.ts';

/** One application. It depends on the pool by places alone, so that it can be taken again on another pool. */
export interface Step {
  readonly name: string;
  apply(pool: readonly AnyTensor[]): AnyTensor;
}

type Build = (tensors: readonly AnyTensor[]) => AnyTensor;
/** What a kind of step needs, and how it is made from random parameters. */
type Maker = (random: Random, tensors: readonly AnyTensor[]) => Build;

const isFloating = (tensor: AnyTensor): boolean => isFloat(tensor.dtype);
const unary =
  (f: (x: AnyTensor) => AnyTensor): Maker =>
  () =>
  ([x]) =>
    f(x!);
const binary =
  (f: (a: AnyTensor, b: AnyTensor) => AnyTensor): Maker =>
  () =>
  ([a, b]) =>
    f(a!, b!);

const axisOf = (random: Random, x: AnyTensor): number => random.whole(0, Math.max(0, x.shape.length - 1));
const literals = [0, -0, 1, -1, 2, 0.5, 3, -2, 1e30] as const;

/** Kinds of steps on floats. */
const floating = {
  neg: unary(ops.neg),
  abs: unary(ops.abs),
  tanh: unary(ops.tanh),
  sin: unary(ops.sin),
  exp: unary((x) => ops.exp(ops.tanh(x))),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu),
  sqrt: unary((x) => ops.sqrt(ops.abs(x))),
  log: unary((x) => ops.where(ops.greater(x, 0), ops.log(x), 0)),
  floor: unary(ops.floor),
  square: unary(ops.square),
  softplus: unary(ops.softplus),
  negTwice: unary((x) => ops.neg(ops.neg(x))),
  stop: unary(ops.stopGradient),
  note: unary((x) => ops.withNote(x, 'a note')),
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  matmul: binary(ops.matmul),
  where: binary((a, b) => ops.where(ops.greater(a, b), a, b)),
  same: binary((a, b) => ops.add(ops.mul(a, b), ops.mul(a, b))),
  clamp: unary((x) => ops.clamp(x, -1, 1)),
  mulLiteral: (random) => {
    const value = random.pick(literals);
    return ([x]) => ops.mul(x!, value);
  },
  addLiteral: (random) => {
    const value = random.pick(literals);
    return ([x]) => ops.add(x!, value);
  },
  divLiteral: (random) => {
    const value = random.pick([1, 2, -4]);
    return ([x]) => ops.div(x!, value);
  },
  constant: (random) => {
    const values = random.list(3, () => random.real(-1, 1));
    return ([x]) => ops.add(x!, ops.constantOfArray(values, x!.dtype));
  },
  reduce: (random, [x]) => {
    const axis = axisOf(random, x!);
    const f = random.pick([ops.sum, ops.mean, ops.max, ops.min, ops.prod, ops.logSumExp]);
    const keepDims = random.chance(0.4);
    return ([y]) => f(y!, axis, { keepDims });
  },
  variance: (random, [x]) => {
    const axis = axisOf(random, x!);
    return ([y]) => ops.variance(y!, axis);
  },
  softmax: (random, [x]) => {
    const axis = axisOf(random, x!);
    return ([y]) => ops.softmax(y!, axis);
  },
  cumulative: (random, [x]) => {
    const axis = axisOf(random, x!);
    const options = { exclusive: random.chance(0.5), reverse: random.chance(0.5) };
    return ([y]) => ops.cumsum(y!, axis, options);
  },
  cumulativeExtreme: (random, [x]) => {
    const axis = axisOf(random, x!);
    const f = random.pick([ops.cumulativeMax, ops.cumulativeMin]);
    const reverse = random.chance(0.5);
    return ([y]) => f(y!, axis, { reverse });
  },
  sort: (random, [x]) => {
    const axis = axisOf(random, x!);
    const descending = random.chance(0.5);
    return ([y]) => ops.sort(y!, axis, { descending });
  },
  take: (random, [x]) => {
    const axis = axisOf(random, x!);
    const most = x!.shape[axis] === 1 ? 0 : 1;
    const indices = random.list(x!.shape[axis] === 0 ? 0 : 3, () => random.whole(0, most));
    return ([y]) => ops.take(y!, ops.constantOfArray(arrayOf('i32', [indices.length], indices)), axis);
  },
  convolve: () => (tensors) => ops.conv(tensors[4]!, tensors[9]!, { padding: 'same', stride: 2 }),
  pool: () => (tensors) => ops.maxPool(tensors[4]!, 2, { stride: 1 }),
  average: () => (tensors) => ops.averagePool(tensors[4]!, 3, { padding: 'same' }),
  argmax: (random, [x]) => {
    const axis = axisOf(random, x!);
    return ([y]) => ops.cast(ops.argmax(y!, axis), y!.dtype);
  },
  oneHot: unary((x) => ops.oneHot(ops.cast(ops.greater(x, 0), 'i32'), 2, x.dtype === 'f64' ? 'f64' : 'f32')),
} satisfies Readonly<Record<string, Maker>>;

/** Kinds of steps on tensors of any dtype. */
const moving = {
  transpose: unary(ops.transpose),
  reverse: (random, [x]) => {
    const axes = x!.shape.map((_, axis) => axis).filter(() => random.chance(0.5));
    return ([y]) => ops.reverse(y!, axes);
  },
  flatten: unary(ops.flat),
  expand: (random, [x]) => {
    const axis = random.whole(0, x!.shape.length);
    return ([y]) => ops.expandDims(y!, axis);
  },
  repeat:
    () =>
    ([x, y]) =>
      ops.broadcastTo(x!, y!.shape),
  repeatTwice:
    () =>
    ([x]) =>
      ops.broadcastTo(ops.broadcastTo(x!, [2, ...x!.shape]), [3, 2, ...x!.shape]),
  slice: (random, [x]) => {
    const axis = axisOf(random, x!);
    const [start, step] = [random.whole(0, 1), random.whole(1, 2)];
    return ([y]) => ops.slice(y!, axis, start, undefined, step);
  },
  concat: (random, [x]) => {
    const axis = axisOf(random, x!);
    return ([a, b]) => ops.concat([a!, b!, a!], axis);
  },
  pad: (random, [x]) => {
    const padding = x!.shape.map(() => [random.whole(-1, 1), random.whole(0, 1)] as const);
    return ([y]) => ops.pad(y!, padding);
  },
  reshapeTwice: unary((x) => ops.expandDims(ops.flat(x), 0)),
} satisfies Readonly<Record<string, Maker>>;

/** Kinds of steps on the other dtypes. */
const discrete = {
  number: unary((x) => ops.cast(x, 'i32')),
  not: unary(ops.not),
  sum: unary((x) => ops.sum(ops.cast(x, 'i32'))),
  addZero: unary((x) => ops.add(x, 0)),
  double: unary((x) => ops.mul(x, 2)),
  all: unary(ops.all),
  /** What dropout does: a mask from the key and the step. */
  dropout: () => (tensors) => {
    const [x, step, key] = [tensors[0]!, tensors[12]!, tensors[13]!];
    const mask = ops.less(ops.randomUniform(ops.foldIn(key, step), x.shape), 0.5);
    return ops.where(mask, ops.mul(x, 2), 0);
  },
} satisfies Readonly<Record<string, Maker>>;

/** A step that may or may not fit the tensors it picks. */
export function stepsAtRandom(random: Random, pool: readonly AnyTensor[]): Step {
  const [kinds, fits] = random.pick([
    [floating, isFloating],
    [floating, isFloating],
    [moving, () => true],
    [discrete, (tensor: AnyTensor) => !isFloating(tensor)],
  ] as readonly (readonly [Readonly<Record<string, Maker>>, (tensor: AnyTensor) => boolean])[])!;
  const name = random.pick(Object.keys(kinds));
  const places = pool.flatMap((tensor, place) => (fits(tensor) ? [place] : []));
  const picked = random.list(2, () => random.pick(places));
  const fixed = name === 'convolve' || name === 'pool' || name === 'average' || name === 'dropout';
  const from = (all: readonly AnyTensor[]) => (fixed ? all : picked.map((place) => all[place]!));
  const make = kinds[name]!(random, from(pool));
  return { name: `${name} ${picked.join(' ')}`, apply: (all) => make(from(all)) };
}
