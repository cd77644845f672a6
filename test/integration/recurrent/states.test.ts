/** States: kept from batch to batch, learned, given by the caller. */
import { grad } from '@cotangent/autodiff';
import { compile, compute } from '@cotangent/engine';
import { type AnyTensor, type HostArray, input, remat, type Tensor, zerosHost } from '@cotangent/graph';
import { add, concat, scan, splat, sum } from '@cotangent/graph/ops';
import {
  type CellKind,
  gru,
  lstm,
  parametersOf,
  type RecurrentOptions,
  type RunInputs,
} from '@cotangent/layers';
import { sgd } from '@cotangent/train';
import { describe, expect, test } from 'vitest';
import type { FixtureTensor } from '../../conformance/harness.ts';
import {
  drawn,
  exactly,
  expectSame,
  features,
  kinds,
  layerOf,
  part,
  sameSums,
  sequences,
  units,
  weighed,
} from './sequences.ts';

const batch = 2;
const time = 6;
const half = time / 2;
const whole = drawn([batch, time, features], 'x');
const early = part(whole, 1, 0, half);
const late = part(whole, 1, half, time);
const x = input('x', ['batch', 'time', features], 'f64') as AnyTensor;
type Values = Readonly<Record<string, FixtureTensor>>;
const stateNames = (kind: CellKind): string[] => (kind === 'lstm' ? ['h', 'c'] : ['h']);

/** The numbers of a layer that keeps nothing. */
const fresh = (kind: CellKind, options: Partial<RecurrentOptions>, values: HostArray<'f64'>) =>
  compute(layerOf(kind, options)(x), { x: values }) as unknown as FixtureTensor;

const programOf = (kind: CellKind, options: Partial<RecurrentOptions>) => {
  const program = compile({
    inputs: [x as never],
    outputs: layerOf(kind, { ...options, stateful: true })(x),
  });
  return {
    run: (values: HostArray<'f64'>) =>
      (program as (feeds: object) => unknown)({ x: values }) as FixtureTensor,
    state: program.state,
  };
};

describe.each(kinds)('a stateful %s', (kind) => {
  test.each([{}, { layers: 2 }, { returns: 'last' }, { returns: 'last', layers: 2 }] as const)(
    'continues: two halves of a sequence are the whole, %j',
    (options) => {
      const { run } = programOf(kind, options);
      const first = run(early);
      const second = run(late);
      const all = fresh(kind, options, whole);
      if ('returns' in options) return expectSame({ second }, { second: all }, sameSums);
      const want = { first: part(all, 1, 0, half), second: part(all, 1, half, time) };
      expectSame({ first, second }, want, sameSums);
    },
  );

  test('keeps the last valid state of each sequence', () => {
    const lengths = [half, 1];
    const tensor = sequences(batch, half);
    const counts = input('n', [batch], 'i32');
    const { output } = layerOf(kind, { stateful: true }).run(tensor, { lengths: counts });
    const program = compile({ inputs: [tensor, counts], outputs: output });
    program({ x: early, n: lengths } as never);
    const ran = layerOf(kind).run(tensor, { lengths: counts });
    const want = compute(ran.state[0]!, { x: early, n: lengths }) as unknown as Values;
    for (const name of stateNames(kind))
      expectSame({ [name]: program.state.get(`${kind}/state/${name}`) }, { [name]: want[name]! }, exactly);
  });

  test('keeps its state in a step of the training, too, which sees the state and the parameters before it', () => {
    const tensor = sequences(batch, half);
    const layer = layerOf(kind, { stateful: true });
    const loss = weighed(layer(tensor), drawn([batch, half, units], 'weights')) as Tensor<[]>;
    const program = compile({
      inputs: [tensor],
      outputs: loss,
      updates: sgd({ learningRate: 0.1 }).minimize(loss, parametersOf(layer)),
    });
    program({ x: early } as never);
    const want = compute(layerOf(kind).run(tensor).state[0]!, { x: early }) as unknown as Values;
    for (const name of stateNames(kind))
      expectSame({ [name]: program.state.get(`${kind}/state/${name}`) }, { [name]: want[name]! }, sameSums);
  });

  test('begins anew after state.reset()', () => {
    const { run, state } = programOf(kind, {});
    const first = run(early);
    expect(run(early).data).not.toEqual(first.data);
    state.reset();
    expectSame({ again: run(early) }, { again: first }, exactly);
  });

  test('says what to do about another batch size, and keeps its state', () => {
    const { run, state } = programOf(kind, {});
    run(early);
    const one = part(early, 0, 0, 1);
    expect(() => run(one)).toThrow(/state.*left as f64\[2, 3\] by the batch before.*call state\.reset\(\)/);
    expectSame({ second: run(late) }, { second: part(fresh(kind, {}, whole), 1, half, time) }, sameSums);
    state.reset();
    expectSame({ one: run(one) }, { one: fresh(kind, {}, one) }, exactly);
  });

  test('keeps nothing where the caller gives its state, and uses what is given', () => {
    const layer = layerOf(kind, { stateful: true });
    const tensor = sequences(batch, half);
    const given = Object.fromEntries(
      stateNames(kind).map((name) => [name, input(name, [batch, units], 'f64') as unknown as AnyTensor]),
    );
    const { output } = layer.run(tensor, { initialState: [given] });
    const program = compile({ outputs: output, inputs: [tensor, ...Object.values(given)] as never });
    const numbers = Object.fromEntries(stateNames(kind).map((name) => [name, drawn([batch, units], name)]));
    const feeds = { x: early, ...numbers };
    const call = () => (program as (feeds: object) => unknown)(feeds) as FixtureTensor;
    const want = compute(
      layerOf(kind).run(tensor, { initialState: [given] }).output,
      feeds,
    ) as unknown as FixtureTensor;
    // A second call begins where the first one did.
    for (let calls = 0; calls < 2; calls++) expectSame({ output: call() }, { output: want }, exactly);
    expect(program.state.paths.filter((path) => path.includes('state/'))).toEqual([]);
    // The same look finds the states of a layer that keeps them.
    const keeping = programOf(kind, {});
    keeping.run(early);
    expect(keeping.state.paths.filter((path) => path.includes('state/'))).toEqual(
      stateNames(kind).map((name) => `${kind}/state/${name}`),
    );
  });

  test('is refused where it is called twice in one program, or in a loop', () => {
    const layer = layerOf(kind, { stateful: true });
    const [first, second] = [sequences(batch, half, 'a'), sequences(batch, half, 'b')];
    const program = (outputs: AnyTensor[]) => () => compile({ inputs: [first, second], outputs });
    const results = [layer(first), layer(second)];
    expect(program(results)).toThrow(
      `the stateful layer '${kind}' is called twice in one program: make two layers, or pass the state with run`,
    );
    // Calls in programs of their own are as good as ever.
    for (const result of results) expect(program([result])).not.toThrow();
    const loop = () =>
      scan({ init: splat(0, [], 'f64'), length: 2 }, (before: AnyTensor) => [add(before, sum(layer(first)))]);
    expect(loop).toThrow(`the stateful layer '${kind}' is called in a loop`);
    // A call is no loop: it keeps what the layer alone keeps.
    const own = compile({ inputs: [first], outputs: layer(first) });
    const called = compile({ inputs: [first], outputs: remat((a: AnyTensor) => layer(a))(first) });
    for (const values of [early, late]) {
      const feeds = { a: values } as never;
      expectSame({ output: called(feeds) as never }, { output: own(feeds) as never }, exactly);
    }
  });
});

