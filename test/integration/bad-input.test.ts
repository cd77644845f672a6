/** Bad input gets a sentence and a code, and loses nothing. */
import { grad } from '@cotangent/autodiff';
import { compile, compute, interpreter, State } from '@cotangent/engine';
import { fromNested, HostArray, input, variable } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import {
  batchNorm,
  crossEntropy,
  dropout,
  embedding,
  layerFromJson,
  linear,
  named,
  parametersOf,
  relu,
  select,
  sequential,
  training,
} from '@cotangent/layers';
import {
  adam,
  customSchedule,
  dataset,
  decodeCheckpoint,
  encodeCheckpoint,
  fromArrays,
  oneCycleSchedule,
  restoreVariables,
  sgd,
  trainer,
} from '@cotangent/train';
import { describe, expect, test } from 'vitest';
import { failure, says } from './says.ts';
import { points, smallData, smallTrainer } from './small.ts';

const x = input('x', ['batch', 3]);
const program = () => compile({ inputs: [x], outputs: ops.sum(x, 1) });

describe('declaring', () => {
  test('a wrong shape', () =>
    says(
      () => ops.add(x, input('z', [4])),
      'SHAPE_MISMATCH',
      'cannot broadcast [batch, 3] with [4]: 3 and 4 differ',
    ));
  test('a wrong product', () =>
    says(
      () => ops.matmul(x, variable('w', [4, 2])),
      'SHAPE_MISMATCH',
      'cannot matmul [batch, 3] with [4, 2]: 3 and 4 differ',
    ));
  test('a wrong rank', () =>
    says(
      () => ops.conv(x, variable('k', [3, 3, 1, 8]), {}, 'conv2d'),
      'SHAPE_MISMATCH',
      'conv2d needs [batch, height, width, channels], not [batch, 3]',
    ));
  test('a wrong dtype', () =>
    says(
      () => ops.add(x, input('n', ['batch', 3], 'i32')),
      'DTYPE_MISMATCH',
      "one operand is f32 and the other i32: convert one with .cast('f32')",
    ));
  test('an axis out of range', () =>
    says(
      () => ops.sum(x, 2),
      'AXIS_OUT_OF_RANGE',
      'axis 2 is out of range for [batch, 3], which has 2 axes',
    ));
  test('an unknown axis name', () =>
    says(() => ops.sum(x, 'time'), 'AXIS_OUT_OF_RANGE', "[batch, 3] has no dimension named 'time'"));
  test('a gradient of something with axes', () =>
    says(
      () => grad(x as never, x),
      'NOT_SCALAR',
      'a gradient needs a scalar, not [batch, 3]: reduce it with .mean() or .sum()',
    ));
  test('a gradient with respect to integers', () =>
    says(
      () => grad(ops.sum(x) as never, input('n', [3], 'i32') as never),
      'NOT_DIFFERENTIABLE',
      'i32 has no gradient',
    ));
  test('labels of the wrong kind', () =>
    says(
      () => crossEntropy(x, input('l', ['batch', 3], 'i32') as never),
      'SHAPE_MISMATCH',
      'takes class numbers [batch], not [batch, 3]',
      'one-hot labels need .argmax(-1)',
    ));
  test('one input, written twice', () =>
    says(
      () => compile({ inputs: [input('x', ['batch', 3])], outputs: ops.sum(x, 1) }),
      'MISSING_INPUT',
      "call input('x', …) once",
    ));
  test('a program in the place of its state', () =>
    says(
      () => compile({ inputs: [x], outputs: x }, { state: program() as never }),
      'BAD_ARGUMENT',
      'as in { state: train.state }',
    ));
  test('images where there should be a vector for each example', () =>
    says(
      () => crossEntropy(input('s', ['batch', 6, 6, 10]), input('l', ['batch'], 'i32') as never),
      'SHAPE_MISMATCH',
      'needs flatten() before the last layer',
    ));
  test('floats for an embedding', () =>
    says(
      () => embedding({ count: 5, units: 2 })(x as never),
      'DTYPE_MISMATCH',
      "convert them with .cast('i32')",
    ));
  test('a misspelt option', () =>
    says(() => linear({ units: 3, biass: true } as never), 'BAD_ARGUMENT', "linear has no option 'biass'"));
  test('a forgotten call', () =>
    says(() => sequential(relu as never, 3 as never), 'BAD_ARGUMENT', 'layer 1 of sequential is 3'));
  test('a layer called with another width', () => {
    const layer = linear({ units: 2 });
    layer(x);
    return says(() => layer(input('wide', ['batch', 5])), 'SHAPE_MISMATCH', 'use a second layer');
  });
  test('two layers without names', () =>
    says(
      () => compile({ inputs: [x], outputs: linear({ units: 2 })(linear({ units: 3 })(x)) }),
      'DUPLICATE_NAME',
      "'linear/",
      'give their layers a name',
    ));
  test('two updates of one variable', () => {
    const w = variable('w', [3]);
    return says(
      () =>
        compile({ inputs: [], outputs: w, updates: [w.becomes(ops.add(w, 1)), w.becomes(ops.add(w, 2))] }),
      'UPDATE_CONFLICT',
      "'w' has two updates",
    );
  });
  test('an update of another shape', () => {
    const w = variable('w', [3]);
    return says(() => w.becomes(ops.sum(w)), 'SHAPE_MISMATCH', "'w' is f32[3] and cannot become f32[]");
  });
  test('a loss that was not built for training', () => {
    const model = sequential(linear({ units: 3 }), dropout(0.5));
    const loss = ops.mean(model(x));
    return says(
      () => adam().minimize(loss as never, parametersOf(model)),
      'BAD_ARGUMENT',
      'dropout',
      'training(model)(x)',
    );
  });
  test('a model that was never called', () =>
    says(() => parametersOf(linear({ units: 2 })), 'UNKNOWN_VARIABLE', 'call it before'));
  test('a pattern that matches nothing', () => {
    const layer = linear({ units: 2, name: 'head' });
    layer(x);
    return says(
      () => select(parametersOf(layer), 'tail/**'),
      'UNKNOWN_VARIABLE',
      "'tail/**'",
      "'head/kernel'",
    );
  });
});

