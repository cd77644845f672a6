/** What a training promises beside its bits: averages, best parameters, schedules, padding, and refusals. */
import { compile } from '@cotangent/engine';
import { type AnyTensor, fromNested, input } from '@cotangent/graph';
import { mul } from '@cotangent/graph/ops';
import {
  type AnyLayer,
  batchNorm,
  dropout,
  layer,
  linear,
  meanSquaredError,
  named,
  parameter,
  training,
} from '@cotangent/layers';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  fromArrays,
  movingAverage,
  plateauSchedule,
  sgd,
  type TrainerSpec,
  trainer,
} from '@cotangent/train';
import { describe, expect, test, vi } from 'vitest';

/** y = 2x + 1 on so many points. */
const line = (count: number) =>
  fromArrays({
    x: Array.from({ length: count }, (_, i) => [i / count]),
    y: Array.from({ length: count }, (_, i) => [(2 * i) / count + 1]),
  });

const lineTrainer = (changes: Partial<TrainerSpec> = {}) => {
  const { m } = named({ m: linear({ units: 1 }) });
  return trainer({
    model: m,
    inputs: [input('x', ['b', 1]), input('y', ['b', 1])],
    loss: (prediction, target, weights) => meanSquaredError(prediction, target, { weights }),
    optimizer: sgd({ learningRate: 0.1 }),
    ...changes,
  });
};

describe('moving averages', () => {
  const averaged = () => lineTrainer({ average: (parameters) => movingAverage(parameters, { decay: 0.9 }) });

  test('are judged apart: an evaluation in the middle of a training changes nothing', async () => {
    const [plain, watched] = [averaged(), averaged()];
    watched.on('step', async ({ state }) => {
      if (state.step === 2) await watched.evaluate(line(64).batch(4));
    });
    await plain.fit(line(64).batch(8), { epochs: 1 });
    await watched.fit(line(64).batch(8), { epochs: 1 });
    expect(encodeCheckpoint(watched.snapshot())).toEqual(encodeCheckpoint(plain.snapshot()));
  });

  test('are what evaluation and prediction use', async () => {
    const run = averaged();
    await run.fit(line(64).batch(8), { epochs: 1 });
    const live = run.variables.get('m/bias').item();
    expect(run.predict([[0]]).item()).not.toBeCloseTo(live, 3);
  });

  test('leave frozen parameters alone', async () => {
    const run = lineTrainer({
      optimizer: sgd({ learningRate: 0.1, groups: { '**/bias': { frozen: true } } }),
      average: (parameters) => movingAverage(parameters),
    });
    await run.fit(line(16).batch(8), { epochs: 1 });
    expect((await run.evaluate(line(16).batch(8))).loss).toBeGreaterThan(0);
  });

  test('refuse a decay that does not decay', () => {
    expect(() => movingAverage({}, { decay: 1 })).toThrow('between 0 and 1, not 1');
  });
});

describe('the best parameters', () => {
  const diverging = () => lineTrainer({ optimizer: sgd({ learningRate: 1.2 }) });
  const options = { epochs: 4, restoreBest: true, validation: line(16).batch(8) } as const;

  test('survive a checkpoint: a resumed training goes back to the same ones', async () => {
    const whole = diverging();
    await whole.fit(line(32).batch(8), options);
    const first = diverging();
    first.on('step', ({ state }) => {
      if (state.step === 9) first.stop();
    });
    await first.fit(line(32).batch(8), options);
    const second = diverging();
    second.restore(decodeCheckpoint(encodeCheckpoint(first.snapshot())));
    await second.fit(line(32).batch(8), options);
    expect(second.state.best).toEqual(whole.state.best);
    expect(second.variables.get('m/kernel')).toEqual(whole.variables.get('m/kernel'));
  });

  test('are those with the largest value if larger is better, and NaN is never best', async () => {
    const values = [Number.NaN, 1, 3, 2];
    let at = 0;
    const run = lineTrainer({
      metrics: {
        q: { name: 'q', initial: 0, update: () => 0, result: () => values[Math.floor(at++ / 1) % 4] },
      },
    });
    await run.fit(line(8).batch(8), {
      epochs: 4,
      validation: line(8).batch(8),
      monitor: { name: 'q', mode: 'max' },
    });
    expect(run.state.best).toEqual({ epoch: 3, value: 3 });
  });
});

