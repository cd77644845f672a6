/** The bridge between an evaluation and a tool: an evaluation of three lines of its own stands in for GradBench's. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'gradbench-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Doubles 3 and 4, and finds 4 · 2 wrong. */
const evaluation = `
import { createInterface } from 'node:readline/promises';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let id = 0;
const ask = async (message) => {
  console.log(JSON.stringify({ id: id++, ...message }));
  return JSON.parse((await lines.next()).value);
};
await ask({ kind: 'start', eval: 'hello' });
await ask({ kind: 'define', module: 'hello' });
for (const input of [3, 4]) {
  const { id: of, output } = await ask({ kind: 'evaluate', module: 'hello', function: 'double', input });
  await ask({ kind: 'analysis', of, valid: output === 6, ...(output === 6 ? {} : { error: 'not 6' }) });
}
process.exit();
`;

it('prints verdicts, keeps what was valid, and ends with 1 if something was not', () => {
  const [script, record] = [join(folder, 'eval.mjs'), join(folder, 'record.json')];
  writeFileSync(script, evaluation);
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const args = ['--eval', `node ${script}`, '--tool', `node ${here('tool.mjs')}`, '--record', record];
  const { stdout, status } = spawnSync(process.execPath, [here('bridge.mjs'), ...args], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^valid {3}hello double {2}/m);
  expect(stdout).toMatch(/^INVALID hello double .*\nnot 6$/m);
  expect(stdout).toMatch(/^hello: 1 of 2 evaluations are valid$/m);
  const { module, cases } = JSON.parse(readFileSync(record, 'utf8'));
  expect({ module, cases }).toEqual({
    module: 'hello',
    cases: [{ function: 'double', input: 3, output: 6 }],
  });
});
