/** Steps of random bodies: smooth functions of the tensors that a body sees, and choices by its integers. */
import { type AnyTensor, CotangentError, isFloat, type ValueType } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { arrayOf } from '../../cases/arrays.ts';
import type { Random } from '../../cases/random.ts';
import type { Control } from './control.ts';

export type Pool = readonly AnyTensor[];

/** Something that a body computes. It finds its operands by their places, so that it can be taken on other pools. */
export interface Step {
  readonly text: string;
  apply(pool: Pool, control: Control): readonly AnyTensor[];
}
/** One tensor made from a pool. */
export interface Choice {
  readonly text: string;
  from(pool: Pool): AnyTensor;
}

export const isFloating = ({ dtype }: ValueType): boolean => isFloat(dtype);
const isNumber = ({ dtype }: ValueType): boolean => dtype === 'i32';
const isFlag = ({ dtype }: ValueType): boolean => dtype === 'bool';

/** Places of the tensors that fit. */
export const placesOf = (pool: Pool, fits: (tensor: AnyTensor) => boolean): number[] =>
  pool.flatMap((tensor, place) => (fits(tensor) ? [place] : []));

type Unary = (x: AnyTensor) => AnyTensor;
type Binary = (a: AnyTensor, b: AnyTensor) => AnyTensor;

const unaries: Readonly<Record<string, Unary>> = {
  tanh: ops.tanh,
  sin: ops.sin,
  sigmoid: ops.sigmoid,
  square: (x) => ops.mul(ops.square(ops.tanh(x)), 0.5),
  half: (x) => ops.mul(x, 0.5),
  shift: (x) => ops.sub(x, 0.25),
  sum: (x) => ops.sum(x),
  sumLast: (x) => ops.sum(x, -1, { keepDims: true }),
  sumFirst: (x) => ops.sum(x, 0),
  transpose: (x) => ops.transpose(x),
  reverse: (x) => ops.reverse(x),
  expand: (x) => ops.expandDims(x, 0),
  head: (x) => ops.slice(x, 0, 0, 1),
  tail: (x) => ops.slice(x, -1, 1),
  cumulative: (x) => ops.cumsum(x, 0),
  softmax: (x) => ops.softmax(x, -1),
  stop: (x) => ops.mul(ops.stopGradient(x), ops.sin(x)),
  weights: (x) => ops.mul(x, ops.constantOfArray(arrayOf('f64', [3], [0.5, -1, 0.75]))),
};
const binaries: Readonly<Record<string, Binary>> = {
  add: ops.add,
  sub: ops.sub,
  mul: (a, b) => ops.mul(ops.tanh(a), b),
  matmul: (a, b) => ops.mul(ops.matmul(a, b), 0.5),
  spread: (a, b) => ops.add(ops.broadcastTo(a, b.shape), ops.mul(b, 0.5)),
};
const onNumbers: Readonly<Record<string, Unary>> = {
  next: (x) => ops.add(x, 1),
  cycle: (x) => ops.rem(ops.add(ops.mul(x, 3), 1), 7),
  odd: (x) => ops.equal(ops.rem(x, 2), 1),
  asFloat: (x) => ops.mul(ops.cast(x, 'f64'), 0.125),
};
const onFlags: Readonly<Record<string, Unary>> = {
  not: ops.not,
  asNumber: (x) => ops.cast(x, 'i32'),
};

/** Numbers of any size as positions in an axis. */
const positions = (numbers: AnyTensor, size: number): AnyTensor =>
  ops.rem(ops.abs(ops.rem(numbers, 100)), size);

