/** The compiled engine computes by itself: no kernel of the interpreter runs for it, whatever the primitive. */
import { kernels } from '@cotangent/interpreter';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { casesOf, primitiveNames, samplesOf } from '../../cases/index.ts';
import { applied } from '../running.ts';
import { compiled, graphOf, interpreted } from './running.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** How often kernels of the interpreter run. */
function watched(): () => number {
  const table = kernels as Record<string, (...given: unknown[]) => unknown>;
  const spies = Object.keys(table).map((op) => vi.spyOn(table, op));
  return () => spies.reduce((count, spy) => count + spy.mock.calls.length, 0);
}

const sampleOf = (op: (typeof primitiveNames)[number]) => {
  const [sample] = fc.sample(samplesOf(op, casesOf(op).dtypes[0]!), { numRuns: 1, seed: 1 });
  const { inputs, results } = applied(op, sample!);
  return [graphOf(inputs, results), sample!.operands] as const;
};

test.each(primitiveNames)('%s', (op) => {
  const given = sampleOf(op);
  const count = watched();
  expect(compiled(...given)).not.toHaveProperty('error');
  expect(count()).toBe(0);
});

test('which would be noticed', () => {
  const given = sampleOf('add');
  const count = watched();
  interpreted(...given);
  expect(count()).toBe(1);
});
