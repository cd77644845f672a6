/** Recurrent models in a trainer: states that are kept are those of the training alone, and come back with a checkpoint. */
import { compile } from '@cotangent/engine';
import { type AnyTensor, type Dim, fill, HostArray, type Input, input } from '@cotangent/graph';
import {
  type AnyLayer,
  crossEntropy,
  gru,
  layer,
  linear,
  named,
  parametersOf,
  sequential,
} from '@cotangent/layers';
import {
  adam,
  decodeCheckpoint,
  encodeCheckpoint,
  fromArrays,
  movingAverage,
  restoreVariables,
  type Trainer,
  type TrainerSpec,
  trainer,
  variablesIn,
} from '@cotangent/train';
import { describe, expect, test } from 'vitest';

const [count, time, size] = [16, 4, 8];
const walk = Array.from({ length: count }, (_, i) =>
  Array.from({ length: time }, (_, t) => [Math.sin(i * t), Math.cos(i + t)]),
);
const fell = walk.map((_, i) => i % 2);
const data = fromArrays({ walk, fell }, { dtypes: { fell: 'i32' } });
const batches = data.batch(size);

const statefulModel = () =>
  named({ net: sequential(gru({ units: 4, stateful: true, returns: 'last' }), linear({ units: 2 })) }).net;
const trainerOf = (changes: Partial<TrainerSpec> = {}, batch: Dim = 'batch'): Trainer =>
  trainer({
    model: statefulModel(),
    inputs: [input('walk', [batch, time, 2]), input('fell', [batch], 'i32')] as unknown as [Input, Input],
    loss: (logits, labels, weights) => crossEntropy(logits, labels, { weights }),
    optimizer: adam({ learningRate: 0.05 }),
    seed: 1,
    ...changes,
  });
const state = 'net/0/state/h';
const bytesOf = (run: Trainer): Uint8Array => encodeCheckpoint(run.snapshot());
const averaged: Partial<TrainerSpec> = {
  average: (parameters) => movingAverage(parameters, { decay: 0.9 }),
};

describe.each([
  ['of a named batch', 'batch', {}],
  ['of a known batch', size, {}],
  ['with moving averages', 'batch', averaged],
] as const)('a stateful model %s', (_, batch, changes) => {
  const made = (): Trainer => trainerOf(changes, batch);

  test('goes on from a checkpoint, in a fresh trainer, bit for bit', async () => {
    const whole = made();
    await whole.fit(batches, { epochs: 3 });
    const first = made();
    first.on('step', ({ state: { step } }) => {
      if (step === 3) first.stop();
    });
    await first.fit(batches, { epochs: 3 });
    const second = made();
    second.restore(decodeCheckpoint(bytesOf(first)));
    expect(second.variables.get(state).toNested()).toEqual(first.variables.get(state).toNested());
    await second.fit(batches, { epochs: 3 });
    expect(bytesOf(second)).toEqual(bytesOf(whole));
  });

  test('forgets its states with a checkpoint that has none', async () => {
    const run = made();
    const { tensors, meta } = run.snapshot();
    const stateless = Object.fromEntries(Object.entries(tensors).filter(([path]) => path !== state));
    await run.fit(batches, { epochs: 1 });
    run.restore({ tensors: stateless, meta });
    expect(run.variables.has(state)).toBe(false);
  });

  test('trains the same whether it is judged between or not', async () => {
    const [plain, watched] = [made(), made()];
    await plain.fit(batches, { epochs: 2 });
    watched.on('step', async ({ state: { step } }) => {
      if (step === 1) watched.predict(walk.slice(0, size));
      if (step === 2) await watched.evaluate(batches);
    });
    await watched.fit(batches, { epochs: 2, validation: batches });
    for (const path of plain.variables.paths)
      expect(watched.variables.get(path).toNested()).toEqual(plain.variables.get(path).toNested());
  });

  test('is judged from the start of sequences, whatever came before', async () => {
    const run = made();
    await run.fit(batches, { epochs: 1 });
    const [first, said] = [await run.evaluate(batches), run.predict(walk.slice(0, size)).toNested()];
    expect(await run.evaluate(batches)).toEqual(first);
    expect(run.predict(walk.slice(0, size)).toNested()).toEqual(said);
  });
});

