/** Bad input of recurrent layers gets a code and a sentence that says what is wanted. */
import { compile } from '@cotangent/engine';
import {
  type AnyTensor,
  CotangentError,
  type DType,
  type ErrorCode,
  input,
  zerosHost,
} from '@cotangent/graph';
import { cellStep, gru, layerFromJson, linear, lstm, rnn, runCell, timeDistributed } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import { features, layerOf, units } from './sequences.ts';

const [batch, time] = [2, 4];
const tensor = (name: string, shape: readonly (number | string)[], dtype: DType = 'f64'): AnyTensor =>
  input(name, shape, dtype) as unknown as AnyTensor;
const x = tensor('x', [batch, time, features]);
const h = tensor('h', [batch, units]);
const c = tensor('c', [batch, units]);

function refused(body: () => unknown, code: ErrorCode, ...fragments: readonly string[]): void {
  let caught: unknown;
  try {
    body();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(CotangentError);
  const { code: found, message } = caught as CotangentError;
  for (const fragment of fragments) expect(message).toContain(fragment);
  expect(found).toBe(code);
}

describe('sequences', () => {
  test('of another rank', () => {
    refused(
      () => layerOf('gru')(tensor('x', [batch, features])),
      'SHAPE_MISMATCH',
      'gru needs [batch, time, features], not [2, 2]',
    );
    refused(
      () => layerOf('lstm', { timeMajor: true })(tensor('x', [batch, features])),
      'SHAPE_MISMATCH',
      'lstm needs [time, batch, features]',
    );
    refused(
      () => timeDistributed(linear({ units: 2 }))(tensor('x', [3])),
      'SHAPE_MISMATCH',
      'timeDistributed needs [batch, time, ...], not [3]',
    );
  });

  test('of integers', () =>
    refused(
      () => layerOf('rnn')(tensor('x', [batch, time, features], 'i32')),
      'DTYPE_MISMATCH',
      'rnn takes f32 or f64, not i32: embed or convert it first',
    ));

  test('of another width than before', () => {
    const layer = layerOf('gru');
    layer(x);
    refused(
      () => layer(tensor('x', [batch, time, 5])),
      'SHAPE_MISMATCH',
      "the layer 'gru' was built with a kernel f64[2, 9]",
      'use a second layer',
    );
  });

  test('without a known number of steps, where a step needs nodes of its own', () => {
    const open = tensor('x', [batch, 'time', features]);
    for (const loop of [{ unroll: true }, { remat: 'sqrt' }] as const)
      refused(() => layerOf('gru', loop)(open), 'BAD_ARGUMENT', "a known number of steps, not 'time'");
  });
});

describe('initial states', () => {
  const run =
    (kind: 'gru' | 'lstm', initialState: unknown, options = {}) =>
    () =>
      layerOf(kind, options).run(x, { initialState: initialState as never });

  test('of another batch size, width or dtype', () => {
    const [other, wide, single] = [
      tensor('h', [3, units]),
      tensor('h', [batch, 7]),
      tensor('h', [batch, units], 'f32'),
    ];
    const wanted = 'f64[2, 3] is needed: [batch, units], with the batch of the sequences';
    refused(run('gru', [{ h: other }]), 'SHAPE_MISMATCH', "'h' of initialState[0] is f64[3, 3]", wanted);
    refused(run('gru', [{ h: wide }]), 'SHAPE_MISMATCH', 'is f64[2, 7]', wanted);
    refused(run('gru', [{ h: single }]), 'DTYPE_MISMATCH', 'is f32[2, 3]', wanted);
  });

  test('of an LSTM without its cell', () =>
    refused(run('lstm', [{ h }]), 'BAD_ARGUMENT', "initialState[0] lacks 'c', a f64[2, 3]"));

  test('which are no records', () => {
    refused(
      run('gru', [h]),
      'BAD_ARGUMENT',
      'initialState[0] is a record { h }, not f64[2, 3]: write initialState: [{ h }]',
    );
    refused(run('lstm', [null]), 'BAD_ARGUMENT', 'is a record { h, c }, not null');
    refused(run('gru', [{ h, c }]), 'BAD_ARGUMENT', "initialState[0] has no part 'c': there is h");
  });

  test('in the middle of many are named by their layer and direction', () => {
    const states = [{ h }, { h }, { h }, { h: tensor('h', [batch, 7]) }];
    refused(
      run('gru', states, { layers: 2, bidirectional: 'sum' }),
      'SHAPE_MISMATCH',
      "'h' of initialState[3] (layer 1, backward) is f64[2, 7]",
    );
  });

  test('which are too few or too many', () => {
    const one = 'initialState is a list with a state for each layer, 1 here, not';
    refused(run('lstm', { h, c }), 'BAD_ARGUMENT', `${one} { h, c }: write initialState: [{ h, c }]`);
    refused(run('lstm', [h, c]), 'BAD_ARGUMENT', `${one} 2: write initialState: [{ h, c }]`);
    refused(run('gru', h), 'BAD_ARGUMENT', `${one} f64[2, 3]: write initialState: [{ h }]`);
    refused(
      run('gru', [{ h }], { layers: 2 }),
      'BAD_ARGUMENT',
      'for each layer, 2 here, not 1: write initialState: [{ h }, …]',
    );
    refused(
      run('gru', [{ h }], { bidirectional: 'sum' }),
      'BAD_ARGUMENT',
      'for each layer and direction, 2 here, not 1',
    );
  });
});

describe('lengths and masks', () => {
  const lengths = input('lengths', [batch], 'i32');
  const mask = tensor('mask', [batch, time], 'bool');
  const run = (inputs: object) => () => layerOf('gru').run(x, inputs);

  test('at once', () =>
    refused(run({ lengths, mask }), 'BAD_ARGUMENT', 'lengths and mask say the same: give one of them'));

  test('lengths of another dtype or number', () => {
    const wanted = 'lengths are i32[2], one for each sequence, not';
    refused(run({ lengths: tensor('n', [batch]) }), 'SHAPE_MISMATCH', `${wanted} f64[2]`);
    refused(run({ lengths: tensor('n', [3], 'i32') }), 'SHAPE_MISMATCH', `${wanted} i32[3]`);
    refused(run({ lengths: [4, 2] }), 'SHAPE_MISMATCH', `${wanted} [4, 2]: declare an input and feed them`);
    refused(run({ lengths: tensor('n', [batch]) }), 'SHAPE_MISMATCH', "write lengths.cast('i32')");
  });

  test('masks of another dtype, or the other way round', () => {
    const wanted = 'a mask is bool[2, 4], true where a position is valid, not';
    refused(run({ mask: tensor('m', [batch, time]) }), 'SHAPE_MISMATCH', `${wanted} f64[2, 4]`);
    refused(run({ mask: tensor('m', [time, batch], 'bool') }), 'SHAPE_MISMATCH', `${wanted} bool[4, 2]`);
  });

  test('lengths beyond the time axis, or below 0, when a program runs', () => {
    const { output } = layerOf('gru').run(x, { lengths });
    const program = compile({ inputs: [x as never, lengths], outputs: output });
    const call = (values: readonly number[]) => () =>
      (program as (feeds: object) => unknown)({
        x: zerosHost('f64', [batch, time, features]),
        lengths: values,
      });
    refused(
      call([2, 5]),
      'CHECK_FAILED',
      'lengths go from 2 to 5, but the sequences have 4 steps: a length is from 0 to the number of steps',
    );
    refused(call([-1, 2]), 'CHECK_FAILED', 'lengths go from -1 to 2, but the sequences have 4 steps');
    expect(call([0, 4])).not.toThrow();
  });
});

describe('options', () => {
  /** Scripts without types, and JSON, can say anything. */
  const made = (make: (options: never) => unknown, options: object) => () => make(options as never);

  test('that a kind does not have', () => {
    refused(
      made(gru, { units: 2, forgetBias: 1 }),
      'BAD_ARGUMENT',
      "gru has no option 'forgetBias'",
      'reset',
    );
    refused(
      made(rnn, { units: 2, recurrentActivation: 'tanh' }),
      'BAD_ARGUMENT',
      "rnn has no option 'recurrentActivation'",
    );
    refused(made(lstm, { units: 2, reset: 'after' }), 'BAD_ARGUMENT', "lstm has no option 'reset'");
  });

  test('of which one would be without effect', () => {
    refused(
      made(gru, { units: 2, reverse: true, bidirectional: 'sum' }),
      'BAD_ARGUMENT',
      'gru: bidirectional runs both ways already',
    );
    refused(
      made(rnn, { units: 2, stateful: true, initialState: 'learned' }),
      'BAD_ARGUMENT',
      'rnn: a stateful layer starts from the state that was left',
    );
    refused(
      made(lstm, { units: 2, forgetBias: 2, bias: false }),
      'BAD_ARGUMENT',
      'lstm: forgetBias is added to a constant bias',
    );
    expect(made(lstm, { units: 2, bias: false })).not.toThrow();
    refused(
      made(gru, { units: 2, dropout: 0.5 }),
      'BAD_ARGUMENT',
      'gru: dropout acts between layers, and there is one',
    );
    expect(made(gru, { units: 2, dropout: 0.5, layers: 2 })).not.toThrow();
    refused(
      made(lstm, { units: 2, unroll: true, remat: 2 }),
      'BAD_ARGUMENT',
      'lstm: unroll makes every step nodes of its own',
    );
    for (const backwards of [{ reverse: true }, { bidirectional: 'sum' }])
      refused(
        made(gru, { units: 2, stateful: true, ...backwards }),
        'BAD_ARGUMENT',
        'gru: a stateful layer goes on where the batch before has stopped',
      );
  });

  test('that are left out or wrong', () => {
    refused(made(lstm, {}), 'BAD_ARGUMENT', "lstm needs the option 'units'");
    refused(
      made(rnn, { units: 0 }),
      'BAD_ARGUMENT',
      "rnn: the option 'units' is 0, not a whole number of 1 or more",
    );
    refused(
      made(gru, { units: 2, reset: 'late' }),
      'BAD_ARGUMENT',
      "the option 'reset' is 'late', not one of before, after",
    );
    refused(
      made(gru, { units: 2, bidirectional: true }),
      'BAD_ARGUMENT',
      "'bidirectional' is true, not one of false, concat",
    );
    refused(
      made(rnn, { units: 2, activation: 'gelu' }),
      'BAD_ARGUMENT',
      "'activation' is 'gelu', not one of tanh, relu, sigmoid",
    );
    refused(
      made(lstm, { units: 2, dropout: 1.5 }),
      'BAD_ARGUMENT',
      "'dropout' is 1.5, not a number from 0 to 1",
    );
    refused(
      made(lstm, { units: 2, remat: 0 }),
      'BAD_ARGUMENT',
      "'remat' is 0, not a whole number of 1 or more, or 'sqrt'",
    );
  });

  test('in JSON', () => {
    refused(
      () => layerFromJson({ kind: 'gru', units: 'many' }),
      'BAD_ARGUMENT',
      "gru: the option 'units' is 'many'",
    );
    refused(() => layerFromJson({ kind: 'timeDistributed' }), 'BAD_JSON', 'layers');
    refused(() => layerFromJson({ kind: 'timeDistributed', layers: [] }), 'BAD_JSON', 'needs a layer inside');
  });

  test('a step that is no layer', () =>
    refused(
      made(timeDistributed as never, () => x),
      'BAD_ARGUMENT',
      "timeDistributed takes a layer, not a function: write layer('kind', f) around a function",
    ));
});

describe('what a layer is called with', () => {
  const layer = layerOf('lstm');
  const ran = layer.run(x);
  const call =
    (...given: readonly unknown[]) =>
    () =>
      (layer as (...given: readonly unknown[]) => unknown)(...given);
  const run =
    (...given: readonly unknown[]) =>
    () =>
      (layer.run as (...given: readonly unknown[]) => unknown)(...given);
  const n = input('n', [batch], 'i32');

  test('an array', () => {
    const sentence = 'takes a tensor, not an array: declare an input and feed the array to a program';
    refused(call([[[1, 2]]]), 'BAD_ARGUMENT', `lstm ${sentence}`);
    refused(call(zerosHost('f64', [batch, time, features])), 'BAD_ARGUMENT', `lstm ${sentence}`);
    refused(run(new Float32Array(2)), 'BAD_ARGUMENT', `lstm.run ${sentence}`);
    refused(() => linear({ units: 2 })([[1, 2]] as never), 'BAD_ARGUMENT', `linear ${sentence}`);
  });

  test('what a run or a scan gives', () => {
    refused(
      call(ran),
      'BAD_ARGUMENT',
      'lstm takes a tensor, not { output, last, state }: take .output or .last',
    );
    refused(() => linear({ units: 2 })(ran as never), 'BAD_ARGUMENT', 'linear takes a tensor, not { output');
    refused(call([h, x]), 'BAD_ARGUMENT', 'take [0] or [1]');
  });

  test('options beside the tensor', () => {
    refused(
      call(x, { lengths: n }),
      'BAD_ARGUMENT',
      'lstm takes one argument, and got { lengths } beside it: lengths, masks and states go to run, as in layer.run',
    );
    refused(
      () => (linear({ units: 2 }) as (...all: unknown[]) => unknown)(h, {}),
      'BAD_ARGUMENT',
      'options are given where a layer is made',
    );
    // As the function of a map it gets positions, too.
    expect([x, x].map(layerOf('gru'))).toHaveLength(2);
  });

  test('other options of a run', () => {
    refused(
      run(x, { length: n }),
      'BAD_ARGUMENT',
      "lstm.run has no option 'length': there is lengths, mask, initialState",
    );
    refused(
      run(x, n),
      'BAD_ARGUMENT',
      'lstm.run takes a record of options, not i32[2]: write { lengths: … }',
    );
  });

  test('an unnamed layer at the root is not named in the error', () => {
    try {
      timeDistributed(linear({ units: 2 }))(tensor('x', [3]));
    } catch (error) {
      expect((error as Error).message).not.toContain("in layer ''");
    }
    expect.assertions(1);
  });
});

describe('functions of weights', () => {
  const weights = (gates: number) => ({
    kernel: tensor('kernel', [features, gates * units]),
    recurrentKernel: tensor('recurrentKernel', [units, gates * units]),
  });

  test('an LSTM without its cell', () => {
    const sentence = "the state of lstm is a record { h, c } of tensors [batch, units]; 'c' is undefined";
    refused(() => runCell('lstm', x, { h }, weights(4)), 'BAD_ARGUMENT', sentence);
    refused(
      () => cellStep('lstm', tensor('x', [batch, features]), { h }, weights(4)),
      'BAD_ARGUMENT',
      sentence,
    );
  });

  test('a kind or a rank that there is not', () => {
    refused(
      () => runCell('nope' as never, x, { h }, weights(1)),
      'BAD_ARGUMENT',
      "there is no cell 'nope': there is rnn, gru, lstm",
    );
    refused(
      () => runCell('gru', tensor('x', [batch, features]), { h }, weights(3)),
      'SHAPE_MISMATCH',
      'a sequence is [batch, time, features], with time first if time-major, not f64[2, 2]',
    );
  });

  test('an RNN with a cell', () =>
    refused(() => runCell('rnn', x, { h, c }, weights(1)), 'BAD_ARGUMENT', "'h', 'c'", "gives 'h'"));

  test('weights of another kind', () => {
    refused(() => runCell('lstm', x, { h, c }, weights(3)), 'SHAPE_MISMATCH');
    refused(() => runCell('gru', x, { h }, weights(4)), 'SHAPE_MISMATCH');
    refused(() => runCell('rnn', x, { h }, weights(3)), 'SHAPE_MISMATCH');
  });

  const moment = tensor('x', [batch, features]);
  const both = (given: object, options: object = {}): (() => unknown)[] => [
    () => cellStep('gru', moment, { h }, given as never, options),
    () => runCell('gru', x, { h }, given as never, options),
  ];

  test('weights of another width, which would be broadcast over the gates', () => {
    for (const body of both(weights(1)))
      refused(body, 'SHAPE_MISMATCH', 'the kernel of gru is [features, 3·units], here [2, 9], not f64[2, 3]');
    const narrow = { ...weights(3), recurrentKernel: tensor('r', [4, 9]) };
    for (const body of both(narrow))
      refused(
        body,
        'SHAPE_MISMATCH',
        'the recurrentKernel of gru is [units, 3·units], here [3, 9], not f64[4, 9]',
      );
    for (const name of ['bias', 'recurrentBias'])
      for (const body of both({ ...weights(3), [name]: tensor('b', [1]) }))
        refused(body, 'SHAPE_MISMATCH', `the ${name} of gru is [3·units], here [9], not f64[1]`);
    refused(
      () => cellStep('lstm', moment, { h, c }, { ...weights(4), peephole: tensor('p', [3]) }),
      'SHAPE_MISMATCH',
      'the peephole of lstm is [3·units], here [9], not f64[3]',
    );
  });

  test('weights that are missing, or that a cell does not have', () => {
    for (const body of both({}))
      refused(body, 'BAD_ARGUMENT', 'the kernel of gru is [features, 3·units], here [2, 9], not undefined');
    for (const body of both({ ...weights(3), peephole: tensor('p', [9]) }))
      refused(
        body,
        'BAD_ARGUMENT',
        "gru has no weight 'peephole': there is kernel, recurrentKernel, bias, recurrentBias",
      );
  });

  test('options that there are not', () => {
    for (const body of both(weights(3), { activation: 'elu' }))
      refused(body, 'BAD_ARGUMENT', "the option 'activation' is 'elu', not one of tanh, relu, sigmoid");
    for (const body of both(weights(3), { reset: 'late' }))
      refused(body, 'BAD_ARGUMENT', "the option 'reset' is 'late', not one of before, after");
    for (const body of both(weights(3), { timeMajor: true }))
      refused(body, 'BAD_ARGUMENT', "has no option 'timeMajor'");
  });
});