describe.each(kinds)('the first state of %s', (kind) => {
  const tensor = sequences(batch, time);
  const weights = drawn([batch, time, units], 'weights');
  const inputs = Object.fromEntries(
    stateNames(kind).map((name) => [name, input(name, [batch, units], 'f64') as unknown as AnyTensor]),
  );
  const numbers = Object.fromEntries(stateNames(kind).map((name) => [name, drawn([batch, units], name)]));

  test('has a gradient if it is learned: the sum over the batch of that of a given one', () => {
    const learned = layerOf(kind, { initialState: 'learned' });
    const loss = weighed(learned(tensor), weights) as Tensor<[]>;
    const parameters = parametersOf(learned);
    const got = compute(grad(loss, parameters), { x: whole }) as unknown as Values;
    const { output } = layerOf(kind).run(tensor, { initialState: [inputs] });
    const gradients = grad(weighed(output, weights) as Tensor<[]>, inputs) as Record<string, AnyTensor>;
    const summed = Object.fromEntries(
      Object.entries(gradients).map(([name, value]) => [`${kind}/initialState/${name}`, sum(value, 0)]),
    );
    // A learned state is 0 at first.
    const zeros = Object.fromEntries(
      stateNames(kind).map((name) => [name, zerosHost('f64', [batch, units])]),
    );
    const want = compute(summed, { x: whole, ...zeros }) as unknown as Values;
    expect(Object.keys(want)).toEqual(stateNames(kind).map((name) => `${kind}/initialState/${name}`));
    for (const value of Object.values(want)) expect(Array.from(value.data)).not.toContain(0);
    expectSame(got, want, sameSums);
  });

  test('is where the first half has ended: outputs, last states and gradients are those of the whole', () => {
    const layer = layerOf(kind, { layers: 2 });
    const states = [inputs, inputs];
    const [first, second] = [sequences(batch, half, 'a'), sequences(batch, half, 'b')];
    const start = { initialState: states } satisfies RunInputs;
    const begun = layer.run(first, start);
    const ended = layer.run(second, { initialState: begun.state });
    const joined = { output: concat([begun.output, ended.output], 1), state: ended.state };
    const results = ({ output, state }: typeof joined): AnyTensor => {
      const wrt = { ...parametersOf(layer), ...inputs } as Readonly<Record<string, AnyTensor>>;
      return { output, state, gradients: grad(weighed(output, weights) as Tensor<[]>, wrt) } as never;
    };
    const flat = (tree: object): Record<string, FixtureTensor> =>
      Object.fromEntries(
        Object.entries(tree).flatMap(([name, value]): (readonly [string, FixtureTensor])[] =>
          'data' in value
            ? [[name, value as FixtureTensor] as const]
            : Object.entries(flat(value as object)).map(
                ([key, inner]) => [`${name} ${key}`, inner] as readonly [string, FixtureTensor],
              ),
        ),
      );
    const got = compute(results(joined), { a: early, b: late, ...numbers }) as unknown as object;
    const want = compute(results(layer.run(tensor, start)), { x: whole, ...numbers }) as unknown as object;
    expectSame(flat(got), flat(want), sameSums);
  });
});

test('a kept state is no parameter', () => {
  const layer = layerOf('lstm', { stateful: true });
  layer(x);
  expect(Object.keys(parametersOf(layer))).toEqual(['lstm/kernel', 'lstm/recurrentKernel', 'lstm/bias']);
});

test('a state has the names of its cell, for the compiler as well', () => {
  const tensor = input('x', ['batch', 'time', features]);
  const [{ h, c }] = lstm({ units }).run(tensor).state;
  const shapes: readonly (readonly ['batch', typeof units])[] = [h.shape, c.shape];
  expect(shapes).toEqual([
    ['batch', units],
    ['batch', units],
  ]);
  // @ts-expect-error a GRU has no cell
  expect(gru({ units }).run(tensor).state[0].c).toBeUndefined();
});
