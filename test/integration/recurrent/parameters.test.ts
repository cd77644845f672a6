/** What recurrent layers own: names, shapes, first values. */
import { compile, compute } from '@cotangent/engine';
import type { AnyTensor } from '@cotangent/graph';
import { matmul, transpose } from '@cotangent/graph/ops';
import { gru, lstm, parametersOf, rnn, select } from '@cotangent/layers';
import { expect, test } from 'vitest';
import { fixture } from '../../conformance/harness.ts';
import { expectSame, features, sequences } from './sequences.ts';

const x = sequences(2, 4);
const shapesOf = (layer: object): Record<string, readonly unknown[]> =>
  Object.fromEntries(Object.entries(parametersOf(layer)).map(([path, { shape }]) => [path, shape]));
const firstBias = (layer: (x: AnyTensor) => AnyTensor, path: string): number[] => {
  const { state } = compile({ inputs: [x], outputs: layer(x) });
  return Array.from(state.get(path).data);
};

test('gates lie side by side: one in an RNN, three in a GRU, four in an LSTM', () => {
  const [simple, gated, long] = [rnn({ units: 3 }), gru({ units: 3 }), lstm({ units: 3, peephole: true })];
  for (const layer of [simple, gated, long]) layer(x);
  expect(shapesOf(simple)).toEqual({
    'rnn/kernel': [features, 3],
    'rnn/recurrentKernel': [3, 3],
    'rnn/bias': [3],
  });
  expect(shapesOf(gated)).toEqual({
    'gru/kernel': [features, 9],
    'gru/recurrentKernel': [3, 9],
    'gru/bias': [9],
    'gru/recurrentBias': [9],
  });
  expect(shapesOf(long)).toEqual({
    'lstm/kernel': [features, 12],
    'lstm/recurrentKernel': [3, 12],
    'lstm/bias': [12],
    'lstm/peephole': [9],
  });
});

test('a GRU whose reset gate acts first has one bias, and no layer has one without `bias`', () => {
  const before = gru({ units: 3, reset: 'before' });
  const bare = gru({ units: 3, bias: false });
  before(x);
  bare(x);
  expect(Object.keys(shapesOf(before))).toEqual(['gru/kernel', 'gru/recurrentKernel', 'gru/bias']);
  expect(Object.keys(shapesOf(bare))).toEqual(['gru/kernel', 'gru/recurrentKernel']);
});

test('layers of a stack and directions have paths of their own; an upper layer sees both directions', () => {
  const net = rnn({ units: 3, layers: 2, bidirectional: 'concat', bias: false });
  net(x);
  expect(shapesOf(net)).toEqual({
    'rnn/0/kernel': [features, 3],
    'rnn/0/recurrentKernel': [3, 3],
    'rnn/0/backward/kernel': [features, 3],
    'rnn/0/backward/recurrentKernel': [3, 3],
    'rnn/1/kernel': [6, 3],
    'rnn/1/recurrentKernel': [3, 3],
    'rnn/1/backward/kernel': [6, 3],
    'rnn/1/backward/recurrentKernel': [3, 3],
  });
  expect(Object.keys(select(parametersOf(net), 'rnn/1/**'))).toHaveLength(4);
});

test('the forget gate, second of four, starts open', () => {
  const run = (layer: unknown) => firstBias(layer as (x: AnyTensor) => AnyTensor, 'lstm/bias');
  expect(run(lstm({ units: 2 }))).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  expect(run(lstm({ units: 2, forgetBias: 0 }))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test('rows of the recurrent kernel are orthonormal at first', () => {
  const net = gru({ units: 3 });
  net(x);
  const kernel = parametersOf(net)['gru/recurrentKernel'] as unknown as AnyTensor;
  const products = compute({ products: matmul(kernel, transpose(kernel)) }) as never;
  const rounding = { name: 'products of nine float64 numbers', absolute: 1e-14, relative: 0 };
  expectSame(products, { products: fixture([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]) }, rounding);
});
