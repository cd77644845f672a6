import {
  apply,
  CotangentError,
  closeGraph,
  type DType,
  fromNested,
  HostArray,
  input,
  type ValueType,
} from '@cotangent/graph';
import { add, less, mul, splat, sub } from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { prepare } from '../prepare.ts';
import { bodyOf, run, runAll, scalarType as scalar } from '../testing.ts';

const nestedOf = (arrays: readonly HostArray[]) => arrays.map((array) => array.toNested());
const one = (value: number, dtype: DType = 'f32') => fromNested(value, dtype);

describe('call', () => {
  test('gives all results of its body', () => {
    const body = bodyOf([scalar(), scalar()], (a, b) => [add(a, b), mul(a, b)]);
    expect(nestedOf(runAll('call', [one(3), one(4)], { remat: false, body }))).toEqual([7, 12]);
    expect(nestedOf(runAll('call', [one(3), one(4)], { remat: true, body }))).toEqual([7, 12]);
  });

  test('passes an input on', () => {
    const body = bodyOf([scalar(), scalar()], (a, b) => [b, a, b]);
    expect(nestedOf(runAll('call', [one(3), one(4)], { remat: false, body }))).toEqual([4, 3, 4]);
  });

  test('without operands gives all its results as well', () => {
    const body = bodyOf([], () => [splat(1, [2], 'f32'), splat(2, [], 'f32')]);
    const [a, b] = apply('call', [], { remat: false, body });
    const { outputs } = prepare(closeGraph({ outputs: { a: a!, b: b! } }))([], []);
    expect(nestedOf(outputs)).toEqual([[1, 1], 2]);
  });

  test('reports what its body reports, in every run', () => {
    const body = bodyOf([], () => apply('tag', [splat(1, [], 'f32')], { label: 'inside', report: true }));
    const [a] = apply('call', [], { remat: false, body });
    const execute = prepare(closeGraph({ outputs: { a: a! } }));
    const seen: string[] = [];
    execute([], [], (label) => seen.push(label));
    execute([], [], (label) => seen.push(label));
    expect(seen).toEqual(['inside', 'inside']);
  });
});

describe('cond', () => {
  const onTrue = bodyOf([scalar()], (x) => [add(x, 1)]);
  const onFalse = bodyOf([scalar()], (x) => [mul(x, 10)]);

  test('runs the branch that its predicate names', () => {
    expect(run('cond', [one(1, 'bool'), one(5)], { onTrue, onFalse }).item()).toBe(6);
    expect(run('cond', [one(0, 'bool'), one(5)], { onTrue, onFalse }).item()).toBe(50);
  });

  test('does not run the other one', () => {
    const endless = bodyOf([scalar()], (x) =>
      apply('while', [x], {
        consts: 0,
        maxSteps: 1,
        condition: bodyOf([scalar()], () => [splat(true, [], 'bool')]),
        body: bodyOf([scalar()], (y) => [y]),
      }),
    );
    expect(run('cond', [one(0, 'bool'), one(5)], { onTrue: endless, onFalse }).item()).toBe(50);
    expect(() => run('cond', [one(1, 'bool'), one(5)], { onTrue: endless, onFalse })).toThrow(/still holds/);
  });
});

describe('while', () => {
  const count = scalar('i32');
  /** Doubles the second carry until the first has reached the constant. */
  const doubling = {
    consts: 1,
    condition: bodyOf([count, count, scalar()], (limit, i) => [less(i, limit)]),
    body: bodyOf([count, count, scalar()], (_, i, x) => [add(i, 1), mul(x, 2)]),
  };
  const doubled = (limit: number, maxSteps: number) =>
    nestedOf(runAll('while', [one(limit, 'i32'), one(0, 'i32'), one(3)], { ...doubling, maxSteps }));

  test('repeats its body as long as the condition holds', () => {
    expect(doubled(4, 0)).toEqual([4, 48]);
    expect(doubled(1, 0)).toEqual([1, 6]);
  });

  test('gives its carries as they are if the condition does not hold at first', () => {
    expect(doubled(0, 0)).toEqual([0, 3]);
    expect(doubled(-1, 5)).toEqual([0, 3]);
  });

  test('may take as many steps as it is allowed, and no more', () => {
    expect(doubled(4, 4)).toEqual([4, 48]);
    expect(doubled(4, 9)).toEqual([4, 48]);
    const refused = () => doubled(4, 3);
    expect(refused).toThrow(CotangentError);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'MAX_STEPS',
        message: expect.stringContaining('still holds after 3 steps'),
      }),
    );
  });

  test('of one bool is a loop', () => {
    const condition = bodyOf([scalar('bool')], (x) => [x]);
    const body = bodyOf([scalar('bool')], () => [splat(false, [], 'bool')]);
    const params = { consts: 0, maxSteps: 0, condition, body };
    expect(run('while', [one(1, 'bool')], params).toNested()).toBe(false);
  });
});

