/** What was measured: every sample as it came, and per work and contestant the medians. This is results.json. */
import { median } from '#common';
import type { Contestant, EngineFacts } from './contestants.ts';
import { type WorkId, workIds } from './figures.ts';
import type { Line } from './processes.ts';

/** One contestant, one work, one round. */
export interface Sample {
  readonly id: string;
  readonly round: number;
  readonly work: WorkId;
  /** Of one step, or of what the work is; median and smallest of the round. */
  readonly ms?: number;
  readonly min?: number;
  /** Milliseconds of the first step. */
  readonly first?: number;
  /** MiB. */
  readonly rss?: number;
  /** What has to agree, by name. */
  readonly values: Readonly<Record<string, number>>;
  readonly failure?: string;
}

export interface Results {
  readonly when: string;
  readonly machine: Machine;
  readonly settings: { readonly rounds: number; readonly seconds: number; readonly short: boolean };
  readonly contestants: readonly Entrant[];
  readonly samples: Sample[];
  /** What WebAssembly can do at best, GFLOP/s, from each run of the ceilings. */
  readonly ceilings: Ceiling[];
  /** Milliseconds of one fixed piece of work, before every process. */
  readonly calibration: number[];
  /** Versions by library. */
  readonly versions: Record<string, string>;
}

export type Entrant = Pick<Contestant, 'id' | 'side'> & { readonly engine?: EngineFacts };

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly node24: string | undefined;
  /** Of this repository. */
  readonly commit: string | undefined;
}

export interface Ceiling {
  readonly node: EngineFacts['node'];
  readonly threads: number;
  readonly gflops: number;
}

const numberIn = (line: Line, key: string): number | undefined => {
  const value = line[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

const comparedKeys = ['loss', 'loss0', 'loss3', 'loss5', 'check'] as const;

/** The numbers by which two processes can see that they did the same. */
export function valuesIn(line: Line): Record<string, number> {
  const values: Record<string, number> = {};
  for (const key of comparedKeys) {
    const value = line[key];
    if (Array.isArray(value))
      value.forEach((entry: unknown, i) => {
        if (typeof entry === 'number') values[`${key}[${i}]`] = entry;
      });
    else if (typeof value === 'number') values[key] = value;
  }
  return values;
}

/** A line of a process that timed a work. */
export function sampleOf(line: Line, id: string, round: number, work: WorkId): Sample {
  const failure = line.error ?? line.skip;
  const [ms, min, first] = [numberIn(line, 'ms'), numberIn(line, 'min'), numberIn(line, 'first')];
  return {
    id,
    round,
    work,
    ...(ms !== undefined && { ms }),
    ...(min !== undefined && { min }),
    ...(first !== undefined && { first }),
    values: valuesIn(line),
    ...(failure !== undefined && { failure: String(failure) }),
  };
}

export const workIn = (line: Line): WorkId | undefined => workIds.find((work) => work === line.work);

/** All rounds of one contestant on one work. */
export interface Cell {
  /** The median over the rounds of the median of each; undefined if it failed. */
  readonly ms: number | undefined;
  readonly min: number | undefined;
  /** Slowest by fastest round. */
  readonly spread: number | undefined;
  readonly rss: number | undefined;
  readonly values: Readonly<Record<string, number>>;
  readonly failure: string | undefined;
}

export function cellOf({ samples }: Results, work: WorkId, id: string): Cell | undefined {
  const own = samples.filter((sample) => sample.work === work && sample.id === id);
  if (own.length === 0) return undefined;
  const rounds = own.flatMap(({ ms }) => ms ?? []);
  const mins = own.flatMap(({ min }) => min ?? []);
  const memory = own.flatMap(({ rss }) => rss ?? []);
  const most = (values: readonly number[]) => (values.length === 0 ? undefined : Math.max(...values));
  return {
    ms: rounds.length === 0 ? undefined : median(rounds),
    min: mins.length === 0 ? undefined : Math.min(...mins),
    spread: rounds.length < 2 ? undefined : Math.max(...rounds) / Math.min(...rounds),
    rss: most(memory),
    values: Object.assign({}, ...own.map(({ values }) => values)) as Record<string, number>,
    failure: own.find(({ failure }) => failure !== undefined)?.failure,
  };
}

/** The works that anybody was measured on. */
export const worksIn = ({ samples }: Results): readonly WorkId[] =>
  workIds.filter((id) => samples.some(({ work }) => work === id));
