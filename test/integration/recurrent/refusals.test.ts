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
    refused(
      run('gru', [{ h: other }]),
      'SHAPE_MISMATCH',
      "the initial state 'h' of layer 0 is f64[3, 3]",
      wanted,
    );
    refused(run('gru', [{ h: wide }]), 'SHAPE_MISMATCH', 'is f64[2, 7]', wanted);
    refused(run('gru', [{ h: single }]), 'DTYPE_MISMATCH', 'is f32[2, 3]', wanted);
  });

  test('of an LSTM without its cell', () =>
    refused(run('lstm', [{ h }]), 'BAD_ARGUMENT', "the initial state of layer 0 lacks 'c', a f64[2, 3]"));

  test('which are no records', () => {
    refused(run('gru', [h]), 'BAD_ARGUMENT', 'the initial state of layer 0 is a record { h }');
    refused(run('lstm', [null]), 'BAD_ARGUMENT', 'is a record { h, c }, not null');
  });

  test('which are too few or too many', () => {
    refused(run('lstm', { h, c }), 'BAD_ARGUMENT', 'initialState is a list of 1 states');
    refused(
      run('gru', [{ h }], { layers: 2 }),
      'BAD_ARGUMENT',
      'a list of 2 states, one for each layer',
      'not 1',
    );
    refused(
      run('gru', [{ h }], { bidirectional: 'sum' }),
      'BAD_ARGUMENT',
      'a list of 2 states, one for each layer and direction, not 1',
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
    refused(run({ lengths: [4, 2] }), 'SHAPE_MISMATCH', wanted);
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
      'timeDistributed takes a layer',
    ));
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
      'a sequence is [batch, time, features], with time first if time-major, not [2, 2]',
    );
  });

  test('an RNN with a cell', () =>
    refused(() => runCell('rnn', x, { h, c }, weights(1)), 'BAD_ARGUMENT', "'h', 'c'", "gives 'h'"));

  test('weights of another kind', () => {
    refused(() => runCell('lstm', x, { h, c }, weights(3)), 'SHAPE_MISMATCH');
    refused(() => runCell('gru', x, { h }, weights(4)), 'SHAPE_MISMATCH');
    refused(() => runCell('rnn', x, { h }, weights(3)), 'SHAPE_MISMATCH');
  });
});