describe('calling', () => {
  test('a missing input', () =>
    says(() => program()({} as never), 'MISSING_INPUT', "the input 'x' [batch, 3] is missing"));
  test('an extra input', () =>
    says(
      () => program()({ x: [[1, 2, 3]], z: 1 } as never),
      'EXTRA_INPUT',
      "no input 'z'",
      "its inputs are 'x'",
    ));
  test('an input that was not listed', () =>
    says(() => compile({ inputs: [], outputs: ops.sum(x) }), 'MISSING_INPUT', "depend on the input 'x'"));
  test('a wrong rank', () =>
    says(
      () => program()({ x: [1, 2, 3] }),
      'SHAPE_MISMATCH',
      "'x' is declared [batch, 3] and was fed [3]",
      'a batch of one',
    ));
  test('one-hot rows for class numbers', () => {
    const labels = input('labels', ['batch'], 'i32');
    const loss = crossEntropy(ops.matmul(x, variable('w', [3, 2])), labels);
    const feeds = { x: [[1, 2, 3]], labels: [[0, 1]] };
    return says(
      () => compile({ inputs: [x, labels], outputs: loss })(feeds),
      'SHAPE_MISMATCH',
      "the input 'labels' is declared [batch] and was fed [1, 2]: it needs 1 axis, not 2; if these are labels, give the numbers of classes, not one-hot rows",
    );
  });
  test('a wrong size', () =>
    says(() => program()({ x: [[1, 2]] }), 'SHAPE_MISMATCH', 'axis 1 has 2 instead of 3'));
  test('a wrong dtype', () =>
    says(
      () => program()({ x: new HostArray('i32', [1, 3], new Int32Array(3)) }),
      'DTYPE_MISMATCH',
      "'x' is f32 and was fed i32",
    ));
  test('ragged rows', () =>
    says(
      () =>
        program()({
          x: [
            [1, 2, 3],
            [4, 5],
          ],
        }),
      'BAD_DATA',
      "'x'",
      'ragged',
      'at [1]',
    ));
  test('text for a number', () =>
    says(() => program()({ x: [[1, 2, 'three']] as never }), 'BAD_DATA', "'three'", '[0, 2]'));
  test('an index outside its table', () =>
    says(() => compute(ops.take(variable('t', [3]), [5])), 'INDEX_OUT_OF_RANGE', '5'));
  test('an unknown variable', () => {
    const w = variable('encoder/w', [3]);
    const { state } = compile({ inputs: [], outputs: w });
    return says(() => state.get('decoder/w'), 'UNKNOWN_VARIABLE', "'decoder/w'", "'encoder/w'");
  });
  test('a variable of another shape leaves the old value', async () => {
    const w = variable('w', [2], [1, 2]);
    const { state } = compile({ inputs: [], outputs: w });
    await says(() => state.set('w', [1, 2, 3]), 'SHAPE_MISMATCH', "'w' is f32[2]");
    expect(state.get('w').toNested()).toEqual([1, 2]);
  });
  test('a dtype that the engine lacks', () => {
    const single = { ...interpreter(), name: 'single', dtypes: ['f32'] as const };
    return says(
      () => compile({ inputs: [], outputs: ops.splat(1, [2], 'f64') }, { engine: single }),
      'ENGINE_LACKS',
      "'single' lacks the dtype f64",
    );
  });
  test('a batch too small for its statistics', () => {
    const y = training(batchNorm({ name: 'norm' }))(x);
    const step = compile({ inputs: [x], outputs: y });
    return says(() => step({ x: [[1, 2, 3]] }), 'BATCH_TOO_SMALL', 'at least 2 values');
  });
  test('a failed call changes no variable', async () => {
    const w = variable('w', [2], [1, 2]);
    const index = input('i', [1], 'i32');
    const step = compile({
      inputs: [index],
      outputs: ops.take(w, index),
      updates: [w.becomes(ops.add(w, 1))],
    });
    await failure(() => step({ i: [7] }));
    expect(step.state.get('w').toNested()).toEqual([1, 2]);
  });
});

