/** Claims about scan: what is run over, what is returned where, and what a carry is. */

import {
  closeGraph,
  compile,
  constant,
  fill,
  foldIn,
  fromNested,
  grad,
  input,
  randomKey,
  randomNormal,
  retype,
  scan,
  stack,
  variable,
  where,
  zerosHost,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../engine.ts';
import { near, number, numbers, refusal, slope } from './values.ts';

const zero = fill(0, [], 'f64');

describe('what a scan runs over', () => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const x = input('x', [2, 3], 'f64');

  test('is the first axis, and rows of results stand along it', () => {
    const [total, sums] = scan({ init: fill(0, [3], 'f64'), xs: x }, (carry, row) => [
      carry.add(row),
      carry.add(row),
    ]);
    expect(total.shape).toEqual([3]);
    expect(sums.shape).toEqual([2, 3]);
    expect(numbers({ total, sums }, { x: rows })).toEqual([5, 7, 9, 1, 2, 3, 5, 7, 9]);
  });

  test('is another axis by position; it comes back in its place', () => {
    const [total, sums] = scan({ init: fill(0, [2], 'f64'), xs: x, axis: 1 }, (carry, column) => [
      carry.add(column),
      carry.add(column),
    ]);
    expect(sums.shape).toEqual([2, 3]);
    expect(numbers({ total, sums }, { x: rows })).toEqual([6, 15, 1, 3, 6, 4, 9, 15]);
  });

  test('is an axis by name; its size is bound at the call', () => {
    const sequence = input('sequence', ['batch', 'time'], 'f64');
    const [total, sums] = scan(
      { init: fill(0, ['batch'], 'f64'), xs: sequence, axis: 'time' },
      (carry, column) => [carry.add(column), carry.mul(column)],
    );
    expect(total.shape).toEqual(['batch']);
    expect(sums.shape).toEqual(['batch', 'time']);
    expect(numbers({ total, sums }, { sequence: rows })).toEqual([6, 15, 0, 2, 9, 0, 20, 54]);
    expect(numbers({ total, sums }, { sequence: [[7]] })).toEqual([7, 0]);
    const slopes = grad(sums.sum(), sequence);
    // 0·x₀ + x₀·x₁ + (x₀ + x₁)·x₂
    expect(numbers(slopes, { sequence: [[1, 2, 3]] })).toEqual([5, 4, 3]);
  });

  test('is nothing but a number of steps, which stand where the axis says in each stacked value', () => {
    const init = fill(0, [2], 'f64');
    for (const unroll of [false, true]) {
      const steps = { init, length: 3, unroll } as const;
      const [, first] = scan({ ...steps, axis: 0 }, (c) => [c.add(1), { row: c, one: c.sum() }]);
      const [, last] = scan({ ...steps, axis: -1 }, (c) => [c.add(1), { row: c, one: c.sum() }]);
      const [, middle] = scan({ ...steps, axis: -2 }, (c) => [c.add(1), { row: c, block: c.expandDims(0) }]);
      const shapes = {
        first: [first.row.shape, first.one.shape] satisfies [[3, 2], [3]],
        last: [last.row.shape, last.one.shape] satisfies [[2, 3], [3]],
        middle: [middle.row.shape, middle.block.shape] satisfies [[3, 2], [1, 3, 2]],
      };
      expect(shapes).toEqual({
        first: [[3, 2], [3]],
        last: [[2, 3], [3]],
        middle: [
          [3, 2],
          [1, 3, 2],
        ],
      });
      expect(numbers([first.row, last.row, last.one, middle.block])).toEqual(
        [
          [0, 0, 1, 1, 2, 2],
          [0, 1, 2, 0, 1, 2],
          [0, 2, 4],
          [0, 0, 1, 1, 2, 2],
        ].flat(),
      );
      for (const axis of [2, 5, -3])
        expect(refusal(() => scan({ ...steps, axis }, (c) => [c, c])).code).toBe('AXIS_OUT_OF_RANGE');
    }
    const named = (axis: string) =>
      scan({ init: zero, length: 'time', axis }, (c) => [c.add(1), c])[1].shape as readonly unknown[];
    expect(named('time')).toEqual(['time']);
    expect(refusal(() => named('batch')).sentence).toMatch(/no xs with an axis 'batch'/);
  });

  test('is an axis behind all axes of a row, which then comes last', () => {
    const cube = input('cube', [2, 2, 3], 'f64');
    const [, sums] = scan({ init: zero, xs: cube, axis: 2 }, (carry, slice) => [
      carry.add(slice.sum()),
      { scalar: slice.sum(), row: slice.sum(0), all: slice },
    ]);
    expect(sums.scalar.shape).toEqual([3]);
    expect(sums.row.shape).toEqual([2, 3]);
    expect(sums.all.shape).toEqual([2, 2, 3]);
    const values = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 12],
      ],
    ];
    expect(numbers(sums.scalar, { cube: values })).toEqual([22, 26, 30]);
    expect(numbers(sums.row, { cube: values })).toEqual([8, 10, 12, 14, 16, 18]);
    expect(numbers(sums.all, { cube: values })).toEqual(values.flat(2));
  });

  test('is run from the end with reverse; rows keep the places of what they were made from', () => {
    const [, sums] = scan({ init: fill(0, [3], 'f64'), xs: x, reverse: true }, (carry, row) => [
      carry.add(row),
      carry.add(row),
    ]);
    expect(numbers(sums, { x: rows })).toEqual([5, 7, 9, 4, 5, 6]);
  });

  test('may be nothing but a number of steps', () => {
    const [last, before] = scan({ init: fill(1, [], 'f64'), length: 5 }, (carry, nothing) => {
      expect(nothing).toBeUndefined();
      return [carry.mul(2), carry];
    });
    expect(numbers({ last, before })).toEqual([32, 1, 2, 4, 8, 16]);
  });

  test('may give no rows', () => {
    const [last] = scan({ init: fill(1, [], 'f64'), length: 5 }, (carry) => [carry.mul(2)]);
    expect(number(last)).toBe(32);
  });

  test('may have no carries: then it is a map', () => {
    const [, squares] = scan({ init: [], xs: x }, (carry, row) => [carry, row.square()]);
    expect(numbers(squares, { x: rows })).toEqual([1, 4, 9, 16, 25, 36]);
    expect(numbers(grad(squares.sum(), x), { x: rows })).toEqual([2, 4, 6, 8, 10, 12]);
  });

  test('may be empty: carries are what they were, rows have no entries, and slopes have none', () => {
    const [empty, start, w] = [
      input('empty', [0, 3], 'f64'),
      input('start', [3], 'f64'),
      input('w', [3], 'f64'),
    ];
    const [last, sums] = scan({ init: start, xs: empty }, (carry, row) => [
      carry.mul(w).add(row),
      carry.sum(),
    ]);
    expect(sums.shape).toEqual([0]);
    const slopes = grad(last.square().sum().add(sums.sum()), { empty, start, w });
    expect(slopes.empty.shape).toEqual([0, 3]);
    const feeds = { empty: zerosHost('f64', [0, 3]), start: [1, 2, 3], w: [5, 5, 5] };
    expect(numbers([last, sums, slopes], feeds)).toEqual([1, 2, 3, 2, 4, 6, 0, 0, 0]);
  });
});

