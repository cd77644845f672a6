import { type DType, fromNested, HostArray, type PrimitiveParams } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, build, numberTypes, positions, run, runAll, wholeNumbers } from '../testing.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
type WindowParams = PrimitiveParams<'reduceWindowSum'>;

const cases = fc.tuple(fc.integer({ min: 0, max: 3 }), numberTypes).chain(([rank, dtype]) => {
  const each = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: rank, maxLength: rank });
  const step = fc.integer({ min: 1, max: 3 });
  return fc
    .record({
      shape: each(fc.integer({ min: 1, max: 6 })),
      window: each(step),
      strides: each(step),
      dilation: each(fc.integer({ min: 1, max: 2 })),
      padding: each(fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 }))),
    })
    .filter(({ shape, window, dilation, padding }) =>
      shape.every(
        (n, axis) => n + padding[axis][0] + padding[axis][1] >= (window[axis] - 1) * dilation[axis] + 1,
      ),
    )
    .chain(({ shape, ...params }) => fc.tuple(wholeNumbers(dtype, shape), fc.constant<WindowParams>(params)));
});

/** For each output, the flat positions that its window covers inside the operand, in row-major order. */
function covered(
  x: HostArray,
  { window, strides, dilation, padding }: WindowParams,
  position: readonly number[],
) {
  const flat = (place: readonly number[]) => place.reduce((offset, i, axis) => offset * x.shape[axis] + i, 0);
  return positions(window)
    .map((tap) =>
      tap.map((w, axis) => position[axis] * strides[axis] + w * dilation[axis] - Number(padding[axis][0])),
    )
    .filter((place) => place.every((i, axis) => i >= 0 && i < x.shape[axis]))
    .map(flat);
}

const lowest = { f32: -infinity, f64: -infinity, i32: -(2 ** 31), u32: 0, bool: 0 };
const highest = { f32: infinity, f64: infinity, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1, bool: 1 };

describe('windows of any size, stride, dilation and padding agree with naive loops', () => {
  const agrees = (
    op: 'reduceWindowSum' | 'reduceWindowMax' | 'reduceWindowMin',
    identity: (dtype: DType) => number,
    combine: (total: number, next: number) => number,
  ) =>
    fc.assert(
      fc.property(cases, ([x, params]) => {
        const y = run(op, [x], params);
        expect(y).toEqual(
          build(x.dtype, y.shape, (position) =>
            covered(x, params, position).reduce((total, i) => combine(total, x.data[i]), identity(x.dtype)),
          ),
        );
      }),
    );
  test('sum', () =>
    agrees(
      'reduceWindowSum',
      () => 0,
      (a, b) => a + b,
    ));
  test('max', () => agrees('reduceWindowMax', (dtype) => lowest[dtype], Math.max));
  test('min', () => agrees('reduceWindowMin', (dtype) => highest[dtype], Math.min));
  test('positions of the first largest and smallest', () => {
    fc.assert(
      fc.property(cases, ([x, params]) => {
        for (const [op, better] of [
          ['reduceWindowArgMax', (a: number, b: number) => a > b],
          ['reduceWindowArgMin', (a: number, b: number) => a < b],
        ] as const) {
          const [values, places] = runAll(op, [x], params);
          const expected = build('i32', places.shape, (position) =>
            covered(x, params, position).reduce(
              (best, i) => (best < 0 || better(x.data[i], x.data[best]) ? i : best),
              -1,
            ),
          );
          expect(places).toEqual(expected);
          for (const position of positions(places.shape)) {
            const place = at(places, position);
            if (place >= 0) expect(at(values, position)).toBe(x.data[place]);
          }
        }
      }),
    );
  });
});

const pairs = { window: [2], strides: [2], padding: [[0, 0]], dilation: [1] } as const;

test('NaN propagates, and its first position wins', () => {
  const x = fromNested([1, nan, nan, nan, -infinity, -infinity]);
  expect(run('reduceWindowMax', [x], pairs).toNested()).toEqual([nan, nan, -infinity]);
  const [values, places] = runAll('reduceWindowArgMin', [x], pairs);
  expect(values.toNested()).toEqual([nan, nan, -infinity]);
  expect(places.toNested()).toEqual([1, 2, 4]);
});

test('a window that lies wholly in the padding has the identity and the position -1', () => {
  const params = { ...pairs, padding: [[2, 0]] as const };
  const [values, places] = runAll('reduceWindowArgMax', [fromNested([-5, -infinity])], params);
  expect(values.toNested()).toEqual([-infinity, -5]);
  expect(places.toNested()).toEqual([-1, 0]);
});

test('f32 window sums are rounded once', () => {
  const x = new HostArray('f32', [1001], new Float32Array(1001).fill(2 ** -24).fill(1, 0, 1));
  const params = { window: [1001], strides: [1], padding: [[0, 0]] as const, dilation: [1] };
  expect(run('reduceWindowSum', [x], params).data[0]).toBe(Math.fround(1 + 1000 * 2 ** -24));
});
