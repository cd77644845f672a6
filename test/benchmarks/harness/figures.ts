/** The works as the report sees them: what each is called, in what unit it is told, how exactly results agree. */
import { convolutionFlop, matmulFlop } from '../works/single.ts';

/** Timed inside of a process that does several of them, one after the other. */
export const timedInside = [
  'W1',
  'W2',
  'W3',
  'W3b',
  'W4',
  'W5_256',
  'W5_512',
  'W5_1024',
  'W6',
  'W7f',
  'W7g',
  'W8_1',
  'W8_64',
] as const;
/** Each in processes of its own. */
export const chainLengths = { W10_1000: 1e3, W10_10000: 1e4, W10_100000: 1e5, W10_1000000: 1e6 } as const;
export type ChainId = keyof typeof chainLengths;
export const chainIds = Object.keys(chainLengths) as readonly ChainId[];

export type TimedInside = (typeof timedInside)[number];
export type WorkId = TimedInside | 'W9' | ChainId;
export const workIds: readonly WorkId[] = [...timedInside, 'W9', ...chainIds];

export const isTimedInside = (work: WorkId): work is TimedInside => timedInside.some((one) => one === work);
export const isChain = (work: WorkId): work is ChainId => work in chainLengths;

/** How far apart results may be, relative to their size: five digits. */
const fiveDigits = 1e-5;
/** Some peers add up a million float32 one after the other, which costs them two digits. */
const longSum = 1e-3;

export interface WorkFacts {
  readonly title: string;
  readonly unit: 'ms' | 'µs' | 's' | 'GFLOP/s';
  /** Operations, for works that are told in GFLOP/s. */
  readonly flop?: number;
  readonly tolerance: number;
}

export const facts: Readonly<Record<WorkId, WorkFacts>> = {
  W1: { title: 'MLP step', unit: 'ms', tolerance: fiveDigits },
  W2: { title: 'CNN step', unit: 'ms', tolerance: fiveDigits },
  W3: { title: 'LSTM step', unit: 'ms', tolerance: fiveDigits },
  W3b: { title: 'GRU step', unit: 'ms', tolerance: fiveDigits },
  W4: { title: 'XOR step', unit: 'µs', tolerance: fiveDigits },
  W5_256: { title: 'matmul 256', unit: 'GFLOP/s', flop: matmulFlop(256), tolerance: fiveDigits },
  W5_512: { title: 'matmul 512', unit: 'GFLOP/s', flop: matmulFlop(512), tolerance: fiveDigits },
  W5_1024: { title: 'matmul 1024', unit: 'GFLOP/s', flop: matmulFlop(1024), tolerance: fiveDigits },
  W6: { title: 'conv2d forward', unit: 'GFLOP/s', flop: convolutionFlop, tolerance: fiveDigits },
  W7f: { title: 'elementwise, forward', unit: 'ms', tolerance: longSum },
  W7g: { title: 'elementwise, gradient', unit: 'ms', tolerance: longSum },
  W8_1: { title: 'CNN inference, batch 1', unit: 'ms', tolerance: fiveDigits },
  W8_64: { title: 'CNN inference, batch 64', unit: 'ms', tolerance: fiveDigits },
  W9: { title: 'process to first CNN step', unit: 'ms', tolerance: fiveDigits },
  W10_1000: { title: 'chain of 1,000 ops', unit: 's', tolerance: fiveDigits },
  W10_10000: { title: 'chain of 10,000 ops', unit: 's', tolerance: fiveDigits },
  W10_100000: { title: 'chain of 100,000 ops', unit: 's', tolerance: fiveDigits },
  W10_1000000: { title: 'chain of 1,000,000 ops', unit: 's', tolerance: fiveDigits },
};

/** Three digits. */
export const shown = (value: number): string => {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toPrecision(2);
};

/** A time in the unit of the work. */
export function figureOf(work: WorkId, milliseconds: number): string {
  const { unit, flop = 0 } = facts[work];
  const value = {
    ms: milliseconds,
    µs: milliseconds * 1e3,
    s: milliseconds / 1e3,
    'GFLOP/s': flop / milliseconds / 1e6,
  };
  return `${shown(value[unit])} ${unit}`;
}

/**
 * Works by their names: `W5` means all of W5, `W3` the LSTM alone.
 * @throws a sentence for a name that means nothing
 */
export function worksNamed(names: readonly string[]): readonly WorkId[] {
  const chosen = names.flatMap((name) => {
    const exact = workIds.filter((work) => work === name);
    const found =
      exact.length > 0 ? exact : workIds.filter((work) => /^W\d+$/.test(name) && isOf(work, name));
    if (found.length === 0) throw new Error(`there is no work '${name}': there is ${workIds.join(', ')}`);
    return found;
  });
  return workIds.filter((work) => chosen.includes(work));
}

/** W5_256 and W7f are of W5 and W7; W10_1000 is not of W1. */
const isOf = (work: WorkId, name: string): boolean => work.replace(/(_\d+|[a-z])$/, '') === name;
