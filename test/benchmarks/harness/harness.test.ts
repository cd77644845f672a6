/** What the harness makes of measurements: medians, ratios, verdicts, agreement, names of works. */
import { describe, expect, it } from 'vitest';
import { agreementsOf } from './agreement.ts';
import { chartOf } from './chart.ts';
import { chosenBy, type EngineFacts } from './contestants.ts';
import { figureOf, type WorkId, worksNamed } from './figures.ts';
import { rowsOf, verdicts } from './judgement.ts';
import { optionsOf } from './options.ts';
import { reportOf } from './report.ts';
import { type Results, type Sample, sampleOf } from './results.ts';

const compiled = (threads: number): EngineFacts => ({
  name: 'fast',
  kind: 'compiled',
  threads,
  node: 'this',
});

const sample = (id: string, work: WorkId, ms: number, values: Sample['values'] = {}, round = 1): Sample => ({
  id,
  work,
  round,
  ms,
  min: ms,
  values,
});

/** Two threads of one engine, PyTorch, a peer in JavaScript, and one whose losses are others. */
const resultsWith = (samples: Sample[], ceilings: Results['ceilings'] = []): Results => ({
  when: '2026-01-01T00:00:00.000Z',
  machine: {
    processor: 'a processor',
    cores: 2,
    memoryGiB: 8,
    node: 'v20.0.0',
    node24: undefined,
    commit: undefined,
  },
  settings: { rounds: 1, seconds: 1, short: false },
  contestants: [
    { id: 'fast 1t', side: 'ours', engine: compiled(1) },
    { id: 'fast 2t', side: 'ours', engine: compiled(2) },
    { id: 'torch 1t', side: 'PyTorch' },
    { id: 'torch 2t', side: 'PyTorch' },
    { id: 'tfjs-wasm', side: 'JavaScript' },
    { id: 'brain.js', side: 'JavaScript' },
    { id: 'ort-node 1t', side: 'native' },
  ],
  samples,
  ceilings,
  calibration: [60, 66],
  versions: { torch: '1.13.0' },
});

const rowOf = (results: Results, work: WorkId, id: string) =>
  rowsOf(results).find((row) => row.work === work && row.id === id)!;

describe('judgement', () => {
  it('takes the median over the rounds, and the better number of threads of PyTorch', () => {
    const results = resultsWith([
      sample('fast 1t', 'W1', 9),
      sample('fast 1t', 'W1', 1, {}, 2),
      sample('fast 1t', 'W1', 2, {}, 3),
      sample('torch 1t', 'W1', 5),
      sample('torch 2t', 'W1', 4),
      sample('tfjs-wasm', 'W1', 8),
      sample('ort-node 1t', 'W1', 0.1),
    ]);
    const row = rowOf(results, 'W1', 'fast 1t');
    expect(row.toTorch).toBe(0.5);
    expect(row.torch?.id).toBe('torch 2t');
    // Machine code behind a JavaScript face is no peer in JavaScript.
    expect(row.toPeer).toBe(0.25);
    expect(row.isMet).toBe(true);
  });

  it('holds the products against what WebAssembly can do with as many threads', () => {
    const flop = 2 * 512 ** 3;
    const at = (gflops: number): number => flop / gflops / 1e6;
    const results = resultsWith(
      [sample('fast 1t', 'W5_512', at(41)), sample('fast 2t', 'W5_512', at(79))],
      [
        { node: 'this', threads: 1, gflops: 48 },
        { node: 'this', threads: 1, gflops: 50 },
        { node: 'this', threads: 2, gflops: 100 },
        { node: '24', threads: 2, gflops: 117 },
      ],
    );
    expect(rowOf(results, 'W5_512', 'fast 1t').isMet).toBe(true);
    expect(rowOf(results, 'W5_512', 'fast 2t').isMet).toBe(false);
    expect(verdicts(results, rowsOf(results))).toEqual([{ name: 'fast', met: ['W5_512'], missed: [] }]);
  });

  it('wants the long chain fast and linear', () => {
    const chain = (long: number) =>
      resultsWith([
        sample('fast 1t', 'W10_100000', 100),
        sample('fast 1t', 'W10_1000000', long),
        sample('torch 1t', 'W10_1000000', 1e5),
      ]);
    expect(rowOf(chain(1100), 'W10_1000000', 'fast 1t').isMet).toBe(true);
    expect(rowOf(chain(2000), 'W10_1000000', 'fast 1t').isMet).toBe(false);
  });

  it('judges nothing without PyTorch, and a failure as missed', () => {
    const failure = sampleOf({ error: 'lacks sin' }, 'fast 2t', 1, 'W1');
    const results = resultsWith([sample('fast 1t', 'W1', 1), failure]);
    expect(rowOf(results, 'W1', 'fast 1t').isMet).toBeUndefined();
    expect(rowOf(results, 'W1', 'fast 2t').isMet).toBe(false);
    expect(reportOf(results, false)).toContain('W1 of fast 2t fails: lacks sin');
    expect(chartOf(results)).toBeUndefined();
  });
});

