/** The checker itself: rounding to half precision, and distances in steps. */
import { expect, test } from 'vitest';
import { problemOf, roundTo } from './numbers.ts';

test.each([
  [1 / 3, 0.333251953125],
  [1 + 2 ** -11, 1], // half of a step, to even
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [65519, 65504],
  [65520, Infinity],
  [-1e6, -Infinity],
  [2 ** -24, 2 ** -24], // the smallest subnormal
  [2 ** -25, 0],
  [1.5 * 2 ** -25, 2 ** -24],
  [2 ** -14 - 2 ** -26, 2 ** -14], // from the subnormals up to the normals
])('%d rounds to the half %d', (value, half) => {
  expect(roundTo(value, 'float16') + 0).toBe(half);
});

const steps = (value: number) => ({ metric: 'ULP', value }) as const;

test.each([
  [1 + 2 ** -10, 1, 'float16', 1],
  [1 - 2 ** -11, 1, 'float16', 1],
  [-(2 ** -24), 2 ** -24, 'float16', 2],
  [Infinity, 65504, 'float16', 1],
  [1 + 2 ** -23, 1, 'float32', 1],
  [-(2 ** -149), 2 ** -149, 'float32', 2],
  [7, 4, 'int32', 3],
] as const)('%d is away from %d (%s) by %d steps', (got, want, type, distance) => {
  expect(problemOf(got, want, type, steps(distance))).toBeUndefined();
  expect(problemOf(got, want, type, steps(distance - 1))).toContain(`off by ${distance}`);
});

test('NaN is met by NaN alone, and the zeros are one', () => {
  expect(problemOf(Number.NaN, Number.NaN, 'float32', steps(0))).toBeUndefined();
  expect(problemOf(Number.NaN, 1, 'float32', steps(1e9))).toBeDefined();
  expect(problemOf(1, Number.NaN, 'float32', steps(1e9))).toBeDefined();
  expect(problemOf(-0, 0, 'float32', steps(0))).toBeUndefined();
});