describe('carries', () => {
  test('of every dtype keep it, and their values to the last bit', () => {
    const init = {
      float: fill(0.1, [2], 'f32'),
      double: fill(0.1, [], 'f64'),
      whole: fill(-2147483648, [3], 'i32'),
      natural: fill(4294967295, [], 'u32'),
      flag: constant([true, false], 'bool'),
    };
    const [last, rows] = scan({ init, length: 3 }, (carry) => [carry, carry]);
    for (const [name, tensor] of Object.entries(init)) {
      const kept = last[name as keyof typeof init];
      expect(kept.dtype).toBe(tensor.dtype);
      expect(numbers(kept), name).toEqual(numbers(tensor));
      const all = rows[name as keyof typeof init];
      expect(all.dtype).toBe(tensor.dtype);
      expect(numbers(all), name).toEqual([...numbers(tensor), ...numbers(tensor), ...numbers(tensor)]);
    }
  });

  test('of integers and flags go on beside floats that are differentiated', () => {
    const x = input('x', [4], 'f64');
    const init = { count: fill(0, [], 'i32'), odd: fill(false, [], 'bool'), total: zero };
    const [last, counts] = scan({ init, xs: x }, ({ count, odd, total }, entry) => [
      { count: count.add(1), odd: odd.not(), total: where(odd, total.add(entry.square()), total.sub(entry)) },
      count,
    ]);
    const slopes = grad(last.total, x);
    expect(numbers([last.count, last.odd, last.total, counts, slopes], { x: [1, 2, 3, 4] })).toEqual([
      4, 0, 16, 0, 1, 2, 3, -1, 4, -1, 8,
    ]);
  });

  test('are told apart by their names, in whatever order they come back', () => {
    const init = { small: fill(1, [], 'f64'), large: fill(100, [], 'f64') };
    const [last] = scan({ init, length: 2 }, ({ small, large }) => [
      { large: large.add(1), small: small.mul(2) },
    ]);
    expect([number(last.small), number(last.large)]).toEqual([4, 102]);
  });

  test('may be exchanged', () => {
    const [a, b] = [input('a', [], 'f64'), input('b', [], 'f64')];
    const [[first, second]] = scan({ init: [a, b], length: 3 }, ([one, other]) => [[other, one.mul(2)]]);
    expect(numbers([first, second, ...grad(first.square().add(second), [a, b])], { a: 3, b: 5 })).toEqual([
      10, 12, 4, 40,
    ]);
  });

  test('may be a random key', () => {
    const [, drawn] = scan({ init: randomKey(7), length: 3 }, (key) => [
      foldIn(key, 1),
      randomNormal(key, [2]),
    ]);
    const keys = [randomKey(7)];
    for (let i = 0; i < 2; i++) keys.push(foldIn(keys[i]!, 1));
    // What is constant is folded by the interpreter, in single precision.
    near(numbers(drawn), numbers(stack(keys.map((key) => randomNormal(key, [2])))), 1e-6);
  });
});