describe('early stopping', () => {
  test('is part of a resume: a finished training does not go on', async () => {
    const options = { epochs: 50, validation: line(8).batch(8), patience: 1 } as const;
    const run = lineTrainer({ optimizer: sgd({ learningRate: 1.2 }) });
    await run.fit(line(8).batch(8), options);
    const { epoch } = run.state;
    expect(epoch).toBeLessThan(50);
    const again = lineTrainer({ optimizer: sgd({ learningRate: 1.2 }) });
    again.restore(run.snapshot());
    await again.fit(line(8).batch(8), options);
    expect(again.state.epoch).toBe(epoch);
  });

  test('needs a patience', async () => {
    await expect(lineTrainer().fit(line(8).batch(8), { epochs: 1, patience: 0 })).rejects.toThrow(
      'patience is 0',
    );
  });
});

describe('schedules', () => {
  test('see the number that is monitored', async () => {
    let value = 0;
    const run = lineTrainer({
      schedule: plateauSchedule({ rate: 0.1, factor: 0.1, patience: 0, mode: 'max' }),
      metrics: { q: { name: 'q', initial: 0, update: () => 0, result: () => value++ } },
    });
    const validation = line(8).batch(8);
    await run.fit(line(8).batch(8), { epochs: 4, validation, monitor: { name: 'q', mode: 'max' } });
    expect(run.state.history.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.1, 0.1]);
  });

  test('of a checkpoint must be those of the trainer', () => {
    const scheduled = lineTrainer({ schedule: plateauSchedule({ rate: 0.1 }) });
    expect(() => scheduled.restore(lineTrainer().snapshot())).toThrow("with the schedule 'none'");
  });
});

describe('padding', () => {
  test('counts nothing in a training either', async () => {
    const [kept, padded] = [lineTrainer(), lineTrainer()];
    await kept.fit(line(6).batch(4, { remainder: 'keep' }), { epochs: 1 });
    await padded.fit(line(6).batch(4, { remainder: 'pad' }), { epochs: 1 });
    padded.state.losses.forEach((loss, i) => expect(loss).toBeCloseTo(kept.state.losses[i]!, 5));
  });
});

describe('data that is evaluated', () => {
  const spoilt = fromArrays({ x: [[1], [2], [Number.NaN]], y: [[1], [2], [3]] }).batch(2);

  test('that have NaN are refused, with the place', async () => {
    const run = lineTrainer();
    const sentence =
      "on batch 1 (from 0) of the data that is evaluated: the input 'x' of this batch has NaN at [0, 0]";
    await expect(run.evaluate(spoilt)).rejects.toThrow(sentence);
    await expect(run.fit(line(8).batch(8), { epochs: 3, validation: spoilt })).rejects.toThrow(sentence);
  });

  test('whose monitored number is NaN though they are finite are remarked on', async () => {
    const q = { name: 'q', initial: 0, update: () => 0, result: () => Number.NaN };
    const run = lineTrainer({ metrics: { q } });
    await run.fit(line(8).batch(8), {
      epochs: 2,
      validation: line(8).batch(8),
      monitor: { name: 'q', mode: 'max' },
    });
    expect(run.warnings).toEqual([expect.stringContaining("the number 'q' on the validation data is NaN")]);
  });
});

describe('what judges', () => {
  test('is as new as the training: after steps, after a set, after a restore', async () => {
    const run = lineTrainer();
    const [first] = run.predict([[2]]).data;
    const start = run.snapshot();
    await run.fit(line(8).batch(8), { epochs: 1 });
    const [second] = run.predict([[2]]).data;
    expect(second).not.toBe(first);
    run.variables.set('m/kernel', [[3]]);
    expect(run.predict([[2]]).data[0]! - run.predict([[0]]).data[0]!).toBeCloseTo(6, 5);
    run.restore(start);
    expect(run.predict([[2]]).data[0]).toBe(first);
  });

  test('copies no variable again that is as it was', () => {
    const run = lineTrainer();
    run.predict([[2]]);
    const { get } = run.variables;
    let reads = 0;
    run.variables.get = (path) => {
      reads++;
      return get.call(run.variables, path);
    };
    run.predict([[2]]);
    expect(reads).toBe(0);
  });
});

