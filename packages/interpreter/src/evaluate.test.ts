import {
  type AnyTensor,
  apply1,
  CotangentError,
  closeGraph,
  fromNested,
  type HostArray,
  input,
  primitives,
  traced,
  variable,
} from '@cotangent/graph';
import { add, cast, div, exp, maxPoolWithPositions, mul, reshape, splat, sub } from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { evaluate, evaluateNode, kernels, prepare } from './index.ts';

const x = input('x', [2]);

test('there is one kernel for every primitive', () => {
  expect(Object.keys(kernels).sort()).toEqual(Object.keys(primitives).sort());
});

describe('evaluate', () => {
  test('gives outputs by name and new values of variables by path; outputs see old values', () => {
    const w = variable('w', [2]);
    const graph = closeGraph({ outputs: { y: mul(x, w) }, updates: [w.becomes(add(w, x))] });
    const feeds = { inputs: { x: fromNested([1, 2]) }, variables: { w: fromNested([10, 20]) } };
    const { outputs, updates } = evaluate(graph, feeds);
    expect(outputs.y.toNested()).toEqual([10, 40]);
    expect(updates.w.toNested()).toEqual([11, 22]);
  });
  test('uses any result of a primitive, and leaves others alone', () => {
    const positions = maxPoolWithPositions(reshape(x, [1, 2, 1]), 2)[1];
    const { outputs } = evaluate(closeGraph({ outputs: { positions } }), {
      inputs: { x: fromNested([3, 7]) },
      variables: {},
    });
    expect(outputs.positions.toNested()).toEqual([[[1]]]);
  });
  test('an output may be an input, a constant, or the same tensor twice', () => {
    const y = exp(sub(x, x));
    const graph = closeGraph({ outputs: { x, one: splat(1, [], 'f32'), y, again: y } });
    const { outputs } = evaluate(graph, { inputs: { x: fromNested([1, 2]) }, variables: {} });
    expect(Object.values(outputs).map((value) => value.toNested())).toEqual([[1, 2], 1, [1, 1], [1, 1]]);
  });
  test('refuses missing feeds and feeds of another type', () => {
    const w = variable('w', [2]);
    const graph = closeGraph({ outputs: { y: mul(x, w) } });
    const code = (inputs: Record<string, HostArray>, variables: Record<string, HostArray>) => {
      try {
        evaluate(graph, { inputs, variables });
      } catch (error) {
        return error instanceof CotangentError ? error.code : error;
      }
      return 'none';
    };
    const good = fromNested([1, 2]);
    expect(code({}, { w: good })).toBe('MISSING_INPUT');
    expect(code({ x: good }, {})).toBe('UNKNOWN_VARIABLE');
    expect(code({ x: fromNested([1]) }, { w: good })).toBe('SHAPE_MISMATCH');
    expect(code({ x: good }, { w: fromNested([1, 2], 'f64') })).toBe('DTYPE_MISMATCH');
  });
  test('refuses a graph with a dimension that has no size', () => {
    const open = input('open', ['batch']);
    const graph = closeGraph({ outputs: { y: exp(open) } });
    expect(() => prepare(graph)).toThrow(/'batch' has no size/);
  });
});

describe('prepare', () => {
  test('runs as often as wanted, and never writes into feeds or constants', () => {
    const base = apply1('constant', [], { value: fromNested([5, 6]), shape: [2], dtype: 'f32' });
    const point = apply1('constant', [], { value: fromNested([[1]], 'i32'), shape: [1, 1], dtype: 'i32' });
    const start = splat(1, [], 'i32');
    const one = splat(1, [1], 'f32');
    const graph = closeGraph({
      outputs: {
        added: apply1('scatterAdd', [base, point, one], { axes: [0], batchAxes: 0 }),
        written: apply1('scatterSet', [x, point, one], { axes: [0], batchAxes: 0 }),
        updated: apply1('dynamicUpdateSlice', [x, one, start], {}),
      },
    });
    const execute = prepare(graph);
    const feed = fromNested([1, 2]);
    for (let i = 0; i < 2; i++)
      expect(execute([feed], []).outputs.map((value) => value.toNested())).toEqual([
        [5, 7],
        [1, 1],
        [1, 1],
      ]);
    expect(feed.toNested()).toEqual([1, 2]);
  });
  test('names the primitive and the line when a kernel fails', () => {
    const a = input('a', [1], 'i32');
    const divideByZero = traced(() => div(a, sub(a, a)));
    const bad = divideByZero();
    const execute = prepare(closeGraph({ outputs: { bad } }));
    const failure = (() => {
      try {
        return execute([fromNested([3], 'i32')], []);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(CotangentError);
    expect((failure as CotangentError).code).toBe('BAD_DATA');
    expect(String(failure)).toMatch(/div: the integer 3 is divided by 0 .*evaluate\.test\.ts:\d+/);
  });
  test('an input that nothing depends on may be listed', () => {
    const unused = input('unused', [1]);
    const execute = prepare(closeGraph({ inputs: [unused, x], outputs: { y: add(x, 1) } }));
    expect(execute([fromNested([0]), fromNested([1, 2])], []).outputs[0].toNested()).toEqual([2, 3]);
  });
  test('a chain of 200,000 operations runs in linear time, without recursion', () => {
    const chain = (length: number): AnyTensor => {
      let y: AnyTensor = x;
      for (let i = 0; i < length; i++) y = apply1('neg', [y], {});
      return y;
    };
    const { outputs } = evaluate(closeGraph({ outputs: { y: chain(200_000) } }), {
      inputs: { x: fromNested([1, 2]) },
      variables: {},
    });
    expect(outputs.y.toNested()).toEqual([1, 2]);
  });
});

test('evaluateNode computes one node: what constant folding asks for', () => {
  const node = cast(x, 'i32').node;
  expect(evaluateNode(node, [fromNested([1.5, -2.5])])[0].toNested()).toEqual([1, -2]);
});
