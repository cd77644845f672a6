/** What samples of layers draw: inputs, and options that are sometimes left out. */
import type { FloatDType, HostArray } from '@cotangent/graph';
import { drawn } from '../arrays.ts';
import { between, type Draw, type Random } from '../random.ts';

/** Small numbers of both signs. */
export const numbers = (
  random: Random,
  dtype: FloatDType,
  shape: readonly number[],
  draw: Draw = between(-2, 2),
): HostArray => drawn(random, dtype, shape, { draw });

/** Some of the options: each is left out now and then, so that its default is met. */
export function someOf<O extends object>(random: Random, options: O, chance = 0.7): Partial<O> {
  // Entries of O, fewer of them.
  return Object.fromEntries(Object.entries(options).filter(() => random.chance(chance))) as Partial<O>;
}

export const layouts = ['channelsLast', 'channelsFirst'] as const;
