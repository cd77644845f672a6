/** What is known of a loss for the tests, and how losses of single examples become one number. */
import { countOf, type ErrorCode, type FloatDType, type HostArray } from '@cotangent/graph';
import { at, filled } from '../arrays.ts';
import { between, type Random } from '../random.ts';
import type { Kink, Plain } from './case.ts';
import { numbers } from './draws.ts';

/** The functions that are losses. */
export type LossName = keyof typeof import('../../../packages/layers/src/losses/index.ts');

export interface LossSample<O extends object = object> {
  /** Predictions, targets and so on, in the order of the arguments. */
  readonly operands: readonly HostArray[];
  readonly options: O & { readonly reduction?: 'mean' | 'sum' | 'none' };
  /** Options that are tensors, such as `weights`. */
  readonly tensors: Readonly<Record<string, HostArray>>;
}

/** The loss of each example, before weights and reduction. */
export interface SingleLosses extends Plain {
  /** What 'mean' divides by for each loss; 1 where it is left out. */
  readonly counts?: readonly number[];
}

/** Types of operands, or options, that must be refused. */
export interface BadLoss {
  /** Types as they print. */
  readonly operands: readonly string[];
  readonly options?: object;
  readonly tensors?: Readonly<Record<string, string>>;
  readonly code: ErrorCode;
  /** A piece of the sentence. */
  readonly sentence: string;
}

export interface LossCases<O extends object = object> {
  /** Small samples away from kinks. */
  sample(random: Random, dtype: FloatDType): LossSample<O>;
  /** By the formula, on numbers. */
  reference(sample: LossSample<O>): SingleLosses;
  /** How samples stay away from kinks; left out where there are none. */
  readonly smooth?: string;
  readonly kinks?: readonly Kink[];
  readonly bad: readonly BadLoss[];
}

/** Losses times their weights, and their sum, or the mean over what counts. */
export function reduced(
  { shape, values, counts }: SingleLosses,
  { options: { reduction = 'mean' }, tensors: { weights } }: LossSample,
): Plain {
  const all = filled(shape, (position) =>
    weights === undefined ? 1 : at(weights, position.slice(0, weights.shape.length)),
  );
  const weighted = values.map((value, i) => value * all[i]!);
  if (reduction === 'none') return { shape, values: weighted };
  const total = weighted.reduce((sum, value) => sum + value, 0);
  if (reduction === 'sum') return { shape: [], values: [total] };
  const divisor = all.reduce((sum, weight, i) => sum + weight * (counts?.[i] ?? 1), 0);
  return { shape: [], values: [total / divisor] };
}

/** A reduction, and weights for some of the leading axes. */
export function drawnReduction(random: Random, dtype: FloatDType, shape: readonly number[]) {
  const weights = numbers(random, dtype, shape.slice(0, random.whole(0, shape.length)), between(0.2, 2));
  return {
    options: random.chance(0.75) ? { reduction: random.pick(['mean', 'sum', 'none'] as const) } : {},
    tensors: random.chance(0.5) ? { weights } : ({} as Readonly<Record<string, HostArray>>),
  };
}

/** Entries of arrays of one shape, one by one. */
export const entrywise = (
  [first, ...rest]: readonly HostArray[],
  value: (...entries: number[]) => number,
): SingleLosses => ({
  shape: first!.shape,
  values: Array.from(first!.data, (entry, i) => value(entry, ...rest.map(({ data }) => data[i]!))),
});

/** Lines along the last axis, one by one. */
export function linewise(
  arrays: readonly HostArray[],
  value: (...lines: number[][]) => number,
): SingleLosses {
  const shape = arrays[0]!.shape.slice(0, -1);
  const size = arrays[0]!.shape.at(-1)!;
  const lineOf = (array: HostArray, i: number) => Array.from(array.data.slice(i * size, (i + 1) * size));
  return {
    shape,
    values: Array.from({ length: countOf(shape) }, (_, i) =>
      value(...arrays.map((array) => lineOf(array, i))),
    ),
  };
}

/** What every loss refuses of its reduction and its weights. */
export const badReduction = (operands: readonly string[], losses: readonly string[]): BadLoss[] => [
  {
    operands,
    options: { reduction: 'average' },
    code: 'BAD_ARGUMENT',
    sentence: "reduction 'average' is not one of mean, sum, none",
  },
  {
    operands,
    tensors: { weights: `f32[${[...losses, '2'].join(', ')}]` },
    code: 'SHAPE_MISMATCH',
    sentence: 'do not fit losses',
  },
  {
    operands,
    tensors: { weights: `f64[${losses.join(', ')}]` },
    code: 'DTYPE_MISMATCH',
    sentence: 'f64',
  },
];

/** What every loss of a prediction and a target of its shape refuses. */
export const badPairs = (name: string): BadLoss[] => [
  ...badReduction(['f32[2, 3]', 'f32[2, 3]'], ['2', '3']),
  {
    operands: ['f32[2, 3]', 'f32[3, 2]'],
    code: 'SHAPE_MISMATCH',
    sentence: `${name} compares tensors of one shape, not [2, 3] with [3, 2]`,
  },
  {
    operands: ['f32[2, 3]', 'i32[2, 3]'],
    code: 'DTYPE_MISMATCH',
    sentence: `${name}: one operand is f32 and the other i32`,
  },
  {
    operands: ['i32[2, 3]', 'i32[2, 3]'],
    code: 'DTYPE_MISMATCH',
    sentence: `${name} takes f32 or f64, not i32`,
  },
];
