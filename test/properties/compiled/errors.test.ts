/** What fails on the interpreter fails on the compiled engine, with the same sentence, and leaves everything as it was. */

import { interpreter } from '@cotangent/engine';
import {
  type AnyTensor,
  call,
  closeGraph,
  cond,
  fill,
  type Graph,
  type HostArray,
  input,
  scan,
  type Tensor,
  type Update,
  variable,
  whileLoop,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { callsOn, expectAlike, type Fed } from './programs.ts';
import { engine } from './running.ts';

type Values = Readonly<Record<string, HostArray>>;

const f32 = (...values: number[]): HostArray => arrayOf('f32', [values.length], values);
const i32 = (...values: number[]): HostArray => arrayOf('i32', [values.length], values);
const u32 = (...values: number[]): HostArray => arrayOf('u32', [values.length], values);
const one = (value: number, dtype: 'f32' | 'i32' = 'i32'): HostArray => arrayOf(dtype, [], [value]);

const x = input('x', [4]);
const n = input('n', [], 'i32');
const wholes = input('wholes', [4], 'i32');
const others = input('others', [4], 'i32');
const positives = input('positives', [4], 'u32');
const divisors = input('divisors', [4], 'u32');
const places = input('places', [3, 1], 'i32');

/** A program that updates a variable beside, so that it shows what a failure leaves behind. */
function program(outputs: Readonly<Record<string, AnyTensor>>): Graph {
  const [w, v] = [variable('w', [2], [1, 2]), variable('v', [2], [3, 4])];
  const updates: Update[] = [w.becomes(w.add(v)), v.becomes(w)];
  return closeGraph({ outputs, updates });
}

const ordinary: Values = {
  x: f32(1, 2, 3, 4),
  n: one(3),
  wholes: i32(7, -8, 9, -2147483648),
  others: i32(2, 3, -1, -1),
  positives: u32(7, 8, 4294967295, 0),
  divisors: u32(2, 3, 4294967295, 1),
  places: arrayOf('i32', [3, 1], [0, 3, 2]),
};

const fedBy = (graph: Graph, changed: Values): Fed => ({
  graph,
  inputs: Object.fromEntries(graph.inputs.map(({ name }) => [name, changed[name] ?? ordinary[name]!])),
  variables: { w: f32(1, 2), v: f32(3, 4) },
});

const check = (value: AnyTensor, shown: AnyTensor, message: string): AnyTensor =>
  ops.check(value, ops.all(ops.greater(shown, 0)), shown, message);

interface Failing {
  readonly outputs: () => Readonly<Record<string, AnyTensor>>;
  /** Feeds with which it fails, and the code of the error. */
  readonly feeds: Values;
  readonly code: string;
}

const failing: Readonly<Record<string, Failing>> = {
  'a check of several numbers': {
    outputs: () => ({ y: check(x, x, 'there are {0}, {1}, {2} and {3}, but all should be positive') }),
    feeds: { x: f32(1.5, -2, 3e30, 0.1) },
    code: 'CHECK_FAILED',
  },
  'a check of integers, shown through a view': {
    outputs: () => ({ y: check(others, ops.reverse(ops.add(others, 2)), '{0} {3}') }),
    feeds: { others: i32(5, 6, 7, -8) },
    code: 'CHECK_FAILED',
  },
  'the first of two checks': {
    outputs: () => ({ y: check(check(x, x, 'the first: {0}'), ops.add(x, -0.5), 'the second: {1}') }),
    feeds: { x: f32(0, 0, 0, 0) },
    code: 'CHECK_FAILED',
  },
  'a quotient of integers': {
    outputs: () => ({ y: ops.div(wholes, others) }),
    feeds: { others: i32(1, 1, 0, 0) },
    code: 'BAD_DATA',
  },
  'the lowest integer by 0': {
    outputs: () => ({ y: ops.rem(wholes, others) }),
    feeds: { others: i32(1, 1, 1, 0) },
    code: 'BAD_DATA',
  },
  'a quotient of unsigned integers': {
    outputs: () => ({ y: ops.rem(positives, divisors) }),
    feeds: { divisors: u32(1, 1, 0, 1) },
    code: 'BAD_DATA',
  },
  'a quotient of integers that are computed on the way': {
    outputs: () => ({ y: ops.div(ops.mul(wholes, 3), ops.sub(others, 5)) }),
    feeds: { others: i32(1, 5, 3, 4) },
    code: 'BAD_DATA',
  },
  'an entry before the first': {
    outputs: () => ({ y: ops.gatherAt(x, places) }),
    feeds: { places: arrayOf('i32', [3, 1], [0, -1, 9]) },
    code: 'INDEX_OUT_OF_RANGE',
  },
  'an entry behind the last': {
    outputs: () => ({ y: ops.sum(ops.gatherAt(x, places)) }),
    feeds: { places: arrayOf('i32', [3, 1], [0, 4, -1]) },
    code: 'INDEX_OUT_OF_RANGE',
  },
  'a place to add to that is not there': {
    outputs: () => ({ y: ops.scatterAdd(x, places, ops.slice(x, 0, 0, 3)) }),
    feeds: { places: arrayOf('i32', [3, 1], [0, 1, 4]) },
    code: 'INDEX_OUT_OF_RANGE',
  },
  'a place to set that is not there': {
    outputs: () => ({ y: ops.scatterSet(x, places, ops.slice(x, 0, 0, 3)) }),
    feeds: { places: arrayOf('i32', [3, 1], [-2147483648, 1, 2]) },
    code: 'INDEX_OUT_OF_RANGE',
  },
  'a loop that does not end': {
    outputs: () => ({
      y: whileLoop(
        { init: n, maxSteps: 3 },
        (i) => i.greater(0),
        (i) => i.sub(1),
      ),
    }),
    feeds: { n: one(4) },
    code: 'MAX_STEPS',
  },
  'a check in the third step of a loop': {
    outputs: () => {
      const [last, rows] = scan({ init: fill(0, []), xs: x }, (total, entry) => {
        const sum = total.add(entry);
        return [check(sum, sum.reshape([1]), 'the total falls to {0}') as typeof sum, sum];
      });
      return { last, rows };
    },
    feeds: { x: f32(1, 2, -7.5, -9) },
    code: 'CHECK_FAILED',
  },
  'an entry that is looked up in a loop': {
    outputs: () => {
      const [last] = scan({ init: n, length: 5 }, (i) => [i.add(1)]);
      const [, rows] = scan({ init: n.sub(3), length: 4 }, (i) => [
        i.add(1),
        ops.index(ops.take(x, i.reshape([1])), 0, 0),
      ]);
      return { last, rows };
    },
    feeds: { n: one(5) },
    code: 'INDEX_OUT_OF_RANGE',
  },
  'a quotient in the branch that is taken': {
    outputs: () => ({
      y: cond(
        n.greater(0),
        () => ops.div(wholes, others) as typeof wholes,
        () => wholes,
      ),
    }),
    feeds: { others: i32(0, 1, 1, 1) },
    code: 'BAD_DATA',
  },
  'a check in a function': {
    outputs: () => ({ y: call((y: Tensor<[4], 'f32'>) => check(y, y, 'not {2}') as typeof y, x).mul(2) }),
    feeds: { x: f32(1, 1, -1, 1) },
    code: 'CHECK_FAILED',
  },
};

describe.each(Object.entries(failing))('%s', (_, { outputs, feeds, code }) => {
  const graph = program(outputs());

  test('fails with the same sentence, and no variable has changed', () => {
    const fed = fedBy(graph, feeds);
    const [wanted] = callsOn(interpreter(), fed, 1);
    const [actual] = callsOn(engine, fed, 1);
    expect(wanted!.error?.code).toBe(code);
    expectAlike(actual!, wanted!, 'exact', 'failing');
    expect(Object.values(actual!.variables).map((value) => value.toNested())).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('goes on as if it had never failed', () => {
    const state = [fedBy(graph, {}), fedBy(graph, feeds), fedBy(graph, {})];
    const [before, failed, after] = state.map((fed) => callsOn(engine, fed, 2));
    expect(failed!.every(({ error }) => error?.code === code)).toBe(true);
    expect(before!.every(({ error }) => error === undefined)).toBe(true);
    expect(after).toEqual(before);
    callsOn(interpreter(), fedBy(graph, {}), 2).forEach((call, i) => {
      expectAlike(before![i]!, call, 'exact', `call ${i}`);
    });
  });
});

describe('what a program does not come to does not fail', () => {
  test('in a branch that is not taken', () => {
    const graph = program({
      y: cond(
        n.greater(5),
        () => ops.div(wholes, others) as typeof wholes,
        () => wholes,
      ),
    });
    const [called] = callsOn(engine, fedBy(graph, { others: i32(0, 0, 0, 0) }), 1);
    expect(called!.error).toBeUndefined();
  });

  test('in a loop without steps', () => {
    const graph = program({
      y: whileLoop(
        { init: { left: n, y: wholes }, maxSteps: 3 },
        ({ left }) => left.greater(0),
        ({ left, y }) => ({ left: left.sub(1), y: ops.div(y, others) as typeof y }),
      ).y,
    });
    const [called] = callsOn(engine, fedBy(graph, { n: one(0), others: i32(0, 0, 0, 0) }), 1);
    expect(called!.error).toBeUndefined();
  });
});

test('a failure names the line that declared the node, as the interpreter does', () => {
  const graph = program({ y: ops.div(wholes, others) });
  const fed = fedBy(graph, { others: i32(0, 1, 1, 1) });
  const [wanted, actual] = [callsOn(interpreter(), fed, 1)[0]!.error!, callsOn(engine, fed, 1)[0]!.error!];
  expect([actual.line, actual.shapes, actual.sentence]).toEqual([
    wanted.line,
    wanted.shapes,
    wanted.sentence,
  ]);
});
