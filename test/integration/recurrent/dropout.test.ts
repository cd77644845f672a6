/**
 * Dropout in recurrent layers, seen through RNNs that do nothing else: relu, no bias, weights that are identities or zeros.
 * At a rate of 0.5 what is kept is doubled.
 */
import { grad } from '@cotangent/autodiff';
import { compile } from '@cotangent/engine';
import { type AnyTensor, constantOf, HostArray, Input, type Tensor, valuesOf } from '@cotangent/graph';
import { splat } from '@cotangent/graph/ops';
import { parametersOf, type RecurrentOptions, rnn, training } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import type { FixtureTensor } from '../../conformance/harness.ts';
import {
  drawn,
  exactly,
  expectSame,
  kinds,
  layerOf,
  part,
  type RunnableLayer,
  sameSums,
  weighed,
} from './sequences.ts';

const [batch, time, width] = [3, 5, 32];
const x = new Input('x', [batch, time, width], 'f64');
const ones = new HostArray('f64', [batch, time, width], new Float64Array(batch * time * width).fill(1));
const identity = valuesOf(
  Array.from({ length: width }, (_, row) =>
    Array.from({ length: width }, (_, column) => Number(row === column)),
  ),
);

/** h' = relu(h): what is left of the first state, which is 1 everywhere. */
const remembering = (options: Partial<RecurrentOptions>): RunnableLayer =>
  rnn({
    units: width,
    activation: 'relu',
    bias: false,
    kernelInitializer: constantOf(0),
    recurrentInitializer: identity,
    ...options,
  });
/** h' = relu(x): what is seen. */
const seeing = (options: Partial<RecurrentOptions>): RunnableLayer =>
  remembering({ kernelInitializer: identity, recurrentInitializer: constantOf(0), ...options });

/** What a program gives in calls one after the other. */
function callsOf(outputs: AnyTensor, count = 2): FixtureTensor[] {
  const program = compile({ inputs: [x], outputs });
  return Array.from({ length: count }, () => program({ x: ones }) as FixtureTensor);
}

const stepOf = (output: FixtureTensor, step: number): number[] =>
  Array.from(part(output, 1, step, step + 1).data);
const different = (values: ArrayLike<number>): number[] =>
  [...new Set(Array.from(values))].sort((a, b) => a - b);

describe('recurrent dropout', () => {
  const first = { h: splat(1, [batch, width], 'f64') };
  const inTraining = (options: Partial<RecurrentOptions>, count = 1): AnyTensor => {
    const layer = remembering({ recurrentDropout: 0.5, ...options });
    return training(
      () => layer.run(x, { initialState: Array.from({ length: count }, () => first) }).output,
    )();
  };

  test.each([{}, { unroll: true }, { remat: 2 }] as const)('has one mask for all steps, %j', (loop) => {
    for (const output of callsOf(inTraining(loop))) {
      const mask = stepOf(output, 0);
      expect(different(mask)).toEqual([0, 2]);
      for (let step = 0; step < time; step++)
        expect(stepOf(output, step)).toEqual(mask.map((kept) => kept ** (step + 1)));
    }
  });

  test('has another mask in every step of the training, and for every sequence', () => {
    const [one, two] = callsOf(inTraining({})).map((output) => stepOf(output, 0));
    expect(one).not.toEqual(two);
    expect(one!.slice(0, width)).not.toEqual(one!.slice(width, 2 * width));
  });

  test('has a mask of its own in each direction', () => {
    const [output] = callsOf(inTraining({ bidirectional: 'concat' }, 2), 1);
    const forward = stepOf(part(output!, 2, 0, width), 0);
    const backward = stepOf(part(output!, 2, width, 2 * width), time - 1);
    expect(different(backward)).toEqual([0, 2]);
    expect(forward).not.toEqual(backward);
  });
});

describe('dropout between layers', () => {
  test('drops single entries of what the upper layer sees, other ones in every step', () => {
    const [one, two] = callsOf(training(seeing({ layers: 2, dropout: 0.5 }))(x));
    expect(different(one!.data)).toEqual([0, 2]);
    expect(stepOf(one!, 0)).not.toEqual(stepOf(one!, 1));
    expect(one!.data).not.toEqual(two!.data);
  });
});

describe.each(kinds)('dropout in %s', (kind) => {
  const options = { layers: 2, dropout: 0.5, recurrentDropout: 0.3 };
  const values = drawn([batch, time, width], 'x');
  const weights = drawn([batch, time, 3], 'weights');

  /** Values and gradients of the first call. */
  const resultsOf = (layer: RunnableLayer, output: AnyTensor): Record<string, FixtureTensor> => {
    const parameters: Readonly<Record<string, AnyTensor>> = parametersOf(layer);
    const outputs = { output, ...grad(weighed(output, weights) as Tensor<[]>, parameters) };
    return compile({ inputs: [x], outputs })({ x: values }) as unknown as Record<string, FixtureTensor>;
  };

  test('does nothing in evaluation', () => {
    const [dropping, plain] = [layerOf(kind, options), layerOf(kind, { layers: 2 })];
    expectSame(resultsOf(dropping, dropping(x)), resultsOf(plain, plain(x)), exactly);
  });

  test.each([{ unroll: true }, { remat: 2 }] as const)(
    'drops the same in training however the loop is run, in values and gradients: %j',
    (loop) => {
      const [plain, other] = [layerOf(kind, options), layerOf(kind, { ...options, ...loop })];
      const want = resultsOf(plain, training(plain)(x));
      expect(want.output!.data).not.toEqual(resultsOf(plain, plain(x)).output!.data);
      expectSame(resultsOf(other, training(other)(x)), want, sameSums);
    },
  );
});
