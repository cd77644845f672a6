import { apply, closeGraph, fromNested, type HostArray, input } from '@cotangent/graph';
import { expect, test, vi } from 'vitest';
import { prepare } from '../prepare.ts';
import { run } from '../testing.ts';

const x = fromNested([1, 2]);

test('stopGradient and optimizationBarrier change nothing', () => {
  expect(run('stopGradient', [x], {})).toEqual(x);
  expect(run('optimizationBarrier', [x], {})).toEqual(x);
});

test('tag reports its value if it is asked to, and passes it on', () => {
  const leaf = input('x', [2]);
  const tagged = (report: boolean) => apply('tag', [leaf], { label: 'loss', report })[0];
  const execute = prepare(closeGraph({ outputs: { loud: tagged(true), quiet: tagged(false) } }));
  const seen: [string, HostArray][] = [];
  const { outputs } = execute([x], [], (label, value) => seen.push([label, value]));
  expect(seen).toEqual([['loss', x]]);
  expect(outputs).toEqual([x, x]);
});

test('tag prints `label = value` by default', () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  run('tag', [x], { label: 'x', report: true });
  expect(print.mock.calls).toEqual([['x = [1., 2.]']]);
  print.mockRestore();
});
