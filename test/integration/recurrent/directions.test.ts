/** Stacks, directions, merge modes, layouts: each is a composition of runs in one direction. */
import { compute } from '@cotangent/engine';
import { type AnyTensor, input, type Variable } from '@cotangent/graph';
import { add, concat, index, mul, reverse, splat, stack, swapAxes } from '@cotangent/graph/ops';
import {
  type CellKind,
  type CellState,
  flatten,
  linear,
  type Merge,
  type Ran,
  runCell,
  sequential,
  tanh,
  timeDistributed,
} from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import type { FixtureTensor } from '../../conformance/harness.ts';
import {
  drawn,
  exactly,
  expectSame,
  features,
  kinds,
  layerOf,
  type RunnableLayer,
  sequences,
  units,
} from './sequences.ts';

const batch = 2;
const time = 4;
const x = sequences(batch, time);
const numbers = drawn([batch, time, features], 'x');

const valuesOf = (tensors: Readonly<Record<string, AnyTensor>>): Record<string, FixtureTensor> =>
  compute(tensors, { x: numbers }) as unknown as Record<string, FixtureTensor>;
/** Both sides in one program, on the same parameters. */
function expectEqual(
  got: Readonly<Record<string, AnyTensor>>,
  want: Readonly<Record<string, AnyTensor>>,
): void {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  const both = valuesOf({ ...renamed('got', got), ...renamed('want', want) });
  for (const name of Object.keys(want))
    expectSame({ [name]: both[`got ${name}`]! }, { [name]: both[`want ${name}`]! }, exactly);
}
const renamed = (prefix: string, tensors: Readonly<Record<string, AnyTensor>>): Record<string, AnyTensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${prefix} ${name}`, value]));

/** A run with the variables that a layer keeps under a prefix, from zeros. */
function runWith(
  kind: CellKind,
  layer: RunnableLayer,
  prefix: string,
  sequence: AnyTensor,
  backward = false,
): Ran {
  const own = (name: string): Variable | undefined => layer.core.variables.get(`${prefix}${name}`);
  const zeros = splat(0, [batch, units], 'f64');
  const initial: CellState = kind === 'lstm' ? { h: zeros, c: zeros } : { h: zeros };
  const weights = {
    kernel: own('kernel')! as unknown as AnyTensor,
    recurrentKernel: own('recurrentKernel')! as unknown as AnyTensor,
    bias: own('bias') as unknown as AnyTensor,
    recurrentBias: own('recurrentBias') as unknown as AnyTensor | undefined,
  };
  return runCell(kind, sequence, initial, weights, { reverse: backward });
}

const merges: Readonly<Record<Merge, (a: AnyTensor, b: AnyTensor) => AnyTensor>> = {
  concat: (a, b) => concat([a, b], -1),
  sum: add,
  average: (a, b) => mul(add(a, b), 0.5),
  multiply: mul,
};

describe.each(kinds)('%s', (kind) => {
  test('in reverse, is the reverse of a run over the reversed sequence', () => {
    const layer = layerOf(kind, { reverse: true });
    const output = layer(x);
    expectEqual({ output }, { output: reverse(runWith(kind, layer, '', reverse(x, 1)).output, 1) });
  });

  test.each(Object.keys(merges) as Merge[])('in both directions, merged by %s', (bidirectional) => {
    const layer = layerOf(kind, { bidirectional });
    const { output, last, state } = layer.run(x);
    const forward = runWith(kind, layer, '', x);
    const backward = runWith(kind, layer, 'backward/', x, true);
    const merge = merges[bidirectional];
    expectEqual(
      { output, last, forward: state[0]!.h!, backward: state[1]!.h! },
      {
        output: merge(forward.output, backward.output),
        last: merge(index(forward.output, 1, time - 1), index(backward.output, 1, 0)),
        forward: forward.state.h!,
        backward: backward.state.h!,
      },
    );
  });

  test('stacked, runs over what the layer below gives, in both directions', () => {
    const layer = layerOf(kind, { layers: 2, bidirectional: 'concat' });
    const { output, state } = layer.run(x);
    const below = ['0/', '0/backward/'].map((prefix, i) => runWith(kind, layer, prefix, x, i === 1));
    const between = concat(
      below.map((run) => run.output),
      -1,
    );
    const above = ['1/', '1/backward/'].map((prefix, i) => runWith(kind, layer, prefix, between, i === 1));
    const states = [...below, ...above].map((run) => run.state.h!);
    expectEqual(
      { output, states: stack(state.map(({ h }) => h!)) },
      {
        output: concat(
          above.map((run) => run.output),
          -1,
        ),
        states: stack(states),
      },
    );
  });

  test("returns: 'last' gives what `run` calls last, which is the last step", () => {
    const layer = layerOf(kind, { returns: 'last' });
    const { output, last } = layer.run(x);
    expectEqual({ called: layer(x), last }, { called: last, last: index(output, 1, time - 1) });
  });

  test('time-major, is the same with both axes the other way round', () => {
    const major = layerOf(kind, { timeMajor: true, layers: 2, bidirectional: 'sum' });
    const { output, last } = major.run(swapAxes(x, 0, 1));
    const got = valuesOf({ output: swapAxes(output, 0, 1), last });
    const minor = layerOf(kind, { layers: 2, bidirectional: 'sum' }).run(x);
    expectSame(got, valuesOf({ output: minor.output, last: minor.last }), exactly);
  });
});

describe('timeDistributed', () => {
  test('is the layer on each step', () => {
    const inner = sequential(linear({ units: 3 }), tanh());
    const output = timeDistributed(inner)(x as AnyTensor) as AnyTensor;
    const steps = Array.from({ length: time }, (_, step) => inner(index(x, 1, step)) as AnyTensor);
    expectEqual({ output }, { output: stack(steps, 1) });
  });

  test('takes steps of any rank', () => {
    const images = input('images', [batch, time, 2, 2], 'f64');
    const values = drawn([batch, time, 2, 2], 'images');
    const output = timeDistributed(flatten())(images);
    expect(output.shape).toEqual([batch, time, 4]);
    const got = compute(output, { images: values });
    expect(got.data).toEqual(values.data);
  });
});
