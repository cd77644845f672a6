/**
 * The WebNN conformance vectors: every operator that our primitives express, and chains of them. Computed with reals in
 * float64, and again in float32; rounded to the type of the output and compared at the stated tolerance.
 */
import type { FloatDType } from '@cotangent/graph';
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { isReal, problemOf } from './numbers.ts';
import { operators } from './operators/index.ts';
import { index, type VectorCase, type VectorTolerance, vectors } from './vectors.ts';

/** Operators that need recurrence, which is not there yet: 21 cases. */
const notYet: readonly string[] = ['gru', 'gruCell', 'lstm', 'lstmCell'];
const casesNotYet = 21;

const missing = (one: VectorCase): readonly string[] =>
  one.operators.map(({ name }) => name).filter((name) => !(name in operators));

const hasReals = (one: VectorCase): boolean =>
  [...Object.values(one.inputs), ...Object.values(one.expected)].some(({ dataType }) => isReal(dataType));

function check(one: VectorCase, real: FloatDType, tolerance: VectorTolerance): void {
  const results = evaluate(one, real);
  for (const [name, want] of Object.entries(one.expected)) {
    const got = results[name];
    expect(got.shape, `${one.name}: the shape of ${name}`).toEqual(want.shape);
    for (let i = 0; i < want.data.length; i++) {
      const problem = problemOf(got.data[i], want.data[i], want.dataType, tolerance);
      if (problem !== undefined) throw new Error(`${one.name}: element ${i} of ${name}: ${problem}`);
    }
  }
}

const done = new Set<string>();
const waiting = new Set<string>();

for (const [file, cases] of vectors)
  describe(file, () => {
    for (const [number, one] of cases.entries()) {
      const key = `${file} ${number}`;
      if (missing(one).length > 0) {
        waiting.add(key);
        test.todo(one.name);
        continue;
      }
      for (const real of hasReals(one) ? (['f64', 'f32'] as const) : (['f64'] as const))
        test(`${one.name}, ${real}`, () => {
          check(one, real, one.tolerance);
          done.add(key);
        });
    }
  });

test('only operators that are listed as not yet there are missing', () => {
  const names = [...vectors.values()].flat().flatMap(missing);
  expect([...new Set(names)].sort()).toEqual([...notYet].sort());
});

test('cases that passed and cases not yet there add up to the index', () => {
  expect(waiting.size).toBe(casesNotYet);
  expect(done.size + waiting.size).toBe(index.count);
});
