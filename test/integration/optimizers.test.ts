/** Optimizers that no fixture covers, against their formulas written out on numbers; averages and clipping. */
import { compile } from '@cotangent/engine';
import { input, variable } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import {
  adam,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  globalNorm,
  lion,
  movingAverage,
  nadam,
  type Optimizer,
  rmsprop,
  sgd,
} from '@cotangent/train';
import { describe, expect, test } from 'vitest';

const gradients = [0.3, -1.2, 0.05, 0, 2];

/** What a parameter becomes under given gradients, in float64. */
function trajectory(optimizer: Optimizer, start: number): number[] {
  const w = variable('w', [], start, { dtype: 'f64' });
  const g = input('g', [], 'f64');
  const step = compile({ inputs: [g], outputs: w, updates: optimizer.step({ w: w as never }, { w: g }) });
  return gradients.map((gradient) => {
    step({ g: gradient });
    return step.state.get('w').item();
  });
}

test('lion moves by the sign of an average (Chen et al. 2023)', () => {
  const [rate, decay, b1, b2] = [0.01, 0.1, 0.9, 0.99];
  let [w, m] = [1, 0];
  const want = gradients.map((g) => {
    const c = b1 * m + (1 - b1) * g;
    w -= rate * (Math.sign(c) + decay * w);
    m = b2 * m + (1 - b2) * g;
    return w;
  });
  trajectory(lion({ learningRate: rate, weightDecay: decay }), 1).forEach((value, i) =>
    expect(value).toBeCloseTo(want[i]!, 13),
  );
});

test('nadam looks ahead (Dozat 2016)', () => {
  const [rate, b1, b2, eps, psi] = [0.02, 0.9, 0.999, 1e-8, 0.004];
  let [w, m, v, product] = [1, 0, 0, 1];
  const mu = (t: number) => b1 * (1 - 0.5 * 0.96 ** (t * psi));
  const want = gradients.map((g, i) => {
    const t = i + 1;
    product *= mu(t);
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const scale = Math.sqrt(v / (1 - b2 ** t)) + eps;
    w -=
      ((rate * (1 - mu(t))) / (1 - product)) * (g / scale) +
      ((rate * mu(t + 1)) / (1 - product * mu(t + 1))) * (m / scale);
    return w;
  });
  trajectory(nadam({ learningRate: rate }), 1).forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 12));
});

test('the learning rate can be read and written between calls', () => {
  const w = variable('w', [], 1, { dtype: 'f64' });
  const optimizer = sgd({ learningRate: 0.5 });
  const step = compile({
    inputs: [],
    outputs: w,
    updates: optimizer.step({ w: w as never }, { w: ops.splat(1, [], 'f64') }),
  });
  step({});
  expect(step.state.get('w').item()).toBe(0.5);
  step.state.set(optimizer.learningRate.path, 0.125);
  step({});
  expect(step.state.get('w').item()).toBe(0.375);
});

describe('clipping', () => {
  const [a, b] = [input('a', [2], 'f64'), input('b', [1], 'f64')];
  const clipped = (clip: (g: { a: typeof a; b: typeof b }) => Readonly<Record<string, unknown>>) => {
    const result = clip({ a, b }) as { a: typeof a; b: typeof b };
    const { a: first, b: second } = compile({ inputs: [a, b], outputs: result })({ a: [3, 0], b: [4] });
    return [...first.data, ...second.data];
  };
  const near = (got: readonly number[], want: readonly number[]) =>
    got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 5));
  test('by value limits entries', () =>
    near(
      clipped((g) => clipByValue(g, 3.5)),
      [3, 0, 3.5],
    ));
  test('by norm limits each gradient', () =>
    near(
      clipped((g) => clipByNorm(g, 2)),
      [2, 0, 2],
    ));
  test('by global norm scales all alike', () =>
    near(
      clipped((g) => clipByGlobalNorm(g, 2.5)),
      [1.5, 0, 2],
    ));
  test('leaves small gradients alone', () =>
    near(
      clipped((g) => clipByGlobalNorm(g, 50)),
      [3, 0, 4],
    ));
  test('measures all of them together', () => {
    expect(compile({ inputs: [a, b], outputs: globalNorm({ a, b }) })({ a: [3, 0], b: [4] })).toBe(5);
  });
});

test('moving averages follow the parameters, and are put in their place and back', () => {
  const w = variable('w', [], 0, { dtype: 'f64' });
  const average = movingAverage({ w: w as never }, { decay: 0.5 });
  const step = compile({ inputs: [], outputs: w, updates: average.after([w.becomes(w.add(1))]) });
  for (let i = 0; i < 3; i++) step({});
  const putBack = average.swapInto(step.state);
  // Values 1, 2, 3 with weights 1/8, 1/4, 1/2, divided by their sum.
  expect(step.state.get('w').item()).toBeCloseTo((1 / 8 + 2 / 4 + 3 / 2) / (7 / 8), 12);
  putBack();
  expect(step.state.get('w').item()).toBe(3);
});

test('an unknown option of an optimizer is refused', () => {
  expect(() => adam({ beta3: 1 } as never)).toThrow("adam has no option 'beta3'");
});

test('centred RMSprop survives a constant gradient, whose variance rounds below 0', () => {
  const w = variable('w', [], 1);
  const optimizer = rmsprop({ centered: true, alpha: 0.5, learningRate: 1e-6 });
  const updates = optimizer.step({ w: w as never }, { w: ops.splat(0.3, [], 'f32') });
  const step = compile({ inputs: [], outputs: w, updates });
  for (let i = 0; i < 200; i++) step({});
  expect(Number.isFinite(step.state.get('w').item())).toBe(true);
});
