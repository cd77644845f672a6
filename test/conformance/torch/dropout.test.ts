/** Dropout: with a given mask against PyTorch; the layer's own masks against the bounds of their statistics. */

import { grad } from '@cotangent/autodiff';
import { compile, type Engine } from '@cotangent/engine';
import { type FloatDType, type HostArray, Input } from '@cotangent/graph';
import { div, notEqual, sum, where } from '@cotangent/graph/ops';
import { dropout, evaluation, training } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { fixture, hostOf } from '../harness.ts';
import { checkCases, expectAllDone, type Rows } from './check.ts';
import { readGroup, type TorchCase } from './fixtures.ts';

const rows: Rows = {
  dropoutWithMask: {
    build: ({ x, mask }, { p }: { p: number }) => where(notEqual(mask, 0), div(x, 1 - p), 0),
  },
};

interface StatisticsCase extends TorchCase {
  readonly config: { readonly p: number; readonly size: number };
  readonly expect: {
    readonly values: readonly number[];
    readonly zeroFraction: readonly [number, number];
    readonly mean: readonly [number, number];
  };
}

const isStatistics = (one: TorchCase): one is StatisticsCase => one.op === 'dropoutStatistics';

const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0) / values.length;

function expectBetween(what: string, value: number, [low, high]: readonly [number, number]): void {
  if (!(value >= low && value <= high)) throw new Error(`${what} is ${value}, outside of ${low} to ${high}`);
}

/** A layer of dropout in training with its gradient, and in evaluation, on one state. */
function programs(
  { p, size }: StatisticsCase['config'],
  dtype: FloatDType,
  seed: number,
  engine: Engine<'sync'>,
) {
  const layer = dropout(p);
  const x = new Input('x', [size], dtype);
  const y = training(layer)(x);
  const train = compile({ inputs: [x], outputs: { y, gradient: grad(sum(y), x) } }, { seed, engine });
  const evaluate = compile({ inputs: [x], outputs: evaluation(layer)(x) }, { state: train.state });
  const ones = hostOf(fixture([size], new Float64Array(size).fill(1)), dtype);
  return {
    draw: () => {
      const { y: kept, gradient } = train({ x: ones });
      return { y: (kept as HostArray).data, gradient: (gradient as HostArray).data };
    },
    evaluate: () => (evaluate({ x: ones }) as HostArray).data,
  };
}

function checkStatistics(one: StatisticsCase, dtype: FloatDType, engine: Engine<'sync'>): void {
  const { p, size } = one.config;
  const { draw, evaluate } = programs(one.config, dtype, 1, engine);
  const { y, gradient } = draw();
  const [zero, kept] = one.expect.values.map((value) => (dtype === 'f32' ? Math.fround(value) : value));
  for (const value of new Set(y)) {
    const wanted = value === 0 ? zero : kept;
    expect(Math.abs(value - wanted), `${one.name}: the value ${value}`).toBeLessThan(1e-6);
  }
  expectBetween(
    `${one.name}: the fraction of zeros`,
    meanOf(Array.from(y, (value) => Number(value === 0))),
    one.expect.zeroFraction,
  );
  expectBetween(`${one.name}: the mean`, meanOf(y), one.expect.mean);
  expect(gradient).toEqual(y);
  expect(new Set(evaluate())).toEqual(new Set([1]));

  const equalNeighbours = meanOf(Array.from(y.slice(1), (value, i) => Number(value === y[i])));
  const [expected, deviation] = [p ** 2 + (1 - p) ** 2, 5 / Math.sqrt(size)];
  expectBetween(`${one.name}: the fraction of equal neighbours`, equalNeighbours, [
    expected - deviation,
    expected + deviation,
  ]);

  expect(programs(one.config, dtype, 1, engine).draw().y, 'the same seed gives the same mask').toEqual(y);
  expect(programs(one.config, dtype, 2, engine).draw().y, 'another seed gives another mask').not.toEqual(y);
  expect(draw().y, 'the next step gives another mask').not.toEqual(y);
}

describe.each(engines)('dropout, on %s', (_, engine) => {
  const cases = readGroup('dropout');
  const done = new Set<string>();
  checkCases(
    cases.filter((one) => !isStatistics(one)),
    rows,
    done,
    engine,
  );
  for (const one of cases.filter(isStatistics))
    for (const dtype of ['f64', 'f32'] as const)
      test(`${one.name}, ${dtype}`, () => {
        checkStatistics(one, dtype, engine);
        done.add(one.name);
      });
  test('every case of the index has passed', () => expectAllDone('dropout', done));
});
