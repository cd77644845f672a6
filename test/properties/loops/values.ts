/** Numbers in and out: what claims about loops compare. */
import { CotangentError, closeGraph, HostArray, leavesOf, type Nested, type Tree } from '@cotangent/graph';
import { expect } from 'vitest';
import { compute } from '../engine.ts';

export type Feeds = Readonly<Record<string, Nested | HostArray>>;

/** The entries of a tensor, or of all tensors of a tree one after the other. Feeds that nothing needs are left out. */
export function numbers(outputs: Tree, feeds: Feeds = {}): number[] {
  const flat = (result: unknown): number[] => {
    if (typeof result === 'number') return [result];
    if (result instanceof HostArray) return Array.from(result.data);
    return Object.values(result as object).flatMap(flat);
  };
  const graph = closeGraph({ outputs: Object.fromEntries(leavesOf(outputs).entries()) });
  const used = graph.inputs.flatMap(({ name }) => (name in feeds ? [[name, feeds[name]!]] : []));
  return flat(compute(outputs, Object.fromEntries(used)));
}

/** The only entry of a scalar. */
export const number = (output: Tree, feeds: Feeds = {}): number => numbers(output, feeds)[0]!;

/** Raises where entries differ by more than `relative`·(1 + size). */
export function near(actual: readonly number[], wanted: readonly number[], relative = 1e-12): void {
  expect(actual.length).toBe(wanted.length);
  actual.forEach((entry, i) => {
    const gap = Math.abs(entry - wanted[i]!);
    if (!(gap <= relative * (1 + Math.abs(wanted[i]!))))
      expect.fail(`entry ${i} is ${entry} where it should be ${wanted[i]}`);
  });
}

/** The slope of a function of numbers, by central differences whose error of order h² cancels. */
export function slope(f: (x: number) => number, x: number, step = 1e-3): number {
  const central = (h: number): number => (f(x + h) - f(x - h)) / (2 * h);
  return (4 * central(step / 2) - central(step)) / 3;
}

/** The error of the library that something raises. */
export function refusal(body: () => unknown): CotangentError {
  try {
    body();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