describe('what a body sees', () => {
  test('are tensors, inputs and variables around it, and each has a gradient', () => {
    const [x, scale] = [input('x', [3], 'f64'), input('scale', [], 'f64')];
    const w = variable('w', [], 2, { dtype: 'f64' });
    const outer = scale.square();
    const [last] = scan({ init: fill(1, [], 'f64'), xs: x }, (carry, entry) => [
      carry.mul(w).add(entry.mul(outer)),
    ]);
    // w³ + scale²·(w²·x₀ + w·x₁ + x₂)
    const slopes = grad(last, { x, scale, w });
    const train = compile({
      inputs: [x, scale],
      outputs: { last, ...slopes },
      updates: [w.becomes(w.sub(slopes.w))],
    });
    const first = train({ x: [1, 2, 3], scale: 3 } as never) as unknown as Record<string, number>;
    expect(first.last).toBe(8 + 9 * (4 + 4 + 3));
    expect(first.w).toBe(12 + 9 * (4 + 2));
    expect(first.scale).toBe(6 * 11);
    expect(train.state.get('w').data[0]).toBe(2 - first.w!);
  });

  test('may be a row of another scan, or its carry', () => {
    const x = input('x', [3], 'f64');
    const [total, rows] = scan({ init: zero, xs: x }, (carry, entry) => [carry.add(entry), carry.mul(entry)]);
    const [last] = scan({ init: total, xs: rows }, (carry, row) => [carry.mul(total).add(row)]);
    const f = (x0: number): number => {
      const [t, r] = [x0 + 5, [0, x0 * 2, (x0 + 2) * 3]];
      return r.reduce((carry, row) => carry * t + row, t);
    };
    near(numbers(last, { x: [1.5, 2, 3] }), [f(1.5)]);
    near(numbers(grad(last, x), { x: [1.5, 2, 3] }).slice(0, 1), [slope(f, 1.5)], 1e-9);
  });
});

