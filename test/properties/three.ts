/** A function of three numbers and points to look at it: what claims about transformations share. */
import { type HostArray, input, type Tensor } from 'cotangent';
import { expect } from 'vitest';

export type Vector = Tensor<[3], 'f64'>;
export const x = input('x', [3], 'f64');
export const xs = input('xs', ['n', 3], 'f64');
export const point = [0.3, -0.7, 1.1];
export const points = [point, [1, 2, 3], [-0.5, 0.1, 0.2]];
export const f = (v: Vector) => v.sin().mul(v.sum()).add(v.square());
export const numbers = (value: unknown): number[] => Array.from((value as HostArray).data as Float64Array);
export const close = (a: unknown, b: unknown, digits = 12) =>
  numbers(a).forEach((entry, i) => expect(entry).toBeCloseTo(numbers(b)[i]!, digits));
