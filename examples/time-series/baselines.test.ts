/** Baselines on little series whose right answers are obvious, and on the record against numbers computed in Python. */
import { describe, expect, test } from 'vitest';
import {
  baselines,
  forecastsOf,
  persistence,
  seasonalDrift,
  seasonalNaive,
  yearlyDrift,
} from './baselines.ts';
import { errorsOf, judge } from './errors.ts';
import { readSeries } from './read.ts';
import { cuts, sizes } from './setting.ts';
import { type Past, partsOf, windowsOf } from './windows.ts';

/** A year of these little series. */
const year = 4;

const pastOf = (...values: (number | undefined)[]): Past => ({
  days: Int32Array.from(values, (_, i) => i),
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
  present: Uint8Array.from(values, (value) => (value === undefined ? 0 : 1)),
});

describe('persistence', () => {
  test('repeats the last value that was measured', () => {
    expect([...persistence(pastOf(1, 5, undefined, undefined), 3)]).toEqual([5, 5, 5]);
    expect(() => persistence(pastOf(undefined), 1)).toThrow(/nothing in the past/);
  });
});

describe('seasonal naive', () => {
  test('repeats the year before', () => {
    expect([...seasonalNaive(pastOf(9, 1, 2, 3, 4), 3, year)]).toEqual([1, 2, 3]);
  });
  test('goes on for more than one year', () => {
    expect([...seasonalNaive(pastOf(1, 2, 3, 4), 6, year)]).toEqual([1, 2, 3, 4, 1, 2]);
  });
  test('takes the nearest value for a missing one, of two the earlier', () => {
    expect([...seasonalNaive(pastOf(undefined, undefined, 3, 4), 2, year)]).toEqual([3, 3]);
    expect([...seasonalNaive(pastOf(1, undefined, 3, 4), 2, year)]).toEqual([1, 1]);
    expect([...seasonalNaive(pastOf(1, undefined, undefined, 4), 3, year)]).toEqual([1, 1, 4]);
  });
  test('needs a year, and something measured in it', () => {
    expect(() => seasonalNaive(pastOf(1, 2, 3), 1, year)).toThrow(/longer history/);
    expect(() => seasonalNaive(pastOf(undefined, undefined), 1, 2)).toThrow(/nothing in the past/);
  });
});

describe('seasonal naive with drift', () => {
  test('is right for a season on a straight line', () => {
    const line = Array.from({ length: 16 }, (_, i) => 3 * i + [0, 10, -5, 2][i % year]!);
    expect([...seasonalDrift(pastOf(...line.slice(0, 10)), 6, year)]).toEqual(line.slice(10));
    const gaps = line.slice(0, 10).map((value, i) => (i === 1 || i === 9 ? undefined : value));
    expect([...seasonalDrift(pastOf(...gaps), 3, year)]).toEqual(line.slice(10, 13));
  });
  test('takes the drift of the latest steps that have a year before them', () => {
    const past = pastOf(0, 0, 0, 0, 1, undefined, 5, 3);
    expect(yearlyDrift(past, year, 1)).toBe(3);
    expect(yearlyDrift(past, year, 2)).toBe(4);
    expect(yearlyDrift(past, year, 99)).toBe(3);
    expect(yearlyDrift(pastOf(1, 2, 3, 4), year, 8)).toBe(0);
    expect(yearlyDrift(pastOf(undefined, 2, 3, 4, 5), year, 8)).toBe(0);
  });
});

describe('errors', () => {
  test('are means over measured targets, by step and over all', () => {
    const forecast = [
      [1, 2],
      [3, 4],
    ];
    const target = [
      [2, 2],
      [0, Number.NaN],
    ];
    const mask = [
      [1, 1],
      [1, 0],
    ];
    expect(errorsOf(forecast, target, mask)).toEqual({ mean: 4 / 3, perStep: [2, 0], counts: [2, 1] });
  });
  test('of a step that was never measured are NaN', () => {
    expect(errorsOf([[1, 7]], [[3, 0]], [[1, 0]])).toEqual({
      mean: 2,
      perStep: [2, Number.NaN],
      counts: [1, 0],
    });
  });
  test('are refused where they would mean nothing', () => {
    expect(() => errorsOf([[1]], [[1, 2]], [[1]])).toThrow(/target must have 1 rows of 1 steps/);
    expect(() => errorsOf([[1]], [[1]], [])).toThrow(/mask must have/);
    expect(() => errorsOf([[1], [1, 2]], [[1], [1]], [[1], [1]])).toThrow(/forecast must have/);
    expect(() => errorsOf([[Number.NaN]], [[1]], [[1]])).toThrow(/window 0, step 1: a forecast of NaN/);
    expect(() => errorsOf([[1]], [[1]], [[0]])).toThrow(/nothing to judge/);
    expect(() => errorsOf([], [], [])).toThrow(/nothing to judge/);
  });
});

test('the baselines on the test part of the record', async () => {
  const series = await readSeries();
  const windows = windowsOf(series, partsOf(series, cuts).test, sizes);
  expect(windows).toHaveLength(1123);
  // Steps 1, 4, 13 and 26, and all; computed from the same file by a separate Python program.
  const wanted = {
    persistence: [0.407424, 1.092308, 2.929785, 3.747674, 2.645679],
    'seasonal naive': [1.554651, 1.553667, 1.550894, 1.544723, 1.549928],
    'seasonal naive + drift': [0.43466, 0.473289, 0.533386, 0.620293, 0.53683],
  };
  expect(Object.keys(baselines)).toEqual(Object.keys(wanted));
  for (const [name, numbers] of Object.entries(wanted)) {
    const { mean, perStep, counts } = judge(forecastsOf(baselines[name]!, windows), windows);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(29068);
    [...[0, 3, 12, 25].map((step) => perStep[step]!), mean].forEach((value, i) => {
      expect(value).toBeCloseTo(numbers[i]!, 5);
    });
  }
});
