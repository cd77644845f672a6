/** Claims about the functions that take derivatives, whatever the primitives. */
import { grad, hvp, input, jvp, linearize, vjp } from 'cotangent';
import { expect, test } from 'vitest';
import { compute } from './engine.ts';

const x = input('x', [], 'f64');
const one = x.mul(0).add(1);

test('a tensor that is named twice has its whole gradient under both names', () => {
  expect(compute(grad(x.mul(x), { a: x, b: x }), { x: 3 })).toEqual({ a: 6, b: 6 });
  expect(compute(vjp(x.mul(x), [x, x], one), { x: 3 })).toEqual([6, 6]);
});

test('directions of a tensor that is named twice add up: forward mode is the transpose of reverse mode', () => {
  const directions = { a: one, b: one.mul(10) };
  expect(compute(jvp(x.mul(x), { a: x, b: x }, directions), { x: 3 })).toBe(66);
  expect(compute(linearize(x.mul(x), { a: x, b: x })(directions), { x: 3 })).toBe(66);
  expect(compute(hvp(x.mul(x), { a: x, b: x }, directions), { x: 3 })).toEqual({ a: 22, b: 22 });
});