describe('training', () => {
  test('an empty dataset', () => says(() => dataset([]), 'EMPTY_DATASET', 'an empty list of examples'));
  test('a batch size above the number of examples', () =>
    says(
      () => smallTrainer().fit(points(5).batch(8), { epochs: 1 }),
      'BATCH_TOO_SMALL',
      '5 examples do not fill one batch of 8',
    ));
  test('a schedule that makes NaN', () => {
    const bad = trainerWith(customSchedule('bad', (step) => (step < 2 ? 0.01 : Number.NaN)));
    return says(() => bad.fit(smallData(), { epochs: 1 }), 'NOT_FINITE', 'bad', 'step 2');
  });
  test('a NaN in the data', () => {
    const data = fromArrays(
      {
        x: [
          [1, 2, 3, Number.NaN],
          [1, 2, 3, 4],
        ],
        label: [0, 1],
      },
      { dtypes: { label: 'i32' } },
    );
    return says(
      () => smallTrainer().fit(data.batch(2), { epochs: 1 }),
      'NOT_FINITE',
      'the loss is NaN at step 0',
      'look for NaN in the data',
    );
  });
  test.each([2, -1])('a label %d of two classes', async (label) => {
    const data = fromArrays(
      {
        x: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        label: [0, label],
      },
      { dtypes: { label: 'i32' } },
    ).batch(2);
    const run = smallTrainer();
    const sentence = `crossEntropy: label ${label}, but there are 2 classes: labels go from 0 to 1`;
    await says(() => run.fit(data, { epochs: 1 }), 'CHECK_FAILED', sentence);
    await says(() => run.evaluate(data), 'CHECK_FAILED', sentence);
  });
  test('a batch without the array that the input is called after', () => {
    const data = fromArrays({
      image: [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    }).batch(2);
    return says(() => smallTrainer().fit(data, { epochs: 1 }), 'BAD_DATA', "needs an array 'x'", "'image'");
  });
  test('data that is not in batches', () =>
    says(
      () => smallTrainer().fit(points(5), { epochs: 1 }),
      'SHAPE_MISMATCH',
      "the input 'x' is declared [batch, 4] and the data has [4]: if these are single examples, make batches of them with .batch(n)",
    ));
  test('class numbers that are floats', () =>
    says(
      () =>
        smallTrainer().fit(
          fromArrays({
            x: [
              [1, 2, 3, 4],
              [5, 6, 7, 8],
            ],
            label: [0, 1],
          }).batch(2),
          { epochs: 1 },
        ),
      'DTYPE_MISMATCH',
      "the input 'label' is i32 and the data has f32: say it where the data is made, as in fromArrays(…, { dtypes: { label: 'i32' } })",
    ));
  test('a learning rate that is no number', () =>
    says(() => sgd({ learningRate: Number.NaN }), 'NOT_FINITE', 'learning rate of sgd is NaN'));
  test('Nesterov without momentum', () =>
    says(() => sgd({ nesterov: true }), 'BAD_ARGUMENT', 'Nesterov momentum needs a momentum'));
});

const trainerWith = (schedule: ReturnType<typeof customSchedule>) => {
  const { net } = named({ net: linear({ units: 2 }) });
  return trainer({
    model: net,
    inputs: [input('x', ['batch', 4]), input('label', ['batch'], 'i32')],
    loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
    optimizer: sgd(),
    schedule,
  });
};

describe('checkpoints', () => {
  test('of another model, and nothing is written', async () => {
    const one = smallTrainer();
    const before = one.snapshot();
    const { other } = named({ other: linear({ units: 3 }) });
    const two = trainer({
      model: other,
      inputs: [input('x', ['batch', 4]), input('label', ['batch'], 'i32')],
      loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
      optimizer: sgd(),
      schedule: oneCycleSchedule({ maximum: 0.02, steps: 40 }),
    });
    await says(() => one.restore(two.snapshot()), 'BAD_CHECKPOINT', "'sgd/learningRate'", 'another model');
    expect(encodeCheckpoint(one.snapshot())).toEqual(encodeCheckpoint(before));
  });
  test('that are truncated', () =>
    says(() => decodeCheckpoint(encodeCheckpoint(smallTrainer().snapshot()).slice(0, -3)), 'BAD_CHECKPOINT'));
  test('with a damaged state', () => {
    const one = smallTrainer();
    return says(
      () => one.restore({ tensors: one.snapshot().tensors, meta: { trainer: { epoch: -1 } } }),
      'BAD_CHECKPOINT',
      'state of a training',
    );
  });
  test('a part of another model is taken where it fits', () => {
    const w = variable('shared/w', [2], [1, 2]);
    const v = variable('own/v', [1], [3]);
    const { state } = compile({ inputs: [], outputs: [w, v] });
    const tensors = { 'shared/w': fromNested([7, 8]), 'foreign/u': fromNested([9]) };
    expect(restoreVariables(state, tensors, { partial: true })).toEqual(['shared/w']);
    expect(state.get('shared/w').toNested()).toEqual([7, 8]);
    expect(state.get('own/v').toNested()).toEqual([3]);
  });
});

describe('configurations', () => {
  test('of an unknown kind', () =>
    says(() => layerFromJson({ kind: 'magic' }), 'BAD_JSON', "no kind of layer 'magic'"));
  test('with an option of the wrong type', () =>
    says(() => layerFromJson({ kind: 'linear', units: 'many' }), 'BAD_ARGUMENT', "option 'units' is 'many'"));
  test('nested without end', () => {
    let json: unknown = { kind: 'relu' };
    for (let i = 0; i < 200; i++) json = { kind: 'sequential', layers: [['0', json]] };
    return says(() => layerFromJson(json), 'BAD_JSON', 'nested');
  });
});

test('a state belongs to one engine', () => {
  const state = new State({ engine: interpreter() });
  return says(
    () => compile({ inputs: [x], outputs: x }, { state, engine: interpreter() }),
    'BAD_ARGUMENT',
    'leave out the option engine',
  );
});
