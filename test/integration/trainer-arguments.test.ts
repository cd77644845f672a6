/** What a trainer is told by mistake gets a sentence that says what to write instead. */
import {
  type AnyTensor,
  accuracy,
  adam,
  type Dim,
  fromArrays,
  input,
  layer,
  linear,
  meanSquaredError,
  named,
  parameter,
  r2,
  relu,
  sequential,
  sgd,
  type Tensor,
  trainer,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { says } from './says.ts';

const data = fromArrays({ x: [[1], [2], [3], [4]], y: [[2], [4], [6], [8]] }).batch(4);
const spec = () => ({
  model: named({ line: linear({ units: 1 }) }).line,
  inputs: [input('x', ['batch', 1]), input('y', ['batch', 1])] as const,
  loss: (p: AnyTensor, y: AnyTensor, weights: AnyTensor) => meanSquaredError(p, y, { weights }),
  optimizer: sgd({ learningRate: 0.01 }),
  seed: 1,
});
const made = (other: object) => trainer({ ...spec(), ...other } as never);

describe('a trainer is not made of', () => {
  const mistakes: Readonly<Record<string, readonly [object, string]>> = {
    'a loss that is missing': [{ loss: undefined }, 'the loss of a trainer is a function'],
    'a loss by name': [{ loss: 'crossEntropy' }, 'write (prediction, target, weights) =>'],
    'a loss without return': [{ loss: () => undefined }, 'is a return missing?'],
    'a metric that was not called': [{ metrics: { accuracy } }, 'made by a call such as accuracy()'],
    'metrics in a list': [{ metrics: ['accuracy'] }, 'are a record, as in { accuracy: accuracy() }'],
    'a rate in the place of a schedule': [{ schedule: 0.1 }, 'adam({ learningRate: 0.1 })'],
    'an optimizer that was not called': [{ optimizer: adam }, 'made by a call such as adam()'],
  };
  for (const [what, [other, sentence]] of Object.entries(mistakes))
    test(what, () => says(() => made(other), 'BAD_ARGUMENT', sentence));

  test('a layer that was not called', () =>
    says(
      () => made({ model: sequential(linear({ units: 1 }), relu as never) }),
      'BAD_ARGUMENT',
      'relu was given a tensor in the place of its options',
      'write relu()',
    ));
});

describe('fit takes neither', () => {
  const fit = (given: unknown, options: object) => () => made({}).fit(given as never, options as never);
  test('plain arrays', () =>
    says(fit([{ x: [1] }], { epochs: 1 }), 'BAD_ARGUMENT', 'fromArrays({ … }).batch(32)'));
  test('plain validation', () =>
    says(
      fit(data, { epochs: 1, validation: {} }),
      'BAD_ARGUMENT',
      'the option validation of fit takes a dataset',
    ));
  test('a monitor by name', () =>
    says(fit(data, { epochs: 1, monitor: 'r2' }), 'BAD_ARGUMENT', 'write { name: … }'));
  test('an unknown mode', () =>
    says(
      fit(data, { epochs: 1, monitor: { name: 'loss', mode: 'minimum' } }),
      'BAD_ARGUMENT',
      "is 'min' or 'max', not 'minimum'",
    ));
  test('a metric of its own without a direction', () => {
    const q = { name: 'q', initial: 0, update: () => 0, result: () => 1 };
    return says(
      () => made({ metrics: { q } }).fit(data as never, { epochs: 1, monitor: { name: 'q' } }),
      'BAD_ARGUMENT',
      "{ name: 'q', mode: 'max' }",
    );
  });
});

test('restore takes no nothing, and nothing while fit is at work', async () => {
  await says(() => made({}).restore(undefined as never), 'BAD_ARGUMENT', 'restore takes a checkpoint');
  const run = made({});
  const snapshot = run.snapshot();
  run.on('step', () => run.restore(snapshot));
  await says(() => run.fit(data as never, { epochs: 1 }), 'BAD_ARGUMENT', 'while fit is at work');
});

test('the best by a metric for which larger is better is the largest', async () => {
  const run = made({ metrics: { r2: r2() } });
  await run.fit(data as never, {
    epochs: 20,
    validation: data as never,
    monitor: { name: 'r2' },
    restoreBest: true,
  });
  const values = run.state.history.map(({ validation }) => validation!.r2!);
  expect(run.state.best!.value).toBe(Math.max(...values));
  expect((await run.evaluate(data as never)).r2).toBe(Math.max(...values));
});

test('a second fit with the same number of epochs says that it does nothing', async () => {
  const run = made({});
  await run.fit(data as never, { epochs: 2 });
  expect(run.warnings).toEqual([]);
  await run.fit(data as never, { epochs: 2 });
  expect(run.warnings).toEqual([expect.stringContaining('give more, as in { epochs: 4 }')]);
  expect(run.state.epoch).toBe(2);
});

test('a layer of one’s own, generic in its shape, is a model and a part of one', async () => {
  const dense = <N extends number>(units: N) =>
    layer('dense', <B extends Dim, I extends Dim>(x: Tensor<[B, I]>) =>
      x.matmul(parameter('kernel', [x.dim(-1), units])),
    );
  const fixed = layer('scale', (x: Tensor<['batch', 1]>) =>
    x.mul(parameter('factor', [1], { kind: 'constant', value: 1 })),
  );
  for (const model of [dense(1), fixed, sequential(fixed, dense(1))]) {
    const run = trainer({ ...spec(), model: named({ model }).model });
    await run.fit(data, { epochs: 2 });
    expect(run.state.losses[1]).toBeLessThan(run.state.losses[0]!);
  }
});
