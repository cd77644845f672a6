/** What the gradient of a long recurrence keeps: plans, which are exact, and not measurements, which are not. */
import { compile, grad, input, lstm, parametersOf } from 'cotangent';
import { expect, test } from 'vitest';

const [batch, units] = [2, 64];

function plannedBytes(steps: number, remat?: 'sqrt'): number {
  const x = input('x', [batch, steps, 1]);
  const layer = lstm({ units, returns: 'last', ...(remat === undefined ? {} : { remat }) });
  const loss = layer(x).square().mean();
  const program = compile({ inputs: [x], outputs: grad(loss, parametersOf(layer)) });
  return program.memory().peakBytes;
}

test('memory grows with the number of steps by the stacked residuals', () => {
  const [some, more, most] = [1000, 2000, 4000].map((steps) => plannedBytes(steps)) as [
    number,
    number,
    number,
  ];
  expect(most - more).toBe(2 * (more - some));
});

test('rematerialized, it grows with the root of the number of steps', () => {
  const [some, more, most] = [900, 3600, 14_400].map((steps) => plannedBytes(steps, 'sqrt')) as [
    number,
    number,
    number,
  ];
  // Roots 30, 60, 120: the second growth is twice the first, where a linear one is four times. The sequence itself, which
  // is linear, adds a little.
  expect((most - more) / (more - some)).toBeGreaterThan(1.7);
  expect((most - more) / (more - some)).toBeLessThan(2.7);
  expect(most).toBeLessThan(plannedBytes(14_400) / 50);
});

test('a gradient over 10,000 steps runs without a deep stack', { timeout: 60_000 }, () => {
  const x = input('x', [1, 10_000, 1]);
  const layer = lstm({ units: 2, returns: 'last' });
  const loss = layer(x).square().mean();
  const program = compile({ inputs: [x], outputs: { loss, gradient: grad(loss, parametersOf(layer)) } });
  const result = program({ x: [Array.from({ length: 10_000 }, (_, i) => [Math.sin(i)])] });
  expect(Number.isFinite(result.loss)).toBe(true);
});
