import { describe, expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** How many of some runs were done by all threads, where each way takes so long. */
function sharedOf(pace: Pace, runs: number, together: number, alone: number): number {
  let count = 0;
  for (let i = 0; i < runs; i++) {
    if (pace.shares) count++;
    pace.took(pace.shares ? together : alone);
  }
  return count;
}

describe('a program', () => {
  test('is run by all threads, but for a few tries, where they are faster', () => {
    expect(sharedOf(new Pace(), 500, 1, 2)).toBe(496);
  });

  test('is run by one thread, but for a few tries, where all are slower', () => {
    expect(sharedOf(new Pace(), 500, 2, 1)).toBe(8);
  });

  test('is run by all threads in its first runs, however slow they are', () => {
    expect(sharedOf(new Pace(), 4, 1000, 1)).toBe(4);
  });

  test('is compared again: another program on the machine may have come or gone', () => {
    const pace = new Pace();
    sharedOf(pace, 500, 2, 1);
    expect(sharedOf(pace, 500, 1, 2)).toBe(500 - 4 - 4);
  });

  test('needs more than a little to be left to one thread', () => {
    expect(sharedOf(new Pace(), 100, 1, 0.95)).toBe(96);
  });
});
