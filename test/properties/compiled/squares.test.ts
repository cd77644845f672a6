/**
 * Programs over square matrices, where everything fits everything: products, convolutions, views, padding and elementwise
 * operations, used at their own places and at others, in all combinations. Whole numbers modulo 7: no rounding.
 */

import { interpreter } from '@cotangent/engine';
import { type AnyTensor, fill, input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { holds } from '../runs.ts';
import { callsOn, expectAlike } from './programs.ts';
import { engine, graphOf } from './running.ts';

const size = 5;
const small = (x: AnyTensor): AnyTensor => ops.sub(x, ops.mul(ops.floor(ops.mul(x, 1 / 8)), 8));
const rows = (x: AnyTensor): AnyTensor => ops.broadcastTo(ops.slice(x, 0, 1, 2), [size, size]);
const moved = (x: AnyTensor, by: number, value: number): AnyTensor =>
  ops.pad(
    x,
    [
      [by, -by],
      [0, 0],
    ],
    { value },
  );
const image = (x: AnyTensor): AnyTensor => ops.reshape(x, [1, size, size, 1]);

const steps: Readonly<Record<string, (a: AnyTensor, b: AnyTensor) => AnyTensor>> = {
  matmul: (a, b) => small(ops.matmul(a, b)),
  // Without anything behind it, too.
  product: (a, b) => ops.matmul(small(a), small(b)),
  conv: (a, b) => {
    const kernel = ops.reshape(ops.slice(ops.slice(b, 0, 0, 3), 1, 0, 3), [3, 3, 1, 1]);
    return ops.reshape(ops.conv(image(small(a)), small(kernel), { padding: 'same' }, 'conv2d'), [size, size]);
  },
  add: (a, b) => ops.add(small(a), b),
  mul: (a, b) => ops.mul(small(a), small(b)),
  neg: (a) => ops.neg(a),
  max: (a, b) => ops.maximum(a, b),
  transpose: (a) => ops.transpose(a, [1, 0]),
  reverse: (a) => ops.reverse(a, 0),
  mirror: (a) => ops.reverse(a, 1),
  rows,
  down: (a) => moved(a, 1, 3),
  up: (a) => moved(a, -1, 3),
  around: (a) =>
    ops.slice(
      ops.slice(
        ops.pad(
          a,
          [
            [2, 2],
            [2, 2],
          ],
          { value: 3 },
        ),
        0,
        1,
        1 + size,
      ),
      1,
      1,
      1 + size,
    ),
  framed: (a) =>
    ops.slice(
      ops.slice(
        ops.neg(
          ops.pad(
            a,
            [
              [1, 1],
              [1, 1],
            ],
            { value: 3 },
          ),
        ),
        0,
        0,
        size,
      ),
      1,
      1,
      1 + size,
    ),
  three: () => fill(3, [size, size]),
  sums: (a) => ops.broadcastTo(ops.sum(small(a), 1, { keepDims: true }), [size, size]),
};
const names = Object.keys(steps);

interface Program {
  readonly list: readonly (readonly [step: string, a: number, b: number])[];
  readonly results: number;
}

const programs: fc.Arbitrary<Program> = fc.record({
  list: fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(6), fc.nat(6)), { minLength: 2, maxLength: 14 }),
  results: fc.integer({ min: 1, max: 3 }),
});

describe('square programs', () => {
  test('are exact, call after call', () => {
    holds(
      programs,
      ({ list, results }) => {
        const [s, ...leaves] = [input('s', []), input('x', [size, size]), input('y', [size, size])];
        const pool: AnyTensor[] = [...leaves];
        // Mostly of what is new.
        const at = (back: number) => pool[Math.max(0, pool.length - 1 - back)]!;
        for (const [step, a, b] of list) pool.push(steps[step]!(at(a), at(b)));
        const random = new Random(list.length);
        // What fills padding is a result as well: it lies in memory.
        const graph = graphOf([s, ...leaves], [...pool.slice(-results).map(small), fill(3, []), ops.neg(s)]);
        const squares = Object.fromEntries(
          leaves.map(({ name }) => [
            name,
            arrayOf(
              'f32',
              [size, size],
              random.list(size * size, () => random.whole(-3, 3)),
            ),
          ]),
        );
        const fed = { graph, inputs: { ...squares, s: arrayOf('f32', [], [2]) }, variables: {} };
        const wanted = callsOn(interpreter(), fed, 2);
        callsOn(engine, fed, 2).forEach((call, i) => expectAlike(call, wanted[i]!, 'exact', `call ${i + 1}`));
      },
      400,
    );
  });
});
