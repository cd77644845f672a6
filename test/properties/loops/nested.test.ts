/** Claims about loops and branches in one another. */
import { cond, fill, grad, input, jvp, scan, whileLoop } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { near, number, numbers, slope } from './values.ts';

const zero = fill(0, [], 'f64');

describe('a scan in a branch in a scan', () => {
  const [x, w, n] = [input('x', [3], 'f64'), input('w', [], 'f64'), 4];
  const [last, rows] = scan({ init: fill(0.2, [], 'f64'), xs: x }, (carry, entry) => {
    const next = cond(
      entry.greater(0),
      () => scan({ init: carry, length: n }, (inner) => [inner.mul(w).add(entry).tanh()])[0],
      () => carry.sub(entry).mul(w),
    );
    return [next, next.square()];
  });
  const plain = (values: readonly number[], factor: number): number => {
    let [carry, total] = [0.2, 0];
    for (const entry of values) {
      if (entry > 0) for (let i = 0; i < n; i++) carry = Math.tanh(carry * factor + entry);
      else carry = (carry - entry) * factor;
      total += carry * carry;
    }
    return carry + total;
  };
  const loss = last.add(rows.sum());
  const values = [0.3, -0.7, 0.5];
  const feeds = { x: values, w: 0.8 };

  test('takes the branch of each step', () => near([number(loss, feeds)], [plain(values, 0.8)]));
  test('has the slope of each branch taken, first and second', () => {
    const first = grad(loss, w);
    near([number(first, feeds)], [slope((value) => plain(values, value), 0.8)], 1e-9);
    near(
      [number(grad(first, w), feeds)],
      [slope((value) => number(first, { x: values, w: value }), 0.8)],
      1e-8,
    );
    const entries = numbers([grad(loss, x)], feeds);
    values.forEach((at, i) => {
      const moved = (value: number): number => plain(values.with(i, value), 0.8);
      near([entries[i]!], [slope(moved, at)], 1e-8);
    });
  });
});

test('a loop over pairs: the inner scan sees the step and the carry of the outer one', () => {
  const x = input('x', [3], 'f64');
  const [total, rows] = scan({ init: zero, xs: x }, (sum, a) => {
    const [next, products] = scan({ init: sum, xs: x, reverse: true }, (inner, b) => [
      inner.add(a.mul(b)),
      a.mul(b),
    ]);
    return [next, products];
  });
  const values = [1, 2, 4];
  expect(number(total, { x: values })).toBe(49);
  expect(numbers(rows, { x: values })).toEqual([1, 2, 4, 2, 4, 8, 4, 8, 16]);
  // d(Σx)²/dxᵢ = 2·Σx
  expect(numbers([grad(total, x)], { x: values })).toEqual([14, 14, 14]);
});

test('three scans in one another multiply their lengths', () => {
  const w = input('w', [], 'f64');
  const [last] = scan({ init: fill(1, [], 'f64'), length: 2 }, (a) => [
    scan({ init: a, length: 3 }, (b) => [scan({ init: b, length: 2 }, (c) => [c.mul(w)])[0]])[0],
  ]);
  near(numbers([last, grad(last, w), grad(grad(last, w), w)], { w: 1.1 }), [
    1.1 ** 12,
    12 * 1.1 ** 11,
    132 * 1.1 ** 10,
  ]);
});

test('a loop without bound in a scan has forward derivatives', () => {
  const x = input('x', [3], 'f64');
  // Halves until it is below 1.
  const [last] = scan({ init: zero, xs: x }, (carry, entry) => [
    carry.add(
      whileLoop(
        { init: entry },
        (v) => v.greater(1),
        (v) => v.mul(0.5),
      ),
    ),
  ]);
  const feeds = { x: [0.5, 3, 9] };
  expect(number(last, feeds)).toBe(0.5 + 0.75 + 0.5625);
  expect(number(jvp(last, x, fill(1, [3], 'f64')), feeds)).toBe(1 + 0.25 + 0.0625);
});

test('gradients of gradients inside of loops inside of loops', () => {
  const w = input('w', [], 'f64');
  // Each step takes the slope of a scan: d/dc (c·w)³ at c.
  const [last] = scan({ init: fill(0.7, [], 'f64'), length: 2 }, (carry) => {
    const [power] = scan({ init: fill(1, [], 'f64'), length: 3 }, (product) => [product.mul(carry).mul(w)]);
    return [grad(power, carry)];
  });
  const plain = (value: number): number => {
    let carry = 0.7;
    for (let i = 0; i < 2; i++) carry = 3 * value ** 3 * carry ** 2;
    return carry;
  };
  near([number(last, { w: 0.9 })], [plain(0.9)]);
  near([number(grad(last, w), { w: 0.9 })], [slope(plain, 0.9)], 1e-9);
});
