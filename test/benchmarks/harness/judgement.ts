/** What the figures mean: ratios to PyTorch and to the best JavaScript peer, and whether the targets are met. */

import { chainIds, chainLengths, facts, isChain, type WorkId } from './figures.ts';
import { type Cell, cellOf, type Entrant, type Results, worksIn } from './results.ts';
import { linearExponent, type Target, targets, targetText } from './targets.ts';

/** One of our engines on one work. */
export interface Row {
  readonly work: WorkId;
  readonly id: string;
  readonly cell: Cell;
  /** The better of one and two threads. */
  readonly torch: Rival | undefined;
  /** The fastest in JavaScript. */
  readonly peer: Rival | undefined;
  readonly toTorch: number | undefined;
  readonly toPeer: number | undefined;
  readonly target: string | undefined;
  /** Undefined where there is no target, or nobody to measure it by. */
  readonly isMet: boolean | undefined;
}

export interface Rival {
  readonly id: string;
  readonly ms: number;
}

/** The fastest of one side. */
export function bestOf(results: Results, work: WorkId, side: Entrant['side']): Rival | undefined {
  const rivals = results.contestants
    .filter((entrant) => entrant.side === side)
    .flatMap(({ id }): Rival[] => {
      const ms = cellOf(results, work, id)?.ms;
      return ms === undefined ? [] : [{ id, ms }];
    });
  return rivals.sort((a, b) => a.ms - b.ms)[0];
}

/** All works in their order, and for each the engines in theirs. */
export function rowsOf(results: Results): Row[] {
  const ours = results.contestants.filter(({ side }) => side === 'ours');
  return worksIn(results).flatMap((work) => {
    const torch = bestOf(results, work, 'PyTorch');
    const peer = bestOf(results, work, 'JavaScript');
    return ours.flatMap((entrant): Row[] => {
      const cell = cellOf(results, work, entrant.id);
      if (cell === undefined) return [];
      const by = (rival: Rival | undefined): number | undefined =>
        rival === undefined || cell.ms === undefined ? undefined : cell.ms / rival.ms;
      const target = targets[entrant.engine!.kind][work];
      return [
        {
          work,
          id: entrant.id,
          cell,
          torch,
          peer,
          toTorch: by(torch),
          toPeer: by(peer),
          target: target && targetText(target),
          isMet: target && isMet(results, entrant, work, target, cell, by(torch)),
        },
      ];
    });
  });
}

function isMet(
  results: Results,
  entrant: Entrant,
  work: WorkId,
  target: Target,
  { ms }: Cell,
  toTorch: number | undefined,
): boolean | undefined {
  if (ms === undefined) return false;
  switch (target.kind) {
    case 'milliseconds':
      return ms <= target.most;
    case 'part': {
      const limit = limitFor(results, entrant);
      return limit === undefined ? undefined : facts[work].flop! / ms / 1e6 >= target.least * limit;
    }
    case 'ratio': {
      const isLinear = target.linear === true ? growth(results, work, entrant.id) : undefined;
      if (isLinear !== undefined && isLinear > linearExponent) return false;
      return toTorch === undefined ? undefined : toTorch <= target.most;
    }
  }
}

/** GFLOP/s of WebAssembly's multiply-add, on the engine's Node and number of threads; the best of all rounds. */
export function limitFor({ ceilings }: Results, { engine }: Entrant): number | undefined {
  if (engine?.kind !== 'compiled') return undefined;
  const own = ceilings.filter(({ node, threads }) => node === engine.node && threads === engine.threads);
  return own.length === 0 ? undefined : Math.max(...own.map(({ gflops }) => gflops));
}

/** The power of the length with which time grows, from the next shorter chain to this one. */
export function growth(results: Results, work: WorkId, id: string): number | undefined {
  if (!isChain(work)) return undefined;
  const shorter = chainIds[chainIds.indexOf(work) - 1];
  if (shorter === undefined) return undefined;
  const [long, short] = [cellOf(results, work, id)?.ms, cellOf(results, shorter, id)?.ms];
  if (long === undefined || short === undefined) return undefined;
  return Math.log(long / short) / Math.log(chainLengths[work] / chainLengths[shorter]);
}

/** Of each engine, by name: which targets the best of its threads and Nodes has met, and which it has not. */
export function verdicts(results: Results, rows: readonly Row[]): readonly Verdict[] {
  const names = new Set(results.contestants.flatMap(({ engine }) => engine?.name ?? []));
  return [...names].map((name) => {
    const ids = results.contestants.filter(({ engine }) => engine?.name === name).map(({ id }) => id);
    const judged = rows.filter((row) => ids.includes(row.id) && row.isMet !== undefined);
    const works = [...new Set(judged.map(({ work }) => work))];
    const hasMet = (work: WorkId) => judged.some((row) => row.work === work && row.isMet);
    return { name, met: works.filter(hasMet), missed: works.filter((work) => !hasMet(work)) };
  });
}

export interface Verdict {
  readonly name: string;
  readonly met: readonly WorkId[];
  readonly missed: readonly WorkId[];
}