test('second derivatives of a recurrent cell are those of finite differences', () => {
  const [x, u, h] = [input('x', [4, 2], 'f64'), input('u', [], 'f64'), fill(0.1, [2], 'f64')];
  const mix = constant(
    [
      [0.5, -1],
      [0.8, 0.3],
    ],
    'f64',
  );
  const [last, ys] = scan({ init: h, xs: x }, (carry, row) => {
    const next = carry.matmul(mix).mul(u).add(row).tanh();
    return [next, next.square().sum()];
  });
  const first = grad(last.sum().add(ys.sum()), u);
  const second = grad(first, u);
  const third = grad(second, u);
  const rows = [
    [0.1, 0.2],
    [0.3, -0.4],
    [-0.5, 0.6],
    [0.7, 0.8],
  ];
  const at = (tensor: typeof first, value: number): number => number(tensor, { x: rows, u: value });
  near([at(second, 0.9)], [slope((value) => at(first, value), 0.9)], 1e-8);
  near([at(third, 0.9)], [slope((value) => at(second, value), 0.9)], 1e-8);
});

test('the gradient inside of a body is a step of descent, and the rate has a derivative', () => {
  const [rate, target] = [input('rate', [], 'f64'), constant([1, -2], 'f64')];
  const [best, losses] = scan({ init: fill(0.5, [2], 'f64'), length: 6 }, (w) => {
    const loss = w.sin().sub(target).square().sum();
    return [w.sub(grad(loss, w).mul(rate)), loss];
  });
  const plain = (by: number): number => {
    let w = [0.5, 0.5];
    for (let i = 0; i < 6; i++) w = w.map((v, k) => v - by * 2 * (Math.sin(v) - [1, -2][k]!) * Math.cos(v));
    return w[0]! + w[1]!;
  };
  near([number(best.sum(), { rate: 0.1 })], [plain(0.1)]);
  near([number(grad(best.sum(), rate), { rate: 0.1 })], [slope(plain, 0.1)], 1e-9);
  near([number(losses.at(0, 0), { rate: 0.1 })], [(Math.sin(0.5) - 1) ** 2 + (Math.sin(0.5) + 2) ** 2]);
});

test('retyped to f32, a loop is the same loop with fewer digits', () => {
  const x = input('x', [4], 'f64');
  const [last, rows] = scan(
    { init: [fill(0.3, [], 'f64'), fill(1, [], 'i32')], xs: x },
    ([carry, count], entry) => [[carry.add(entry).sin().mul(count.cast('f64')), count.add(1)], carry],
  );
  const graph = closeGraph({ inputs: [x], outputs: { last: last[0], rows, slopes: grad(last[0], x) } });
  const short = retype(graph, 'f32');
  const values = [0.1, 0.2, 0.3, 0.4];
  const exact = evaluate(graph, { inputs: { x: fromNested(values, 'f64') }, variables: {} }).outputs;
  const rounded = evaluate(short, { inputs: { x: fromNested(values, 'f32') }, variables: {} }).outputs;
  for (const [name, array] of Object.entries(exact)) {
    expect(rounded[name]!.dtype).toBe('f32');
    near(Array.from(rounded[name]!.data), Array.from(array.data), 1e-5);
  }
});