/** One draw; undefined if the pool has nothing that fits. */
function attempt(random: Random, pool: Pool): Step | undefined {
  const pick = (fits: (tensor: AnyTensor) => boolean): number => {
    const places = placesOf(pool, fits);
    return places.length === 0 ? -1 : random.pick(places);
  };
  const one = (text: string, place: number, f: Unary): Step | undefined =>
    place < 0 ? undefined : { text: `${text}(%${place})`, apply: (all) => [f(all[place]!)] };
  const two = (text: string, a: number, b: number, f: Binary): Step | undefined =>
    a < 0 || b < 0 ? undefined : { text: `${text}(%${a}, %${b})`, apply: (all) => [f(all[a]!, all[b]!)] };
  const kind = random.unit();
  if (kind < 0.32) {
    const name = random.pick(Object.keys(unaries));
    return one(name, pick(isFloating), unaries[name]!);
  }
  if (kind < 0.67) {
    const name = random.pick(Object.keys(binaries));
    return two(name, pick(isFloating), pick(isFloating), binaries[name]!);
  }
  if (kind < 0.75) {
    const name = random.pick(Object.keys(onNumbers));
    return one(name, pick(isNumber), onNumbers[name]!);
  }
  if (kind < 0.78) {
    const name = random.pick(Object.keys(onFlags));
    return one(name, pick(isFlag), onFlags[name]!);
  }
  if (kind < 0.82) return one('positive', pick(isFloating), (x) => ops.greater(x, 0.1));
  if (kind < 0.91)
    return two(
      'take',
      pick((x) => isFloating(x) && x.shape.length > 0),
      pick(isNumber),
      (x, numbers) => ops.take(x, positions(numbers, Number(x.shape[0])), 0),
    );
  const [flag, a, b] = [pick(isFlag), pick(isFloating), pick(isFloating)];
  if (flag < 0) return undefined;
  return {
    text: `where(%${flag}, %${a}, %${b})`,
    apply: (all) => [ops.where(all[flag]!, all[a]!, all[b]!)],
  };
}

const isSmall = ({ shape }: AnyTensor): boolean =>
  shape.length <= 3 &&
  shape.every((size) => size !== 0) &&
  shape.reduce<number>((n, size) => n * Number(size), 1) <= 24;

/** Takes a step if its results are small and well typed; other errors are not expected. */
export function taken(step: Step, pool: Pool, control: Control): readonly AnyTensor[] | undefined {
  try {
    const made = step.apply(pool, control);
    return made.every(isSmall) ? made : undefined;
  } catch (error) {
    if (error instanceof CotangentError) return undefined;
    throw error;
  }
}

/** A step that fits the pool, with its results. */
export function plainStep(
  random: Random,
  pool: Pool,
  control: Control,
): readonly [Step, readonly AnyTensor[]] {
  for (;;) {
    const step = attempt(random, pool);
    const made = step === undefined ? undefined : taken(step, pool, control);
    if (made !== undefined) return [step!, made];
  }
}

/** A tensor of a wanted type that depends on the pool, bounded so that no loop runs away. */
export function ofType(random: Random, pool: Pool, type: ValueType): Choice {
  const same = placesOf(pool, ({ dtype }) => dtype === type.dtype);
  const exact = same.filter((place) => String(pool[place]!.shape) === String(type.shape));
  if (exact.length > 0 && random.chance(0.15)) {
    const place = random.pick(exact);
    return { text: `%${place}`, from: (all) => all[place]! };
  }
  if (same.length === 0) return { text: 'zeros', from: () => ops.splat(0, type.shape, type.dtype) };
  // Late places are what the body computed.
  const place = Math.max(random.pick(same), random.pick(same));
  const fitted = (x: AnyTensor): AnyTensor =>
    String(x.shape) === String(type.shape) ? x : ops.broadcastTo(ops.sum(cast(x)), type.shape);
  const cast = (x: AnyTensor): AnyTensor => (isFlag(x) ? ops.cast(x, 'i32') : x);
  if (isFloating(type)) {
    const others = random.list(random.whole(0, 3), () => random.pick(same));
    return {
      text: `tanh(%${place}${others.map((other) => ` + %${other} / 2`).join('')})`,
      from: (all) =>
        ops.tanh(
          others.reduce((sum, other) => ops.add(sum, ops.mul(fitted(all[other]!), 0.5)), fitted(all[place]!)),
        ),
    };
  }
  if (isFlag(type))
    return {
      text: `odd(%${place})`,
      from: (all) => ops.equal(ops.rem(fitted(cast(all[place]!)), 2), 1),
    };
  return { text: `cycle(%${place})`, from: (all) => onNumbers.cycle!(fitted(all[place]!)) };
}
