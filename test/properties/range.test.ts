/** Derivatives and losses far out and near the edge of a float: right where naive forms cancel or overflow. */
import { grad } from '@cotangent/autodiff';
import { type AnyTensor, apply1, input } from '@cotangent/graph';
import { atan2, expm1, mul, rem, sum } from '@cotangent/graph/ops';
import { cosineDistance } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import { compute } from './engine.ts';

/** ∂f/∂x_i at a point of numbers, one input for each. */
function slopes(
  f: (...x: AnyTensor[]) => AnyTensor,
  point: readonly number[],
  dtype: 'f32' | 'f64',
): number[] {
  const inputs = point.map((_, i) => input(`x${i}`, [], dtype));
  const feeds = Object.fromEntries(point.map((value, i) => [`x${i}`, value]));
  return grad(f(...inputs), inputs as AnyTensor[]).map((slope) => {
    // A slope may not depend on every input: feed those that it has.
    return compute({ slope, all: inputs as AnyTensor[] }, feeds).slope as number;
  });
}
const near = (got: number, want: number): void => expect(Math.abs(got / want - 1)).toBeLessThan(1e-6);

describe('derivatives', () => {
  test('of expm1 keep their digits far below 0', () => {
    near(slopes((x) => expm1(x!), [-18], 'f32')[0]!, Math.exp(-18));
    near(slopes((x) => expm1(x!), [-40], 'f64')[0]!, Math.exp(-40));
  });
  test('of atan2 neither overflow nor underflow', () => {
    near(slopes((y, x) => atan2(y!, x!), [1e20, 1e20], 'f32')[0]!, 5e-21);
    near(slopes((y, x) => atan2(y!, x!), [1e-23, 1e-23], 'f32')[0]!, 5e22);
  });
  test('of rem take the quotient that the value has', () => {
    expect(slopes((a, b) => rem(a!, b!), [1, 0.1], 'f64')).toEqual([1, -9]);
  });
});

test('the gradient of a padding value is not lost beside large cotangents of the elements', () => {
  const [x, value, scale] = [input('x', [2]), input('value', []), input('scale', [4])];
  const padded = apply1('pad', [x, value], { padding: [[1, 1]], interior: [0] });
  const slope = grad(sum(mul(padded, scale)), value);
  const feeds = { x: [1, 2], value: 0, scale: [1, 1e8, 1e8, 1] };
  expect(compute({ slope, all: [x, value, scale] }, feeds).slope).toBe(2);
});

describe('the cosine distance in float32', () => {
  const [a, b] = [input('a', [1, 2]), input('b', [1, 2])];
  const distance = (u: number[], v: number[]) => compute(cosineDistance(a, b), { a: [u], b: [v] }) as number;
  test('is 1 for a zero vector, and right for large and small ones', () => {
    expect(distance([0, 0], [0, 0])).toBe(1);
    expect(distance([1e10, 1e10], [2e10, 2e10])).toBeCloseTo(0, 5);
    expect(distance([1e-11, 1e-11], [1e-11, 1e-11])).toBeCloseTo(0, 5);
  });
});