describe('scan', () => {
  /** Carry and entry to the carry minus the entry, which is stacked too, and the entry. */
  const falling = bodyOf([scalar(), scalar()], (carry, x) => {
    const next = sub(mul(carry, 2), x);
    return [next, carry, mul(x, 10)];
  });
  const fallen = (xs: number[], reverse: boolean) => {
    const params = { consts: 0, carries: 1, length: xs.length, reverse, body: falling };
    return nestedOf(runAll('scan', [one(1), fromNested(xs)], params));
  };

  test('carries from the first slice to the last and stacks what comes out', () => {
    // 1 → 2·1−1 = 1 → 2·1−2 = 0 → 2·0−3 = −3
    expect(fallen([1, 2, 3], false)).toEqual([-3, [1, 1, 0], [10, 20, 30]]);
  });

  test('in reverse takes the last slice first, and puts each result at the place of its slice', () => {
    // 1 → 2·1−3 = −1 → 2·(−1)−2 = −4 → 2·(−4)−1 = −9
    expect(fallen([1, 2, 3], true)).toEqual([-9, [-4, -1, 1], [10, 20, 30]]);
  });

  test('of one slice is one step', () => {
    expect(fallen([5], false)).toEqual([-3, [1], [50]]);
    expect(fallen([5], true)).toEqual([-3, [1], [50]]);
  });

  test('of no slices gives the first carries and empty stacks, and never runs its body', () => {
    const body = bodyOf([scalar(), { dtype: 'f32', shape: [2] }], (carry, x) => [
      carry,
      apply('tag', [x], { label: 'ran', report: true })[0]!,
      splat(1, [3], 'i32'),
    ]);
    const params = { consts: 0, carries: 1, length: 0, reverse: false, body };
    const [carry, xs] = [input('carry', []), input('xs', [0, 2])];
    const [last, same, ones] = apply('scan', [carry, xs], params);
    const graph = closeGraph({ inputs: [carry, xs], outputs: { last: last!, same: same!, ones: ones! } });
    const seen: string[] = [];
    const values = [one(7), new HostArray('f32', [0, 2], new Float32Array(0))];
    const { outputs } = prepare(graph)(values, [], (label) => seen.push(label));
    expect(seen).toEqual([]);
    expect(outputs.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([
      { dtype: 'f32', shape: [] },
      { dtype: 'f32', shape: [0, 2] },
      { dtype: 'i32', shape: [0, 3] },
    ]);
    expect(outputs[0]!.item()).toBe(7);
  });

  test('slices along the first axis only, and leaves constants whole', () => {
    const row: ValueType = { dtype: 'f32', shape: [2] };
    const body = bodyOf([row, row, row], (weights, total, x) => [add(total, mul(weights, x)), x]);
    const params = { consts: 1, carries: 1, length: 2, reverse: false, body };
    const operands = [
      fromNested([10, 1]),
      fromNested([0, 0]),
      fromNested([
        [1, 2],
        [3, 4],
      ]),
    ];
    expect(nestedOf(runAll('scan', operands, params))).toEqual([
      [40, 6],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  test('does not write into its operands', () => {
    const xs = fromNested([1, 2, 3]);
    const start = one(1);
    runAll('scan', [start, xs], { consts: 0, carries: 1, length: 3, reverse: false, body: falling });
    expect([start.toNested(), xs.toNested()]).toEqual([1, [1, 2, 3]]);
  });

  test('carries whole numbers and bools', () => {
    const body = bodyOf([scalar('i32'), scalar('bool'), scalar('bool')], (total, last, x) => [
      apply('select', [x, add(total, 1), total], {})[0]!,
      x,
      last,
    ]);
    const params = { consts: 0, carries: 2, length: 4, reverse: false, body };
    const operands = [one(0, 'i32'), one(0, 'bool'), fromNested([true, true, false, true])];
    expect(nestedOf(runAll('scan', operands, params))).toEqual([3, true, [false, true, true, false]]);
  });

  test('inside of a scan runs to its end in every step', () => {
    const inner = bodyOf([scalar(), scalar()], (carry, x) => [add(carry, x)]);
    const outer = bodyOf([scalar(), { dtype: 'f32', shape: [3] }], (carry, row) =>
      apply('scan', [mul(carry, 10), row], { consts: 0, carries: 1, length: 3, reverse: false, body: inner }),
    );
    const params = { consts: 0, carries: 1, length: 2, reverse: false, body: outer };
    const rows = fromNested([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(run('scan', [one(1), rows], params).item()).toBe((10 + 6) * 10 + 15);
  });
});

test('an error inside a body names the primitive that raised it', () => {
  const body = bodyOf([scalar()], (x) =>
    apply('while', [x], {
      consts: 0,
      maxSteps: 2,
      condition: bodyOf([scalar()], (y) => [less(y, 10)]),
      body: bodyOf([scalar()], (y) => [y]),
    }),
  );
  expect(() => run('call', [one(1)], { remat: false, body })).toThrow(/the condition still holds/);
});
