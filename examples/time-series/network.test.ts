/** The loss where targets are missing, and a little series whose season a network can learn. */
import { compute, fromNested, grad, HostArray, input } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { judge } from './errors.ts';
import { answersOf, dataOf, forecaster, forecastsOfNetwork, maskedError } from './network.ts';
import type { Series } from './read.ts';
import { examplesOf, partsOf, spreadOf, windowsOf } from './windows.ts';

describe('the loss', () => {
  const said = input('said', ['batch', 3]);
  const answer = input('answer', ['batch', 3, 2]);
  const weights = input('weights', ['batch']);
  const loss = maskedError(said, answer, weights).as([]);
  const feedsWith = (missing: number, weight: number) => ({
    said: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    answer: answersOf({
      past: new HostArray('f32', [2, 0, 5], new Float32Array(0)),
      target: fromNested([
        [2, missing, 5],
        [missing, 5, 5.5],
      ]),
      targetPresent: fromNested([
        [1, 0, 1],
        [0, 1, 1],
      ]),
    }),
    weights: [1, weight],
  });
  test('is the mean over what was measured', () => {
    expect(compute(loss, feedsWith(0, 1))).toBeCloseTo((1 + 2 + 0 + 0.5) / 4, 6);
    expect(compute(loss, feedsWith(0, 0))).toBeCloseTo((1 + 2) / 2, 6);
  });
  test('and its gradient do not see what stands in the place of a missing target', () => {
    const gradient = grad(loss, said);
    expect(compute(loss, feedsWith(99, 1))).toBe(compute(loss, feedsWith(0, 1)));
    const slopesOf = (weight: number): number[] =>
      // Adding 0 makes 0 of -0, which a mask leaves behind.
      Array.from((compute(gradient, feedsWith(99, weight)) as HostArray).data, (slope) => slope + 0);
    expect(slopesOf(1)).toEqual([-0.25, 0, -0.25, 0, 0, 0.25]);
    expect(slopesOf(0)).toEqual([-0.5, 0, -0.5, 0, 0, 0]);
  });
});

describe('the network', () => {
  // A season of a few steps; the calendar's season would need years of them.
  const count = 260;
  const values = Float64Array.from({ length: count }, (_, i) =>
    i % 23 === 7 ? Number.NaN : 100 + Math.sin((2 * Math.PI * i) / 8),
  );
  const series: Series = {
    days: Int32Array.from({ length: count }, (_, i) => 7 * i),
    values,
    present: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)),
  };
  const sizes = { history: 9, horizon: 3 };
  const parts = partsOf(series, { validationFrom: '1973-01-01', testFrom: '1974-01-01' });
  const training = windowsOf(series, parts.training, sizes);
  const held = windowsOf(series, parts.test, sizes);
  const spread = spreadOf(training);
  const network = forecaster({ ...sizes, units: 8, learningRate: 0.03, steps: 200, seed: 1 });

  test('begins as persistence', () => {
    const level = (window: (typeof held)[number]) => window.past.values[window.past.present.lastIndexOf(1)]!;
    for (const [i, row] of forecastsOfNetwork(network, held, spread).entries())
      for (const value of row) expect(value).toBeCloseTo(level(held[i]!), 10);
  });
  test('learns a season in spite of gaps', async () => {
    const persistence = judge(forecastsOfNetwork(network, held, spread), held).mean;
    await network.fit(dataOf(examplesOf(training, spread)).shuffle(1).batch(32), { epochs: 40 });
    const learned = judge(forecastsOfNetwork(network, held, spread), held).mean;
    expect(learned).toBeLessThan(persistence / 4);
  });
});
