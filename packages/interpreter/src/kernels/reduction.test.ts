import { type DType, fromNested, HostArray, zerosHost } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, build, numberTypes, positions, run, shapes, wholeNumbers } from '../testing.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Folds the elements that belong to a position, one after the other. */
function naive(
  x: HostArray,
  axes: readonly number[],
  identity: number,
  combine: (total: number, next: number) => number,
): HostArray {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const reduced = axes.map((axis) => x.shape[axis]);
  return build(
    x.dtype,
    kept.map((axis) => x.shape[axis]),
    (position) =>
      positions(reduced).reduce((total, inner) => {
        const place = x.shape.map((_, axis) =>
          axes.includes(axis) ? inner[axes.indexOf(axis)] : position[kept.indexOf(axis)],
        );
        return combine(total, at(x, place));
      }, identity),
  );
}

const lowest = { f32: -infinity, f64: -infinity, i32: -(2 ** 31), u32: 0, bool: 0 };
const highest = { f32: infinity, f64: infinity, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1, bool: 1 };
const cases = fc
  .tuple(shapes(5, 3), numberTypes)
  .chain(([shape, dtype]) =>
    fc.tuple(wholeNumbers(dtype, shape), fc.shuffledSubarray(shape.map((_, axis) => axis))),
  );
const wrapped = (dtype: DType) => (a: number, b: number) =>
  dtype === 'i32' ? Math.imul(a, b) : dtype === 'u32' ? Math.imul(a, b) >>> 0 : a * b;

describe('reductions over any axes of any shape agree with naive loops', () => {
  test('sum', () => {
    fc.assert(
      fc.property(cases, ([x, axes]) => {
        expect(run('reduceSum', [x], { axes })).toEqual(naive(x, axes, 0, (a, b) => a + b));
      }),
    );
  });
  test('product', () => {
    fc.assert(
      fc.property(cases, ([x, axes]) => {
        expect(run('reduceProd', [x], { axes })).toEqual(naive(x, axes, 1, wrapped(x.dtype)));
      }),
    );
  });
  test('max and min', () => {
    fc.assert(
      fc.property(cases, ([x, axes]) => {
        expect(run('reduceMax', [x], { axes })).toEqual(naive(x, axes, lowest[x.dtype], Math.max));
        expect(run('reduceMin', [x], { axes })).toEqual(naive(x, axes, highest[x.dtype], Math.min));
      }),
    );
  });
});

test('reductions of nothing are their identities', () => {
  const empty = (op: 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin', dtype: DType) =>
    run(op, [zerosHost(dtype, [0])], { axes: [0] }).toNested();
  expect([empty('reduceSum', 'f32'), empty('reduceProd', 'i32')]).toEqual([0, 1]);
  expect([empty('reduceMax', 'f32'), empty('reduceMin', 'u32')]).toEqual([-infinity, 4294967295]);
  expect(run('reduceAnd', [zerosHost('bool', [0])], { axes: [0] }).toNested()).toBe(true);
  expect(run('reduceAnd', [zerosHost('i32', [0])], { axes: [0] }).toNested()).toBe(-1);
  expect(run('reduceOr', [zerosHost('bool', [0])], { axes: [0] }).toNested()).toBe(false);
});

test('f32 sums accumulate in double precision and round once', () => {
  const x = new HostArray('f32', [1001], new Float32Array(1001).fill(2 ** -24).fill(1, 0, 1));
  expect(run('reduceSum', [x], { axes: [0] }).data[0]).toBe(Math.fround(1 + 1000 * 2 ** -24));
  const column = new HostArray('f32', [1001, 1], x.data);
  expect(run('reduceSum', [column], { axes: [0] }).data[0]).toBe(Math.fround(1 + 1000 * 2 ** -24));
});

test('f64 sums stay in f64', () => {
  expect(run('reduceSum', [fromNested([0.1, 0.2], 'f64')], { axes: [0] }).toNested()).toBe(
    0.30000000000000004,
  );
});

test('integer sums are exact modulo 2³², however many they are', () => {
  const count = 3_000_001;
  const x = new HostArray('u32', [count], new Uint32Array(count).fill(4294967295));
  expect(run('reduceSum', [x], { axes: [0] }).data[0]).toBe(2 ** 32 - count);
  const y = new HostArray('i32', [count], new Int32Array(count).fill(2147483647));
  expect(run('reduceSum', [y], { axes: [0] }).data[0]).toBe(
    Number(BigInt.asIntN(32, 2147483647n * BigInt(count))),
  );
});

test('extremes propagate NaN and tell -0 from 0', () => {
  const x = fromNested([
    [1, nan],
    [-0, 0],
  ]);
  expect(run('reduceMax', [x], { axes: [1] }).toNested()).toEqual([nan, 0]);
  expect(run('reduceMin', [x], { axes: [1] }).toNested()).toEqual([nan, -0]);
});

test('and, or, and extremes of booleans', () => {
  const x = fromNested([
    [true, false],
    [true, true],
  ]);
  expect(run('reduceAnd', [x], { axes: [1] }).toNested()).toEqual([false, true]);
  expect(run('reduceOr', [x], { axes: [0] }).toNested()).toEqual([true, true]);
  expect(run('reduceMin', [x], { axes: [0] }).toNested()).toEqual([true, false]);
  expect(run('reduceAnd', [fromNested([6, 3], 'i32')], { axes: [0] }).toNested()).toBe(2);
  expect(run('reduceOr', [fromNested([6, 3], 'u32')], { axes: [0] }).toNested()).toBe(7);
});

describe('positions of extremes', () => {
  test('are those of the first of equals', () => {
    const x = fromNested([
      [1, 3, 3],
      [0, 0, -1],
    ]);
    expect(run('argMax', [x], { axis: 1 }).toNested()).toEqual([1, 0]);
    expect(run('argMin', [x], { axis: 1 }).toNested()).toEqual([0, 2]);
    expect(run('argMax', [x], { axis: 0 }).toNested()).toEqual([0, 0, 0]);
  });
  test('are those of the first NaN, if there is one', () => {
    const x = fromNested([1, nan, 5, nan]);
    expect(run('argMax', [x], { axis: 0 }).toNested()).toBe(1);
    expect(run('argMin', [x], { axis: 0 }).toNested()).toBe(1);
  });
  test('exist for booleans and for empty rows', () => {
    expect(run('argMax', [fromNested([false, true])], { axis: 0 }).toNested()).toBe(1);
    expect(run('argMax', [zerosHost('f32', [0, 2])], { axis: 1 }).toNested()).toEqual([]);
  });
});