describe('agreement', () => {
  const losses = (loss0: number, loss5: number) => ({ loss0, loss5 });

  it('compares what both have, to five digits', () => {
    const results = resultsWith([
      sample('fast 1t', 'W2', 1, losses(2.3, 1.4)),
      sample('fast 2t', 'W2', 1, losses(2.3, 1.4001)),
      sample('torch 1t', 'W2', 1, losses(2.3, 1.400001)),
      sample('tfjs-wasm', 'W2', 1, { loss0: 2.3, loss3: 9 }),
    ]);
    const [one, two] = agreementsOf(results);
    expect(one?.agrees).toBe(true);
    expect(one?.worst?.id).toBe('torch 1t');
    expect(two?.agrees).toBe(false);
    expect(reportOf(results, false)).toContain('1 of 2 DIFFER');
  });

  it('never takes NaN for agreement, and leaves out who trains otherwise', () => {
    const results = resultsWith([
      sample('fast 1t', 'W4', 1, losses(Number.NaN, 0.2)),
      sample('fast 2t', 'W4', 1, losses(0.3, 0.2)),
      sample('torch 1t', 'W4', 1, losses(0.3, 0.2)),
      sample('brain.js', 'W4', 1, losses(0.26, 0.1)),
    ]);
    expect(agreementsOf(results).map(({ agrees }) => agrees)).toEqual([false, true]);
  });

  it('reads losses and lists of checks from a line', () => {
    expect(sampleOf({ ms: 2, loss0: 1, check: [3, 4] }, 'torch 1t', 1, 'W1')).toEqual({
      id: 'torch 1t',
      round: 1,
      work: 'W1',
      ms: 2,
      values: { loss0: 1, 'check[0]': 3, 'check[1]': 4 },
    });
  });
});

describe('the report', () => {
  const results = resultsWith([
    sample('fast 1t', 'W1', 0.4, { loss0: 2 }),
    sample('fast 2t', 'W1', 0.3, { loss0: 2 }),
    sample('torch 1t', 'W1', 0.5, { loss0: 2 }),
    sample('tfjs-wasm', 'W1', 8, { loss0: 2 }),
  ]);

  it('is a table with ratios and verdicts', () => {
    const line = reportOf(results, false)
      .split('\n')
      .find((one) => one.startsWith('W1'))!;
    expect(line.split(/ {2,}/)).toEqual([
      'W1 MLP step',
      'fast 1t',
      '0.40 ms',
      '0.50 ms (torch 1t)',
      '8.00 ms (tfjs-wasm)',
      '0.80',
      '0.050',
      '≤ 1',
      'yes',
    ]);
  });

  it('is Markdown on request, and then has everybody', () => {
    const text = reportOf(results, true);
    expect(text).toContain('| W1 MLP step | fast 1t | 0.40 ms |');
    expect(text).toContain('| work | fast 1t | fast 2t | torch 1t |');
  });

  it('has a picture with a bar for each engine and the best peer', () => {
    const chart = chartOf(results)!;
    expect(chart.match(/<title>MLP step, [^<]*/g)).toEqual([
      '<title>MLP step, fast 1t: 0.80',
      '<title>MLP step, fast 2t: 0.60',
      '<title>MLP step, best JavaScript peer: 16.0',
    ]);
  });
});

describe('the command line', () => {
  it('names works exactly, or all parts of one', () => {
    expect(worksNamed(['W3', 'W1'])).toEqual(['W1', 'W3']);
    expect(worksNamed(['W7'])).toEqual(['W7f', 'W7g']);
    expect(worksNamed(['W8', 'W5_512'])).toEqual(['W5_512', 'W8_1', 'W8_64']);
    expect(worksNamed(['W10'])).toHaveLength(4);
    expect(() => worksNamed(['W11'])).toThrow("there is no work 'W11'");
  });

  it('chooses contestants by how their names begin', () => {
    const names = ['torch 1t', 'torch 2t', 'tfjs-cpu'];
    expect(names.filter(chosenBy(['torch'], names))).toEqual(['torch 1t', 'torch 2t']);
    expect(names.filter(chosenBy(['none'], names))).toEqual([]);
    expect(names.filter(chosenBy(undefined, names))).toEqual(names);
    expect(() => chosenBy(['pytorch'], names)).toThrow("no name begins with 'pytorch'");
  });

  it('does less in a short run, unless told', () => {
    const short = optionsOf(['--short', '--seconds', '0.5'])!;
    expect(short.rounds).toBe(1);
    expect(short.seconds).toBe(0.5);
    expect(short.works).not.toContain('W10_1000000');
    expect(() => optionsOf(['--rounds', '1.5'])).toThrow('--rounds is a whole number, not 1.5');
  });

  it('tells times in the unit of the work', () => {
    expect(figureOf('W4', 0.0031)).toBe('3.10 µs');
    expect(figureOf('W10_1000000', 5000)).toBe('5.00 s');
    expect(figureOf('W5_256', 2 * 256 ** 3 * 1e-7)).toBe('10.0 GFLOP/s');
  });
});
