/**
 * The WebNN conformance vectors: every operator, and chains of them. Computed with reals in
 * float64, and again in float32; rounded to the type of the output and compared at the stated tolerance.
 */
import type { Engine } from '@cotangent/engine';
import type { FloatDType } from '@cotangent/graph';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { evaluate } from './evaluate.ts';
import { isReal, problemOf } from './numbers.ts';
import { index, type VectorCase, type VectorTolerance, vectors } from './vectors.ts';

const hasReals = (one: VectorCase): boolean =>
  [...Object.values(one.inputs), ...Object.values(one.expected)].some(({ dataType }) => isReal(dataType));

function check(one: VectorCase, real: FloatDType, tolerance: VectorTolerance, engine: Engine<'sync'>): void {
  const results = evaluate(one, real, engine);
  for (const [name, want] of Object.entries(one.expected)) {
    const got = results[name];
    expect(got.shape, `${one.name}: the shape of ${name}`).toEqual(want.shape);
    for (let i = 0; i < want.data.length; i++) {
      const problem = problemOf(got.data[i], want.data[i], want.dataType, tolerance);
      if (problem !== undefined) throw new Error(`${one.name}: element ${i} of ${name}: ${problem}`);
    }
  }
}

describe.each(engines)('on %s', (_, engine) => {
  const done = new Set<string>();

  for (const [file, cases] of vectors)
    describe(file, () => {
      for (const [number, one] of cases.entries()) {
        const key = `${file} ${number}`;
        for (const real of hasReals(one) ? (['f64', 'f32'] as const) : (['f64'] as const))
          test(`${one.name}, ${real}`, () => {
            check(one, real, one.tolerance, engine);
            done.add(key);
          });
      }
    });

  test('every case of the index has passed', () => {
    expect(done.size).toBe(index.count);
  });
});
