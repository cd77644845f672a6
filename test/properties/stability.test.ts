/**
 * The stability grid: values and derivatives where floats are awkward (signed zeros, subnormals, huge and tiny numbers,
 * infinities, NaN, ties), against tables that were computed with many digits and not with this library.
 */
import { type Engine, interpreter } from '@cotangent/engine';
import { HostArray } from '@cotangent/graph';
import { wasm } from '@cotangent/wasm';
import { describe, expect, test } from 'vitest';
import { type Judged, verdict } from './stability/check.ts';
import { functions } from './stability/functions.ts';
import { naive } from './stability/naive.ts';
import { casesOf, tableNames, tableOf } from './stability/table.ts';
import { isSubnormal } from './stability/units.ts';

const reference: Judged = { engine: interpreter(), dtypes: ['f32', 'f64'], slack: 1, subnormals: true };
/** It has functions of its own, within the same bounds. */
const compiled: Judged = { engine: wasm({ threads: 1 }), dtypes: ['f32', 'f64'], slack: 1, subnormals: true };
/** Another engine is one more entry. */
const engines: readonly Judged[] = [reference, compiled];

describe.each(engines.map((judged) => [judged.engine.name, judged] as const))('on the %s', (_, judged) => {
  describe.each(judged.dtypes)('in %s', (dtype) => {
    test.each(functions.map((f) => [f.what, f] as const))('%s', async (_name, f) => {
      const { points, mistakes } = await verdict(f, dtype, judged);
      expect(points).toBeGreaterThan(20);
      expect(mistakes, mistakes.join('\n')).toEqual([]);
    });
  });
});

describe('the tables', () => {
  test('are all asked for', () => {
    expect([...new Set(functions.map(({ table }) => table))].sort()).toEqual([...tableNames].sort());
  });

  test.each(tableNames)('%s gives a reason for every decision, and no point twice', (name) => {
    const table = tableOf(name);
    for (const dtype of reference.dtypes) {
      const cases = casesOf(table, dtype);
      const reasons = cases.flatMap(({ why }) => (why === undefined ? [] : [why]));
      expect(reasons.filter((why) => table.reasons[why] === undefined)).toEqual([]);
      const points = cases.map(({ at }) => at.map((x) => (Object.is(x, -0) ? '-0' : x)).join());
      expect(new Set(points).size).toBe(points.length);
    }
  });
});

describe('the grid notices', () => {
  const written = functions.filter(({ what }) => naive[what] !== undefined);

  test.each(written.map((f) => [f.what, f] as const))(
    'the formula of the textbook for %s',
    async (what, f) => {
      for (const dtype of reference.dtypes) {
        const { mistakes } = await verdict({ ...f, build: ([x]) => naive[what]!(x!) }, dtype, reference);
        expect(mistakes.length).toBeGreaterThan(0);
      }
    },
  );

  test('an engine that has no subnormal numbers, unless it says so', async () => {
    const engine = flushing();
    const sigmoid = functions.find(({ what }) => what === 'sigmoid')!;
    const honest = await verdict(sigmoid, 'f32', { ...reference, engine, subnormals: false });
    expect(honest.mistakes).toEqual([]);
    const boastful = await verdict(sigmoid, 'f32', { ...reference, engine });
    expect(boastful.mistakes.length).toBeGreaterThan(0);
    expect(boastful.points).toBeGreaterThan(honest.points);
  });
});

/** The interpreter behind promises, with 0 in place of every subnormal result. */
function flushing(): Engine<'async'> {
  const inner = interpreter();
  const flushed = ({ dtype, shape, data }: HostArray): HostArray =>
    new HostArray(
      dtype,
      shape,
      dtype === 'f32' ? Float32Array.from(data, (x) => (isSubnormal(x, dtype) ? 0 : x)) : data,
    );
  return {
    ...inner,
    name: 'flushing',
    mode: 'async',
    compile: async (graph) => {
      const { run, dispose } = inner.compile(graph);
      return {
        run: async (inputs, variables, report) => {
          const { outputs, updates } = run(inputs, variables, report);
          return { outputs: outputs.map(flushed), updates };
        },
        dispose,
      };
    },
    read: async (stored) => inner.read(stored),
  };
}
