/** Random programs over whole numbers, with loops, branches and calls: every bit of their results is known. */
import {
  type AnyTensor,
  closeGraph,
  cond,
  type FloatDType,
  fill,
  type Graph,
  type HostArray,
  Input,
  leavesOf,
  normal,
  scan,
  type Tree,
  type Update,
  type Variable,
  variable,
  whileLoop,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import fc from 'fast-check';
import { drawn } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { countOf, fitted, type Limits, type Pool, sizesOf, type Whole, wholeStep } from './whole-steps.ts';

export interface WholeProgram {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly variables: Readonly<Record<string, HostArray>>;
}

/** How large a program is. */
export interface Size extends Limits {
  /** Sizes of axes. */
  readonly sizes: readonly number[];
  readonly steps: number;
  /** Loops within loops. */
  readonly depth: number;
  /** Inside of a loop others are more likely. */
  readonly nested?: boolean;
}

/** Sizes beside those of vectors and panels, few enough that axes meet. */
export const smallSize: Size = { sizes: [1, 3, 4, 5, 8, 9, 17], elements: 6000, steps: 24, depth: 2 };
/** Enough to be shared among threads. */
export const largeSize: Size = { sizes: [3, 16, 33, 64, 130], elements: 120_000, steps: 16, depth: 1 };

const add = (pool: Whole[], made: readonly Whole[], names: string[], name: string): void => {
  pool.push(...made);
  names.push(name);
};

/** Steps onto a pool, with loops among them. */
function grow(random: Random, pool: Whole[], steps: number, size: Size, names: string[]): void {
  for (let tries = 0, made = 0; made < steps && tries < 20 * steps; tries++) {
    if (size.depth > 0 && random.chance(size.nested === true ? 0.25 : 0.12)) {
      const [name, results] = random.pick([looped, branched, repeated, called])(random, pool, size);
      add(pool, results, names, name);
      made++;
      continue;
    }
    const step = wholeStep(random, pool, size);
    if (step === undefined) continue;
    add(pool, step.made, names, step.name);
    made++;
  }
}

type Nested = (random: Random, pool: Pool, size: Size) => readonly [string, readonly Whole[]];

const isFloating = ({ tensor }: Whole): boolean => tensor.dtype === 'f32' || tensor.dtype === 'f64';
const some = (
  random: Random,
  pool: Pool,
  most: number,
  fits: (one: Whole) => boolean = () => true,
): Whole[] => {
  const fitting = pool.filter((one) => isFloating(one) && fits(one));
  return fitting.length === 0 ? [] : random.list(random.whole(1, most), () => random.pick(fitting));
};
const within = (tensor: AnyTensor): Whole => ({ tensor, bound: 4 });
const inner = (size: Size): Size => ({
  ...size,
  depth: size.depth - 1,
  steps: Math.min(size.steps, 6),
  nested: true,
});
const listOf = (tree: Tree | undefined): AnyTensor[] => (tree === undefined ? [] : leavesOf(tree));

/** What carries become: something of their shape, or one another. */
function nexts(random: Random, pool: Pool, carries: readonly AnyTensor[]): AnyTensor[] {
  return carries.map((carry) => {
    const others = carries.filter((one) => String(one.shape) === String(carry.shape));
    return random.chance(0.3)
      ? random.pick(others)
      : fitted(random, pool, sizesOf(carry), carry.dtype).tensor;
  });
}

const foldedTensors = (list: readonly Whole[]): AnyTensor[] =>
  list.map(({ tensor, bound }) =>
    bound <= 4 ? tensor : ops.sub(tensor, ops.mul(ops.round(ops.mul(tensor, 0.125)), 8)),
  );

const looped: Nested = (random, pool, size) => {
  const init = foldedTensors(some(random, pool, 3));
  const lengths = pool.filter((one) => isFloating(one) && one.tensor.shape.length > 0);
  const length =
    lengths.length > 0 && random.chance(0.7) ? sizesOf(random.pick(lengths).tensor)[0]! : random.whole(0, 4);
  // Long loops take the interpreter long.
  const xs =
    length > 20 ? [] : foldedTensors(some(random, pool, 2, ({ tensor }) => tensor.shape[0] === length));
  const names: string[] = [];
  const reverse = random.chance(0.4);
  const given = xs.length > 0 ? { xs } : { length: Math.min(length, 4) };
  const [last, rows] = scan({ init, ...given, reverse }, (carry: Tree, x: Tree | undefined) => {
    const own = [...listOf(carry), ...listOf(x)].map(within);
    const within0: Whole[] = [...pool.slice(-3).filter(({ bound }) => bound <= 4), ...own];
    grow(random, within0, random.whole(1, 5), inner(size), names);
    const stacked = random
      .list(random.whole(0, 2), () => random.pick(within0))
      .filter(({ tensor }) => countOf(tensor) * Math.max(1, length) <= size.elements);
    const next = nexts(random, within0, listOf(carry));
    return stacked.length === 0 ? [next] : [next, foldedTensors(stacked)];
  });
  const results = [...listOf(last), ...listOf(rows)].map(within);
  return [`scan(${length}${reverse ? ' backwards' : ''}: ${names.join(' ')})`, results];
};

const branched: Nested = (random, pool, size) => {
  const [model] = some(random, pool, 1);
  const names: string[] = [];
  const branch = (): AnyTensor[] => {
    const own = [...pool];
    grow(random, own, random.whole(0, 4), inner(size), names);
    return [fitted(random, own, sizesOf(model!.tensor), model!.tensor.dtype).tensor, model!.tensor];
  };
  const predicate = ops.greater(ops.sum(model!.tensor), random.whole(-3, 3));
  const results = cond(predicate, branch, branch);
  const bound = Math.max(model!.bound, 4);
  return [`cond(${names.join(' ')})`, listOf(results).map((tensor) => ({ tensor, bound }))];
};

const repeated: Nested = (random, pool, size) => {
  const init = foldedTensors(some(random, pool, 2));
  const limit = random.whole(0, 3);
  const names: string[] = [];
  const last = whileLoop(
    { init: [fill(0, [], 'i32'), ...init], maxSteps: 3 },
    ([count]: AnyTensor[]) => ops.less(count!, limit) as never,
    ([count, ...carries]: AnyTensor[]) => {
      const own = [...pool.slice(-3).filter(({ bound }) => bound <= 4), ...carries.map(within)];
      grow(random, own, random.whole(1, 4), inner(size), names);
      return [ops.add(count!, 1), ...nexts(random, own, carries)];
    },
  );
  return [
    `while(${limit}: ${names.join(' ')})`,
    listOf(last as Tree)
      .slice(1)
      .map(within),
  ];
};

const called: Nested = (random, pool, size) => {
  const args = some(random, pool, 2);
  const names: string[] = [];
  const results = ops.call(
    ((...given: AnyTensor[]) => {
      const own = given.map((tensor, i) => ({ tensor, bound: args[i]!.bound }));
      grow(random, own, random.whole(1, 4), inner(size), names);
      return foldedTensors(own.slice(-2));
    }) as never,
    args.map(({ tensor }) => tensor),
    random.chance(0.5),
  );
  return [`call(${names.join(' ')})`, listOf(results).map(within)];
};

export function wholeProgramOf(seed: number, steps: number, size: Size): WholeProgram {
  const random = new Random(seed);
  const dtype: FloatDType = random.pick(['f32', 'f32', 'f64'] as const);
  const shapeOf = (): number[] => {
    const shape = random.list(random.pick([0, 1, 2, 2, 3]), () => random.pick(size.sizes));
    return shape.reduce((count, axis) => count * axis, 1) > size.elements ? shape.slice(1) : shape;
  };
  const inputs = random.list(4, (i) => new Input(`x${i}`, shapeOf(), dtype));
  const image = new Input('image', [2, 9, 10, 3], dtype);
  const [first, second, third] = [shapeOf(), shapeOf()].flatMap((shape, i): Variable[] =>
    i === 0
      ? [variable('a', shape, normal(0, 1), { dtype }), variable('b', shape, normal(0, 1), { dtype })]
      : [variable('c', shape, normal(0, 1), { dtype })],
  ) as [Variable, Variable, Variable];
  const leaves: readonly AnyTensor[] = [...inputs, image, first, second, third];
  const pool: Whole[] = leaves.map(within);
  const names: string[] = [];
  grow(random, pool, steps, size, names);
  const late = (): number => Math.max(random.whole(0, pool.length - 1), random.whole(0, pool.length - 1));
  const outputs = Object.fromEntries(
    random.list(random.whole(1, 5), late).map((place, i) => [`out${i}`, pool[place]!.tensor]),
  );
  const updates: Update[] = [];
  // Two change places, or one follows the other; the third becomes something new, or what is returned.
  if (random.chance(0.5)) updates.push(first.becomes(second as never));
  if (random.chance(0.5))
    updates.push(second.becomes((random.chance(0.5) ? first : ops.neg(first)) as never));
  if (random.chance(0.6))
    updates.push(third.becomes(fitted(random, pool, sizesOf(third), dtype).tensor as never));
  const graph = closeGraph({ inputs: [...inputs, image], outputs, updates });
  const value = ({ shape }: AnyTensor): HostArray =>
    drawn(random, dtype, shape as readonly number[], { draw: (source) => source.whole(-4, 4) });
  const text = `seed ${seed}, ${steps} steps, ${dtype}: ${names.join('; ')}`;
  const program = {
    graph,
    inputs: Object.fromEntries(graph.inputs.map((leaf) => [leaf.name, value(leaf)])),
    variables: Object.fromEntries(graph.variables.map((leaf) => [leaf.path, value(leaf)])),
  };
  return { ...program, [fc.toStringMethod]: () => text } as WholeProgram;
}

export const wholePrograms = (size: Size): fc.Arbitrary<WholeProgram> =>
  fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: size.steps }))
    .map(([seed, steps]) => wholeProgramOf(seed, steps, size));
