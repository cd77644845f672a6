/** The rounds: in each, everybody is measured once, one process after the other, so that all see the same noise. */
import { join } from 'node:path';
import { median } from '#common';
import { type Contestant, peersFolder, type Tools } from './contestants.ts';
import { chainLengths, isChain, isTimedInside, shown, type WorkId } from './figures.ts';
import { notice } from './prepare.ts';
import { calibrate, type Line, run } from './processes.ts';
import { type Results, type Sample, sampleOf, valuesIn, workIn } from './results.ts';

/** A chain that takes longer has failed. */
const chainLimitSeconds = 60;

export interface Plan {
  readonly contestants: readonly Contestant[];
  readonly works: readonly WorkId[];
  readonly rounds: number;
  readonly seconds: number;
  /** Processes for W9 in each round. */
  readonly firstSteps: number;
  readonly tools: Tools;
}

/** Adds what it measures to the results; `save` is called whenever there is more. */
export async function runRounds(plan: Plan, results: Results, save: () => void): Promise<void> {
  for (let round = 1; round <= plan.rounds; round++) {
    const wantedOf = ({ works, once }: Contestant): readonly WorkId[] =>
      plan.works.filter((work) => works.includes(work) || (round === 1 && once.includes(work)));
    await measureCeilings(plan, results);
    for (const contestant of plan.contestants) {
      await timeInside(contestant, wantedOf(contestant).filter(isTimedInside), round, plan, results);
      save();
    }
    const starting = plan.contestants.filter((contestant) => wantedOf(contestant).includes('W9'));
    await timeFirstSteps(starting, round, plan, results);
    for (const contestant of plan.contestants)
      await timeChains(contestant, wantedOf(contestant), round, results);
    save();
  }
}

/** What WebAssembly can do at best on each Node on which a compiled engine runs; targets of W5 and W6 are parts of it. */
async function measureCeilings({ contestants, works, tools }: Plan, { ceilings }: Results): Promise<void> {
  if (!works.some((work) => work.startsWith('W5') || work === 'W6')) return;
  const compiled = contestants.flatMap(({ engine }) => (engine?.kind === 'compiled' ? [engine.node] : []));
  for (const node of new Set(compiled)) {
    const { lines, failure } = await run(tools.nodes[node]!, [join('ceilings', 'wasm-peak.mjs')], {
      directory: peersFolder,
    });
    if (failure !== undefined) notice(`the ceilings of WebAssembly: ${failure}`);
    // Multiply-add, relaxed where the engine has it.
    for (const line of lines)
      for (const threads of [1, 2])
        ceilings.push({ node, threads, gflops: Math.max(...ratesIn(line, threads)) });
  }
}
const ratesIn = (line: Line, threads: number): number[] =>
  ['muladd', 'relaxed'].map((kernel) => Number(line[`${kernel}_${threads}`] ?? 0));

async function timeInside(
  contestant: Contestant,
  works: readonly WorkId[],
  round: number,
  { seconds }: Plan,
  { samples, calibration, versions }: Results,
): Promise<void> {
  if (works.length === 0) return;
  const { id, command, argumentsOf, directory } = contestant;
  calibration.push(calibrate());
  const { lines, milliseconds, failure } = await run(
    command,
    argumentsOf({ kind: 'works', works, seconds }),
    { directory },
  );
  for (const line of lines) {
    const work = workIn(line);
    if (work !== undefined) samples.push(sampleOf(line, id, round, work));
    if (typeof line.peer === 'string' && typeof line.version === 'string') versions[line.peer] = line.version;
  }
  const missing = works.filter((work) => !lines.some((line) => line.work === work));
  for (const work of missing) samples.push(failed(id, round, work, failure ?? 'it printed nothing'));
  const ending = failure === undefined ? '' : `, ${failure}`;
  notice(`round ${round}: ${id}: ${(milliseconds / 1000).toFixed(1)} s${ending}`);
}

const failed = (id: string, round: number, work: WorkId, failure: string): Sample => ({
  id,
  round,
  work,
  values: {},
  failure,
});

/** W9: wall times of processes that import, build W2 and make one step. */
async function timeFirstSteps(
  contestants: readonly Contestant[],
  round: number,
  { firstSteps }: Plan,
  { samples }: Results,
): Promise<void> {
  const ended = new Map(contestants.map(({ id }) => [id, [] as Awaited<ReturnType<typeof run>>[]]));
  for (let pass = 0; pass < firstSteps; pass++)
    for (const { id, command, argumentsOf, directory } of contestants)
      ended.get(id)!.push(await run(command, argumentsOf({ kind: 'first step' }), { directory }));
  for (const [id, runs] of ended) {
    const failure = runs.find((one) => one.failure !== undefined)?.failure;
    if (failure !== undefined) samples.push(failed(id, round, 'W9', failure));
    else {
      const times = runs.map(({ milliseconds }) => milliseconds);
      const values = valuesIn(runs[0]?.lines[0] ?? {});
      samples.push({ id, round, work: 'W9', ms: median(times), min: Math.min(...times), values });
    }
  }
  if (ended.size > 0) notice(`round ${round}: first steps of ${ended.size} processes`);
}

/** W10: from short to long; who fails at one length is not asked for a longer one. */
async function timeChains(
  { id, command, argumentsOf, directory }: Contestant,
  works: readonly WorkId[],
  round: number,
  { samples }: Results,
): Promise<void> {
  let failedAt: number | undefined;
  for (const work of works.filter(isChain)) {
    if (failedAt !== undefined) {
      samples.push(failed(id, round, work, `it fails at ${failedAt} operations`));
      continue;
    }
    const task = { kind: 'chain', length: chainLengths[work] } as const;
    const { lines, failure } = await run(command, argumentsOf(task), {
      directory,
      limitSeconds: chainLimitSeconds,
    });
    const [line] = lines;
    if (failure !== undefined || typeof line?.s !== 'number') {
      samples.push(failed(id, round, work, failure ?? 'it printed nothing'));
      failedAt = task.length;
      continue;
    }
    const ms = line.s * 1000;
    const rss = typeof line.rss === 'number' ? { rss: line.rss } : {};
    samples.push({ id, round, work, ms, min: ms, ...rss, values: valuesIn(line) });
    notice(`round ${round}: ${id}: ${task.length} operations in ${shown(line.s)} s`);
  }
}
