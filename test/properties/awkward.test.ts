/**
 * Decisions at awkward points: kinks, ties, infinite slopes, guarded branches, extreme arguments. Value, first and
 * second derivative, forward and in reverse; never NaN where the derivative exists.
 */
import { grad, hvp, jvp } from '@cotangent/autodiff';
import { type AnyTensor, Input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../cases/arrays.ts';
import { half } from './awkward/awkward.ts';
import { extremes } from './awkward/extremes.ts';
import { guards } from './awkward/guards.ts';
import { kinks, ties } from './awkward/kinks.ts';
import { zeros } from './awkward/zeros.ts';
import { runner } from './running.ts';

const nan = Number.NaN;

const isNear = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * (1 + Math.abs(b));
const near = (actual: ArrayLike<number>, wanted: readonly number[], what: string): void => {
  const list = Array.from(actual);
  expect(
    list.length === wanted.length && list.every((entry, i) => isNear(entry, wanted[i]!)),
    `${what} is [${list}] where it should be [${wanted}]`,
  ).toBe(true);
};

describe.each([
  ['at kinks', kinks],
  ['at ties', ties],
  ['at zero', zeros],
  ['behind a guard', guards],
  ['far out', extremes],
] as const)('derivatives %s', (_, entries) => {
  test.each(entries.map((entry) => [entry.what, entry] as const))(
    '%s',
    (_what, { f, at, value, first, second }) => {
      const x = new Input('x', [at.length], 'f64') as AnyTensor;
      const ones = ops.splat(1, x.shape, 'f64');
      const y = f(x);
      const loss = ops.sum(y);
      const gradient = grad(loss, x);
      const tangents = at.map((__, i) =>
        jvp(
          loss,
          x,
          ops.constantOfArray(
            at.map((___, k) => Number(k === i)),
            'f64',
          ),
        ),
      );
      const run = runner(
        [x as Input],
        [y, gradient, hvp(loss, x, ones), grad(ops.sum(gradient), x), ...tangents],
      );
      const [values, slopes, forward, backward, ...pushed] = run([arrayOf('f64', [at.length], at)]);
      near(values!.data, value, 'the value');
      near(slopes!.data, first, 'the gradient');
      near(
        pushed.map(({ data }) => data[0]!),
        first,
        'the derivative forward',
      );
      if (second === undefined) return;
      near(forward!.data, second, 'the Hessian, forward over reverse');
      near(backward!.data, second, 'the Hessian, reverse over reverse');
    },
  );
});

test('where there is no derivative, NaN says so', () => {
  const x = new Input('x', [2], 'f64') as AnyTensor;
  const angle = ops.atan2(half(x, 0, 1), half(x, 1, 2));
  const [gradient] = runner([x as Input], [grad(ops.sum(angle), x)])([arrayOf('f64', [2], [0, 0])]);
  near(gradient!.data, [nan, nan], 'the gradient of atan2 at the origin');
});
