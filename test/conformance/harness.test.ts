/** The comparison itself: what it accepts, and what its failure says. */
import { expect, test } from 'vitest';
import { channelsToEnd, expectClose, fixture, tolerances, transposed } from './harness.ts';

const { f64, exact } = tolerances;
const vector = (...data: number[]) => fixture([data.length], data);

test('a failure names the case, the place, both numbers and the tolerance', () => {
  const [got, want] = [fixture([2, 2], [1, 2, 3.5, 4]), fixture([2, 2], [1, 2, 3, 4])];
  expect(() => expectClose('linear/a: y', got, want, f64)).toThrow(
    /linear\/a: y: 1 of 4 elements are off. At \[1, 0\] got 3.5, want 3 .*float64 allows/,
  );
});

test('NaN and infinities must be met exactly, and shapes too', () => {
  expect(() => expectClose('x', vector(Number.NaN), vector(1), f64)).toThrow('got NaN, want 1');
  expect(() => expectClose('x', vector(1), vector(Number.NaN), f64)).toThrow('want NaN');
  expect(() => expectClose('x', vector(1e300), vector(Infinity), f64)).toThrow('want Infinity');
  expect(() => expectClose('x', vector(Infinity), vector(-Infinity), f64)).toThrow('got Infinity');
  expect(() => expectClose('x', vector(1, 2), fixture([1, 2], [1, 2]), f64)).toThrow('shape');
  expectClose('x', vector(Number.NaN, Infinity), vector(Number.NaN, Infinity), exact);
});

test('a transposition moves every element', () => {
  const x = fixture([2, 3], [1, 2, 3, 4, 5, 6]);
  expect(transposed(x, [1, 0])).toEqual(fixture([3, 2], [1, 4, 2, 5, 3, 6]));
  expect(channelsToEnd(fixture([1, 2, 3], [1, 2, 3, 4, 5, 6])).data).toEqual([1, 4, 2, 5, 3, 6]);
});
