/** The tool of GradBench: what it answers, from any folder, and every evaluation on its smallest recorded input. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compare } from './comparison.ts';
import { evaluations } from './evals/index.ts';
import { measure } from './measure.ts';
import { respond } from './protocol.ts';
import { type Case, judge, listed, referenceOf } from './reference.ts';

const answer = (message: unknown): Record<string, unknown> =>
  JSON.parse(respond(evaluations, typeof message === 'string' ? message : JSON.stringify(message)));

describe('the tool', () => {
  const lines = [
    { id: 0, kind: 'start', eval: 'hello' },
    { id: 1, kind: 'define', module: 'hello' },
    '{ this is not JSON',
    { id: 2, kind: 'evaluate', module: 'hello', function: 'double', input: 3 },
    { id: 3, kind: 'analysis', of: 2, valid: true },
  ];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('tool.mjs', import.meta.url))],
    {
      cwd: tmpdir(),
      encoding: 'utf8',
      input: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    },
  );
  const responses = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  it('answers every line, and ends when its input does', () => {
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(responses.map(({ id }) => id)).toEqual([0, 1, null, 2, 3]);
    expect(responses[0].tool).toBe('cotangent');
    expect(responses[1].success).toBe(true);
    expect(responses[2].error).toMatch(/^the line is not JSON: /);
    expect(responses[3]).toMatchObject({ success: true, output: 6 });
    expect(responses[4]).toEqual({ id: 3 });
  });
});

describe('the protocol', () => {
  it('refuses unknown modules with a sentence that names the known ones', () => {
    const { success, error } = answer({ id: 7, kind: 'define', module: 'nonesuch' });
    expect(success).toBe(false);
    expect(error).toMatch(/^there is no module "nonesuch": the modules are ba, /);
  });

  it('does not take for a module what every object has', () => {
    expect(answer({ id: 7, kind: 'define', module: 'toString' }).success).toBe(false);
    expect(answer({ id: 7, kind: 'evaluate', module: 'hello', function: 'valueOf', input: 1 }).success).toBe(
      false,
    );
  });

  it('refuses unknown functions with a sentence that names the known ones', () => {
    const { id, success, error } = answer({
      id: 8,
      kind: 'evaluate',
      module: 'hello',
      function: 'cube',
      input: 1,
    });
    expect({ id, success }).toEqual({ id: 8, success: false });
    expect(error).toBe('the module \'hello\' has no function "cube": its functions are square, double');
  });

  it('turns an input that does not fit into a sentence', () => {
    const { success, error } = answer({
      id: 9,
      kind: 'evaluate',
      module: 'hello',
      function: 'square',
      input: [1],
    });
    expect(success).toBe(false);
    expect(error).toMatch(/the input 'x' is declared \[\] and was fed \[1\]/);
  });

  it.each(['[]', '3', 'null'])('refuses %s as a message', (line) => {
    expect(answer(line)).toMatchObject({ id: null, success: false });
  });
});

describe('measuring', () => {
  const names = (input: unknown): string[] => measure(() => undefined, input).timings.map(({ name }) => name);

  it('prepares once, then runs as often as the input asks', () => {
    expect(names({ min_runs: 3, min_seconds: 0 })).toEqual(['prepare', 'evaluate', 'evaluate', 'evaluate']);
    expect(names(1)).toEqual(['prepare', 'evaluate']);
  });

  it('runs on until the seconds are spent', () => {
    const { timings } = measure(() => undefined, { min_runs: 1, min_seconds: 0.002 });
    const spent = timings.slice(1).map(({ nanoseconds }) => nanoseconds);
    const total = spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0);
    expect(total).toBeGreaterThanOrEqual(2e6);
    expect(total - spent.at(-1)!).toBeLessThan(2e6);
  });
});

describe('comparing', () => {
  it('measures distances as GradBench does: absolutely below 1, relatively above', () => {
    expect(compare(0, 1e-3).deviation).toBeCloseTo(1e-3);
    expect(compare([1000], [1002]).deviation).toBeCloseTo(2 / 2002);
  });

  it('is never content with what is no number', () => {
    expect(compare(1, Number.NaN).deviation).toBe(Number.POSITIVE_INFINITY);
    expect(compare(1, null).difference).toBe('output is not 1');
  });

  it('says where structures differ', () => {
    expect(compare({ a: [1, 2] }, { a: [1] }).difference).toBe("output.a lacks '1'");
    expect(compare({ a: 1 }, { a: 1, b: 1 }).difference).toBe("output has 'b', which is not expected");
  });
});

describe.each(listed)('%s', (name, evaluation) => {
  const { cases } = referenceOf(name);

  it('has reference values for each of its functions', () => {
    expect([...new Set(cases.map((one) => one.function))].sort()).toEqual(
      Object.keys(evaluation.functions).sort(),
    );
  });

  it('gives them on the smallest inputs', () => {
    const smallest = Object.keys(evaluation.functions).map((of): Case => {
      const own = cases.filter((one) => one.function === of);
      const sizes = own.map(({ input }) => JSON.stringify(input).length);
      return own[sizes.indexOf(Math.min(...sizes))]!;
    });
    expect(judge(name, evaluation, smallest).faults).toEqual([]);
  });
});
