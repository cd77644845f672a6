/** Evaluations of GradBench against values that its own implementations gave: ht, kmeans, lstm, ode, particle, saddle. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ht } from './evals/ht.ts';
import { kmeans } from './evals/kmeans.ts';
import { lstm } from './evals/lstm.ts';
import { ode } from './evals/ode.ts';
import { particle } from './evals/particle.ts';
import { saddle } from './evals/saddle.ts';
import type { Evaluation } from './evaluation.ts';

interface Recording {
  readonly cases: readonly {
    readonly function: string;
    readonly description: string;
    readonly input: unknown;
    readonly output: unknown;
    readonly tolerance: number;
  }[];
}

const recordingOf = (name: string): Recording =>
  // A file of this folder, written by `record.py`.
  JSON.parse(readFileSync(new URL(`reference/${name}.json`, import.meta.url), 'utf8')) as Recording;

/** The numbers of a JSON value in order; lists keep their lengths. */
function flat(value: unknown): number[] {
  if (Array.isArray(value)) return [value.length, ...value.flatMap(flat)];
  expect(value).toBeTypeOf('number');
  return [Number(value)];
}

/** The largest |x − y| / max(1, |x| + |y|), which is how GradBench compares. */
function deviation(found: unknown, expected: unknown): number {
  const [left, right] = [flat(found), flat(expected)];
  expect(left.length).toBe(right.length);
  return Math.max(
    ...left.map((x, i) => Math.abs(x - right[i]!) / Math.max(1, Math.abs(x) + Math.abs(right[i]!))),
  );
}

/** A function of an evaluation on an input that was recorded for it. */
function run({ functions }: Evaluation, name: string, input: unknown): unknown {
  // The recording has the form of input that GradBench gives to this function.
  return functions[name]!(JSON.parse(JSON.stringify(input)) as never);
}

/**
 * Sharper than GradBench's 1e-4 wherever both sides compute the same formula. Its gradient of the differential equation is
 * that of the exact solution, from which Runge-Kutta's differs by its own error.
 */
const sharper: Readonly<Record<string, number>> = { 'ode gradient': 1e-6 };

describe.each([
  ['ht', ht],
  ['kmeans', kmeans],
  ['lstm', lstm],
  ['ode', ode],
  ['particle', particle],
  ['saddle', saddle],
])('GradBench %s', (name, evaluation) => {
  it.each(recordingOf(name).cases)(
    '$function agrees for $description',
    ({ function: of, input, output, tolerance }) => {
      const found = deviation(run(evaluation, of, input), output);
      expect(found).toBeLessThanOrEqual(Math.min(tolerance, sharper[`${name} ${of}`] ?? 1e-12));
    },
  );
});

describe('nested descent', () => {
  it('finds one saddle point in all four modes, wherever it starts', () => {
    const [first, ...others] = ['ff', 'fr', 'rf', 'rr'].map((mode) => run(saddle, mode, { start: [30, -4] }));
    for (const other of others) expect(deviation(other, first)).toBeLessThan(1e-15);
  });
});