describe('a step that fails', () => {
  test('changes no variable', async () => {
    const run = lineTrainer();
    const before = encodeCheckpoint(run.snapshot());
    const data = fromArrays({ x: [[Number.NaN]], y: [[1]] }).batch(1);
    await expect(run.fit(data, { epochs: 1 })).rejects.toThrow('the variables are as before this step');
    expect(encodeCheckpoint(run.snapshot())).toEqual(before);
  });
});

test('two fits at once are refused', async () => {
  const run = lineTrainer();
  const first = run.fit(line(64).batch(8), { epochs: 1 });
  await expect(run.fit(line(64).batch(8), { epochs: 1 })).rejects.toThrow('fitting already');
  await first;
});

test('an epoch may have very many steps', async () => {
  const run = lineTrainer();
  const { initialProgress, stateOf } = await import('../../packages/train/src/trainer/state.ts');
  const losses = new Array(300_000).fill(1);
  const state = stateOf(initialProgress(null), losses);
  losses.push(2);
  expect(state.losses).toHaveLength(300_000);
  expect(stateOf(initialProgress(null), losses).losses.at(-1)).toBe(2);
  expect(run.state.losses).toEqual([]);
});

test('a loss that leaves out the weights is refused', () => {
  expect(() => lineTrainer({ loss: (prediction, target) => meanSquaredError(prediction, target) })).toThrow(
    'the weights that take padding out',
  );
});

test('the masks of two calls of one dropout differ, and do not depend on what was built before', async () => {
  const x = input('x', [200]);
  const drop = dropout({ rate: 0.5, name: 'drop' });
  const both = () => compile({ inputs: [x], outputs: { a: training(drop)(x), b: training(drop)(x) } });
  const feeds = { x: new Float32Array(200).fill(1) };
  const { a, b } = both()(feeds);
  expect(a).not.toEqual(b);
  expect(both()(feeds)).toEqual({ a, b });
});

test('plain-average batch norm counts every call', () => {
  const x = input('x', [2, 1]);
  const norm = batchNorm({ name: 'norm', momentum: null });
  const step = compile({ inputs: [x], outputs: [training(norm)(x), training(norm)(x.add(10))] });
  step({ x: fromNested([[0], [2]]) });
  expect(step.state.get('norm/runningMean').item()).toBeCloseTo(6, 6);
  step({ x: fromNested([[0], [2]]) });
  expect(step.state.get('norm/runningMean').item()).toBeCloseTo(6, 5);
});

test('a layer made inside of a function is refused: it would not be trained', () => {
  const own = layer('own', (x: AnyTensor) => linear({ units: 1 })(mul(x, parameter('scale', [1]))));
  expect(() => lineTrainer({ model: own as unknown as AnyLayer })).toThrow(
    "'linear/kernel', which is no part of the model",
  );
});

test('a loss that grows far beyond its beginning gets a remark, once', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const run = lineTrainer({ optimizer: sgd({ learningRate: 2 }) });
  await run.fit(line(8).batch(8), { epochs: 12 });
  expect(run.warnings).toEqual([
    expect.stringMatching(/^the loss has grown from .* in the first step to .* a learning rate of 2 may be/),
  ]);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
  const calm = lineTrainer();
  await calm.fit(line(8).batch(8), { epochs: 12 });
  expect(calm.warnings).toEqual([]);
});

test('a checkpointed model without a name gets a warning, once', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const run = lineTrainer({ model: linear({ units: 1 }) });
  run.snapshot();
  run.snapshot();
  expect(run.warnings).toEqual([expect.stringContaining('named({ model })')]);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test('misspelt options are refused', async () => {
  expect(() => lineTrainer({ metric: {} } as never)).toThrow("trainer has no option 'metric'");
  expect(() => lineTrainer({ optimizer: 'adam' as never })).toThrow(
    "made by a call such as adam(), not 'adam'",
  );
  await expect(lineTrainer().fit(line(8).batch(8), { epochs: 1, earlyStopping: 3 } as never)).rejects.toThrow(
    "fit has no option 'earlyStopping'",
  );
  await expect(lineTrainer().fit(line(8).batch(8), undefined as never)).rejects.toThrow(
    'fit takes a record of options',
  );
});
