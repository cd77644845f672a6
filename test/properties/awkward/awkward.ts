/** An awkward point of a function: what is decided there. */
import type { AnyTensor } from '@cotangent/graph';
import { constantOfArray, slice } from '@cotangent/graph/ops';

export interface Awkward {
  readonly what: string;
  readonly f: (x: AnyTensor) => AnyTensor;
  readonly at: readonly number[];
  readonly value: readonly number[];
  /** Of the sum of the values. */
  readonly first: readonly number[];
  /** The Hessian of the sum times (1, 1, …); left out where there is none. */
  readonly second?: readonly number[];
}

export const half = (x: AnyTensor, from: number, to: number): AnyTensor => slice(x, 0, from, to);
export const constant = (...values: readonly number[]): AnyTensor => constantOfArray(values, 'f64');
