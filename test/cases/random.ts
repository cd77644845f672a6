/** Randomness for cases: everything a sample needs is drawn from one seed, within limits that shrink. */
import type { DType } from '@cotangent/graph';

export interface Limits {
  readonly rank: number;
  readonly size: number;
}

export class Random {
  private state: number;
  readonly limits: Limits;

  constructor(seed: number, limits: Limits = { rank: 4, size: 4 }) {
    this.state = seed >>> 0;
    this.limits = limits;
  }

  /** In [0, 1): mulberry32. */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  real(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)]!;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }

  /** Some entries of a list, in any order. */
  some<T>(list: readonly T[]): T[] {
    return this.shuffle(list).slice(0, this.whole(0, list.length));
  }

  /** One entry per index. */
  list<T>(count: number, entry: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => entry(i));
  }

  /** An axis: now and then of size 1, seldom empty where `least` allows it. */
  size(least = 0): number {
    if (least === 0 && this.chance(0.08)) return 0;
    if (least <= 1 && this.chance(0.2)) return 1;
    return this.whole(Math.max(1, least), Math.max(least, this.limits.size));
  }

  shape({
    leastRank = 0,
    mostRank = 4,
    leastSize = 0,
  }: {
    readonly leastRank?: number;
    readonly mostRank?: number;
    readonly leastSize?: number;
  } = {}): number[] {
    const rank = this.whole(leastRank, Math.max(leastRank, Math.min(mostRank, this.limits.rank)));
    return this.list(rank, () => this.size(leastSize));
  }
}

/** How one element is drawn. */
export type Draw = (random: Random) => number;

export const between =
  (low: number, high: number): Draw =>
  (random) =>
    random.real(low, high);
/** Away from 0 by `gap` on both sides. */
export const nonzero =
  (gap = 0.3, high = 3): Draw =>
  (random) =>
    random.real(gap, high) * (random.chance(0.5) ? 1 : -1);

/** Numbers at which naive code goes wrong. */
export const specials: readonly number[] = [0, -0, 1, -1, Infinity, -Infinity, NaN, 5e-324, 1e-40, -1e-40];

/** An element of any dtype: small whole numbers, now and then the extremes of integers. */
export function element(random: Random, dtype: DType, wild = false): number {
  if (dtype === 'bool') return random.whole(0, 1);
  if (dtype === 'i32')
    return wild && random.chance(0.2) ? random.pick([-2147483648, 2147483647, -1]) : random.whole(-9, 9);
  if (dtype === 'u32')
    return wild && random.chance(0.2) ? random.pick([4294967295, 2147483648]) : random.whole(0, 9);
  return wild && random.chance(0.2) ? random.pick(specials) : random.real(-3, 3);
}