describe('a stateful model', () => {
  test('is judged in batches of other sizes than those of the training', async () => {
    const run = trainerOf();
    await run.fit(batches, { epochs: 1 });
    expect((await run.evaluate(data.batch(count))).loss).toBeGreaterThan(0);
    expect(run.predict([walk[0]!]).shape).toEqual([1, 2]);
  });

  test('says what to do where batches of a training change their size, and goes on after a reset', async () => {
    const run = trainerOf();
    await run.fit(batches, { epochs: 1 });
    const others = data.take(12).batch(12);
    await expect(run.fit(others, { epochs: 2 })).rejects.toThrow(
      "a batch of 12 follows one of 8, whose sequences go on ('net/0/state/h'): give batches of one size, as batch(size, { remainder: 'drop' }) does, or call resetStates() of the trainer",
    );
    run.resetStates();
    await run.fit(others, { epochs: 2 });
    expect(run.variables.get(state).shape).toEqual([12, 4]);
  });

  test('takes a state of another batch from a checkpoint, and no other type', async () => {
    const [saved, run] = [trainerOf(), trainerOf()];
    await saved.fit(batches, { epochs: 1 });
    await run.fit(data.batch(4), { epochs: 1 });
    run.restore(saved.snapshot());
    expect(run.variables.get(state).shape).toEqual([size, 4]);
    const { tensors, meta } = saved.snapshot();
    const before = variablesIn(run.variables);
    const wide = { ...tensors, [state]: new HostArray('f32', [size, 5], new Float32Array(size * 5)) };
    expect(() => run.restore({ tensors: wide, meta })).toThrow(
      `the variable '${state}' is f32[batch, 4] in this model and f32[8, 5] in the checkpoint`,
    );
    expect(variablesIn(run.variables)).toEqual(before);
  });

  test('comes back by hand with the variables that its program declares', () => {
    const x = input('x', ['batch', time, 2]);
    const program = () => compile({ inputs: [x], outputs: statefulModel()(x) }, { seed: 1 });
    const [one, two] = [program(), program()];
    one({ x: walk.slice(0, 3) });
    restoreVariables(two.state, variablesIn(one.state), { declared: two.graph.variables });
    expect(two({ x: walk.slice(3, 6) }).toNested()).toEqual(one({ x: walk.slice(3, 6) }).toNested());
  });
});

describe('what a trainer refuses', () => {
  const refused = (changes: object): string => {
    try {
      trainerOf(changes as Partial<TrainerSpec>);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  };
  const [walks, lengths, labels] = [
    input('walk', ['batch', time, 2]),
    input('lengths', ['batch'], 'i32'),
    input('fell', ['batch'], 'i32'),
  ];

  test('another number of inputs than two', () => {
    const sentence = (number: number): string =>
      `a trainer has one input and one target, not ${number}: compute a mask from the sequences inside the model, or compile a step by hand`;
    expect(refused({ inputs: [walks, lengths, labels] })).toContain(sentence(3));
    expect(refused({ inputs: [walks] })).toContain(sentence(1));
    expect(refused({ inputs: walks })).toContain('the inputs of a trainer are [input(…), input(…)]');
    expect(refused({ inputs: [walks, fill(0, [2])] })).toContain('the inputs of a trainer are');
  });

  test('a function whose layers are not the model, by the first one that would not be trained', () => {
    const [reader, head] = [gru({ units: 4, name: 'reader' }), linear({ units: 2, name: 'head' })];
    const read = (x: AnyTensor): AnyTensor =>
      head(reader.run(x, { mask: x.abs().sum(-1).greater(0) as AnyTensor }).last);
    const sentence = "the loss depends on 'reader/kernel', which is no part of the model";
    expect(refused({ model: layer('mine', read) })).toContain(sentence);
    expect(refused({ model: read })).toContain(sentence);
    const parameters = () => parametersOf({ reader, head });
    for (const model of [layer('mine', read), read as unknown as AnyLayer])
      expect(Object.keys(trainerOf({ model, parameters }).snapshot().tensors)).toContain('reader/kernel');
  });

  test('a model that is none, or has nothing to train', () => {
    expect(refused({ model: undefined })).toContain('the model of a trainer is a layer, not undefined');
    expect(refused({ model: (x: AnyTensor) => x.sum(1) })).toContain('the model has no parameters');
  });
});

test('a step without a finite loss names the input that is none, or says that the data are', async () => {
  const broken = structuredClone(walk);
  broken[3]![2]![1] = Number.NaN;
  const bad = fromArrays({ walk: broken, fell }, { dtypes: { fell: 'i32' } });
  await expect(trainerOf().fit(bad.batch(size), { epochs: 1 })).rejects.toThrow(
    "the loss is NaN at step 0: the input 'walk' of this batch has NaN at [3, 2, 1]",
  );
  const loss: TrainerSpec['loss'] = (logits, labels, weights) =>
    crossEntropy(logits, labels, { weights }).div(0) as AnyTensor;
  await expect(trainerOf({ loss }).fit(batches, { epochs: 1 })).rejects.toThrow(
    'lower the learning rate (now 0.05), or clip gradients; the data of this batch are finite',
  );
});
