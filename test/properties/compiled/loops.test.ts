/** What a loop carries: places that are written while others are still read, and what need not be done in every turn. */
import {
  type AnyTensor,
  closeGraph,
  fill,
  input,
  leavesOf,
  scan,
  type Tree,
  whileLoop,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describe, test } from 'vitest';
import { drawn } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { runsAlike } from './programs.ts';
import { folded } from './whole-steps.ts';

/** Back to −4, …, 4. */
const fold = (tensor: AnyTensor): AnyTensor => folded({ tensor, bound: 100 }).tensor;
const size = 12;
const square = (x: AnyTensor): AnyTensor => ops.reshape(x, [3, 4]);
const flat = (x: AnyTensor): AnyTensor => ops.reshape(x, [size]);

/** What two carries become, from both, a slice, and something from outside. */
type Step = (
  a: AnyTensor,
  b: AnyTensor,
  slice: AnyTensor,
  outside: AnyTensor,
) => readonly [AnyTensor, AnyTensor];

const steps: Readonly<Record<string, Step>> = {
  'each from itself at the same place': (a, b, x) => [ops.add(a, x), ops.sub(b, 1)],
  'one from itself backwards': (a, b, x) => [ops.add(ops.reverse(a), x), b],
  'one from itself moved by one': (a, b) => [ops.roll(a, 1, 0), ops.roll(b, -1, 0)],
  'one from itself and its neighbour': (a, b, x) => [fold(ops.add(ops.roll(a, 1, 0), a)), ops.add(b, x)],
  'one from itself transposed': (a, b) => [
    flat(ops.transpose(ops.reshape(flat(ops.transpose(square(a))), [4, 3]))),
    b,
  ],
  'one from a sum of itself': (a, b) => [fold(ops.sub(a, ops.sum(a))), b],
  'one from a running total of itself': (a, b) => [
    fold(ops.cumsum(a, 0)),
    fold(ops.cumsum(b, 0, { reverse: true })),
  ],
  'one from itself sorted': (a, b, x) => [ops.sort(ops.add(a, x), 0), ops.sort(b, 0, { descending: true })],
  'one from entries of itself': (a, b) => [ops.take(a, [3, 1, 0, 2, 5, 4, 7, 6, 11, 10, 9, 8]), b],
  'one from a product with itself': (a, b) => [
    fold(flat(ops.matmul(square(a), ops.matmul(ops.transpose(square(a)), square(b))))),
    b,
  ],
  'one with a part replaced': (a, b, x) => [
    ops.concat([ops.slice(a, 0, 4), ops.slice(x, 0, 0, 4)], 0),
    ops.pad(ops.slice(b, 0, 2), [[1, 1]], { value: 3 }),
  ],
  'one with entries added to it': (a, b, x) => [
    fold(ops.scatterAdd(a, ops.constantOfArray([[0], [5], [0]], 'i32'), ops.slice(x, 0, 0, 3))),
    b,
  ],
  'both exchanged': (a, b) => [b, a],
  'both exchanged, one of them changed': (a, b, x) => [fold(ops.add(b, x)), ops.neg(a)],
  'each from both': (a, b) => [fold(ops.add(a, b)), fold(ops.sub(a, b))],
  'each from the other backwards': (a, b) => [ops.reverse(b), ops.reverse(a)],
  'both the same': (a, b, x) => {
    const next = fold(ops.add(ops.add(a, b), x));
    return [next, next];
  },
  'both from outside': (_a, _b, x, outside) => [outside, ops.add(x, outside)],
  'one that stays': (a, b, x) => [a, fold(ops.add(ops.add(b, a), x))],
  'one from a product with something from outside': (a, b, x, outside) => [
    fold(flat(ops.matmul(square(a), ops.matmul(ops.transpose(square(outside)), square(outside))))),
    fold(ops.add(b, ops.mul(x, outside))),
  ],
};

const [first, second, rows, outside] = [
  input('first', [size], 'f64'),
  input('second', [size], 'f64'),
  input('rows', [5, size], 'f64'),
  input('outside', [size], 'f64'),
];

function runs(outputs: readonly AnyTensor[]): void {
  const graph = closeGraph({ outputs: Object.fromEntries(outputs.map((tensor, i) => [`out${i}`, tensor])) });
  const random = new Random(4);
  const values = graph.inputs.map(({ name, dtype, shape }) => [
    name,
    drawn(random, dtype, shape as readonly number[], { draw: (source) => source.whole(-4, 4) }),
  ]);
  runsAlike({ graph, inputs: Object.fromEntries(values), variables: {} }, 'exact', 1);
}

describe.each(Object.entries(steps))('a loop makes %s', (_, step) => {
  test.each([false, true])('over rows (backwards: %s), of which each is kept before and after', (reverse) => {
    const [last, kept] = scan(
      { init: [first, second], xs: rows, reverse },
      ([a, b]: AnyTensor[], x: Tree) => {
        const [slice] = leavesOf(x);
        const next = step(a!, b!, slice!, outside);
        return [[...next], [a!, next[1]]];
      },
    );
    runs([...leavesOf(last as Tree), ...leavesOf(kept as Tree)]);
  });

  test('over rows, none of which is kept', () => {
    const [last] = scan({ init: [first, second], xs: rows }, ([a, b]: AnyTensor[], x: Tree) => [
      [...step(a!, b!, leavesOf(x)[0]!, outside)],
    ]);
    runs(leavesOf(last as Tree));
  });

  test('as long as a condition holds', () => {
    const last = whileLoop(
      { init: [fill(0, [], 'i32'), first, second] as AnyTensor[], maxSteps: 4 },
      ([count]: AnyTensor[]) => ops.less(count!, 3) as never,
      ([count, a, b]: AnyTensor[]) => [ops.add(count!, 1), ...step(a!, b!, outside, outside)],
    );
    runs(leavesOf(last as Tree));
  });

  test('within another loop, from what that carries', () => {
    const [last] = scan({ init: [first, second], length: 3 }, ([a, b]: AnyTensor[]) => {
      const [inner] = scan({ init: [a!, b!], xs: rows }, ([c, d]: AnyTensor[], x: Tree) => [
        [...step(c!, d!, leavesOf(x)[0]!, a!)],
      ]);
      // As many as were given.
      return [leavesOf(inner as Tree) as [AnyTensor, AnyTensor]];
    });
    runs(leavesOf(last as Tree));
  });
});
