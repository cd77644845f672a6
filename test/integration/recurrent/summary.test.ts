/** Summaries and pictures show a recurrent layer as one, however many weights and states lie in folders below its path. */
import { compile } from '@cotangent/engine';
import { closeGraph, input } from '@cotangent/graph';
import { summarize, toDot } from '@cotangent/inspect';
import { gru, linear, lstm, named, parametersOf, type RecurrentOptions, sequential } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';

const [units, features, classes] = [3, 2, 2];
const bindings = { batch: 1, time: 5 };
const x = input('x', ['batch', 'time', features]);
/** Numbers of an LSTM over so many features. */
const weights = (width: number): number => 4 * units * (width + units + 1);

const modelOf = (options: Omit<RecurrentOptions, 'units'>, kind: typeof lstm | typeof gru = lstm) =>
  named({ net: sequential(kind({ units, ...options }), linear({ units: classes })) }).net;

describe('the summary', () => {
  test.each<readonly [Omit<RecurrentOptions, 'units'>, number, number]>([
    [{ layers: 2 }, weights(features) + weights(units), units],
    [{ bidirectional: 'concat' }, 2 * weights(features), 2 * units],
    [{ bidirectional: 'sum', initialState: 'learned' }, 2 * (weights(features) + 2 * units), units],
  ])('has one row for the layer and one for the head: %j', (options, parameters, width) => {
    const model = modelOf(options);
    const graph = closeGraph({ outputs: { y: model(x) } });
    const { rows, total } = summarize(graph, { bindings });
    expect(rows.map((row) => [row.path, row.kind, row.parameters])).toEqual([
      ['net/0', 'lstm', parameters],
      ['net/1', 'linear', (width + 1) * classes],
    ]);
    const all = Object.values(parametersOf(model)).map(({ shape }) =>
      shape.reduce<number>((product, size) => product * Number(size), 1),
    );
    expect(total.parameters).toBe(all.reduce((sum, one) => sum + one, 0));
  });

  test('counts the states that a layer keeps as its own', () => {
    const graph = closeGraph({ outputs: { y: modelOf({ stateful: true }, gru)(x) } });
    const { rows } = summarize(graph, { bindings: { batch: 4, time: 5 } });
    expect(rows.map(({ path, state }) => [path, state])).toEqual([
      ['net/0', 4 * units],
      ['net/1', 0],
    ]);
  });

  test('is the same of a graph whose names have got sizes', () => {
    const program = compile({ inputs: [x], outputs: modelOf({ layers: 2 })(x) });
    const { rows } = summarize(program.specialized(bindings));
    expect(rows.map(({ path, parameters }) => [path, parameters])).toEqual([
      ['net/0', weights(features) + weights(units)],
      ['net/1', (units + 1) * classes],
    ]);
  });
});

test('the picture has all parameters of a layer in its box', () => {
  const picture = toDot(closeGraph({ outputs: { y: modelOf({ layers: 2, bidirectional: 'sum' })(x) } }));
  const parameters = 2 * (weights(features) + weights(units));
  expect(picture).toMatch(new RegExp(`0 · lstm</B>[^\\n]*>${parameters} parameters<`));
});
