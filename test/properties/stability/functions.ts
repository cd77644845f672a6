/**
 * The functions of the stability grid: how each is written with this library, and how near its results have to be. A
 * bound counts units in the last place of the exact result. Where terms cancel on the way, rounding is of the size of the
 * terms, and so is the bound: `scale` gives that size.
 */
import type { AnyTensor, FloatDType } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { leastNormal } from './units.ts';

/** Result i, and its derivative by entry j. */
export interface Place {
  readonly i: number;
  readonly j: number;
  readonly dtype: FloatDType;
}

export interface Bound {
  readonly ulps: number;
  /** The size of the terms that cancel. */
  scale?(at: readonly number[], place: Place): number;
}

export interface GridFunction {
  readonly what: string;
  readonly table: string;
  /** One tensor for each number of a point; for functions of vectors, a matrix whose rows are points. */
  readonly build: (operands: readonly AnyTensor[]) => AnyTensor;
  /** How many tensors it takes: a fixed exponent leaves one of two. */
  readonly operands: number;
  readonly value: Bound;
  readonly derivative: Bound;
  /** Signs of zero values count where IEEE 754 defines them; a sum that cancels, or underflows, has none to keep. */
  readonly signedZeros: boolean;
  /** The points that are looked at. */
  takes(at: readonly number[]): boolean;
}

const everywhere = () => true;

type Build<Arity extends 1 | 2> = (...x: Arity extends 1 ? [AnyTensor] : [AnyTensor, AnyTensor]) => AnyTensor;

interface Details {
  readonly table?: string;
  readonly value: number | Bound;
  readonly derivative: number | Bound;
  readonly signedZeros?: boolean;
  takes?(at: readonly number[]): boolean;
}

const bound = (given: number | Bound): Bound => (typeof given === 'number' ? { ulps: given } : given);

function row<Arity extends 1 | 2>(what: string, build: Build<Arity>, details: Details): GridFunction {
  return {
    what,
    table: details.table ?? what,
    build: (operands) => (build as (...x: readonly AnyTensor[]) => AnyTensor)(...operands),
    operands: build.length,
    value: bound(details.value),
    derivative: bound(details.derivative),
    signedZeros: details.signedZeros ?? false,
    takes: details.takes ?? everywhere,
  };
}

// Sizes of terms.

const finite = (at: readonly number[]): number[] => at.filter(Number.isFinite).map(Math.abs);
const largest = (at: readonly number[]): number => Math.max(0, ...finite(at));
/** A logarithm of a total between 1 and n, to which the largest entry is added. */
const logOfTotal = (at: readonly number[]): number => Math.max(1, largest(at));
/** Shares: 1 − p loses what p has lost. */
const one = (): number => 1;
/** The range of the entries, which the mean is taken of. */
const range = (at: readonly number[]): number => {
  const entries = at.filter(Number.isFinite);
  return entries.length === 0 ? 0 : Math.max(...entries) - Math.min(...entries);
};
/** Entries of a unit vector; equal entries have no spread, and exact zeros. */
const oneIfSpread = (at: readonly number[]): number => (new Set(at).size > 1 ? 1 : 0);
/** Terms of a running total. */
const sizeOfTerms = (at: readonly number[], { i }: Place): number =>
  Math.min(
    Number.MAX_VALUE,
    finite(at.slice(0, i + 1)).reduce((total, x) => total + x, 0),
  );

/** x^p·ln x where x^p is subnormal and has few digits left. */
const fewDigits = ([x]: readonly number[], { j, dtype }: Place): number =>
  j === 1 ? Math.abs(Math.log(Math.abs(x!) || 1)) * leastNormal(dtype) : 0;
/**
 * Entries of x/‖x‖ far below 1: on the way there they are scaled by 2⁻¹⁰⁰ (2⁻⁷⁰⁰ in float64), from where it is 2⁻⁴⁹ (2⁻³⁷⁴)
 * to the smallest subnormal.
 */
const unitVector = (_: readonly number[], { dtype }: Place): number =>
  dtype === 'f32' ? 2 ** -26 : 2 ** -100;

/** The rows of pow with one exponent, given as a number: some become products. */
const power = (exponent: number): GridFunction =>
  row<1>(`pow(x, ${exponent})`, (x) => ops.pow(x, exponent), {
    table: 'pow',
    value: 3,
    derivative: 4,
    signedZeros: true,
    takes: ([, p]) => p === exponent,
  });

export const functions: readonly GridFunction[] = [
  // Functions of the platform are within 1 ulp; every product, quotient or sum behind them adds half of one.
  row<1>('log1p', ops.log1p, { value: 1, derivative: 2, signedZeros: true }),
  row<1>('expm1', ops.expm1, { value: 1, derivative: 1, signedZeros: true }),
  row<1>('sqrt', ops.sqrt, { value: 0, derivative: 1, signedZeros: true }),
  row<1>('sigmoid', ops.sigmoid, { value: 2, derivative: 3 }),
  row<1>('softplus', (x) => ops.softplus(x), { value: 2, derivative: 3 }),
  row<1>('softplus-beta-2', (x) => ops.softplus(x, 2), { value: 2, derivative: 3 }),
  row<2>('pow', (x, p) => ops.binary('pow', x, p), {
    value: 1,
    derivative: { ulps: 3, scale: fewDigits },
    signedZeros: true,
  }),
  ...[0.5, 1, 1.5, 2, 3, -1, -0.5].map(power),
  row<2>('atan2', ops.atan2, { value: 1, derivative: 4, signedZeros: true }),
  // A few entries: one rounding for each step of a sum, quotient or root.
  row<1>('logSumExp', (x) => ops.logSumExp(x, -1), { value: { ulps: 2, scale: logOfTotal }, derivative: 4 }),
  row<1>('softmax', (x) => ops.softmax(x, -1), { value: 3, derivative: { ulps: 4, scale: one } }),
  row<1>('logSoftmax', (x) => ops.logSoftmax(x, -1), {
    value: { ulps: 2, scale: one },
    derivative: { ulps: 4, scale: one },
  }),
  row<1>('norm-1', (x) => ops.norm(x, -1, { order: 1 }), { value: 2, derivative: 0 }),
  row<1>('norm-2', (x) => ops.norm(x, -1), { value: 3, derivative: { ulps: 4, scale: unitVector } }),
  row<1>('norm-infinity', (x) => ops.norm(x, -1, { order: Infinity }), { value: 0, derivative: 1 }),
  row<1>('variance', (x) => ops.variance(x, -1), { value: 4, derivative: { ulps: 4, scale: range } }),
  row<1>('std', (x) => ops.std(x, -1), { value: 4, derivative: { ulps: 4, scale: oneIfSpread } }),
  row<1>('prod', (x) => ops.prod(x, -1), { value: 2, derivative: 3, signedZeros: true }),
  row<1>('cumsum', (x) => ops.cumsum(x, -1), { value: { ulps: 2, scale: sizeOfTerms }, derivative: 0 }),
  row<1>('cumprod', (x) => ops.cumprod(x, -1), { value: 2, derivative: 3, signedZeros: true }),
  row<1>('cumulativeMax', (x) => ops.cumulativeMax(x, -1), { value: 0, derivative: 0, signedZeros: true }),
  row<1>('cumulativeMin', (x) => ops.cumulativeMin(x, -1), { value: 0, derivative: 0, signedZeros: true }),
];
