/** All cases as tests of an engine, and a count: what ran and what is left out is the manifest. */
import type { Engine } from '@cotangent/engine';
import { describe, expect, test } from 'vitest';
import { type CaseEntry, manifest } from './cases.ts';
import { check } from './check.ts';
import { leftOut } from './left-out.ts';
import { operators } from './operators/index.ts';

const isLeftOut = ({ ops }: CaseEntry): boolean => ops.some((name) => Object.hasOwn(leftOut, name));
const withOperator = (name: string): readonly CaseEntry[] =>
  manifest.cases.filter(({ ops }) => ops.includes(name));

export function nodeTests(engine: Engine<'sync'>): void {
  const run = manifest.cases.filter((entry) => !isLeftOut(entry));
  const done = new Set<string>();

  for (const category of new Set(run.map((entry) => entry.category)))
    describe(category, () => {
      for (const entry of run.filter((one) => one.category === category))
        test(entry.case, () => {
          check(entry, engine);
          done.add(entry.case);
        });
    });

  test('every case of the manifest has passed, or is left out with a reason', () => {
    const out = manifest.cases.filter(isLeftOut);
    const reasons = Object.keys(leftOut).map((name) => `${name} ${withOperator(name).length}`);
    console.log(
      `ONNX, engine ${engine.name}: ${done.size} of ${manifest.count} passed, ${out.length} left out (${reasons.join(', ')})`,
    );
    expect(new Set([...done, ...out.map((entry) => entry.case)]).size).toBe(manifest.count);
    expect(done.size + out.length).toBe(manifest.count);
  });

  test('the tables have no row that no case uses', () => {
    const names = [...Object.keys(operators), ...Object.keys(leftOut)];
    expect(names.filter((name) => withOperator(name).length === 0)).toEqual([]);
  });
}
