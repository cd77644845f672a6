/**
 * Folds: how a row of elements goes into totals. Totals of floats are in double precision and rounded once at the end;
 * totals of integers live in their own arrays, whose stores wrap modulo 2³². One loop per fold keeps each fast.
 */
import {
  allocate,
  countOf,
  type DType,
  type HostArray,
  highest,
  isFloat,
  lowest,
  type TypedArray,
} from '@cotangent/graph';
import type { FixedType } from '../kernel.ts';
import { hostArray } from './movement.ts';

/** totals[at + i·totalStep] ← totals[…] ∘ x[from + i·step], for i from 0 to count. */
export type Fold = (
  totals: TypedArray,
  at: number,
  totalStep: number,
  x: TypedArray,
  from: number,
  step: number,
  count: number,
) => void;

export interface Reduction {
  identity(dtype: DType): number;
  fold(dtype: DType): Fold;
}

const sumFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  if (totalStep === 0) {
    let total = totals[at];
    // The total of integers stays exact for 2²¹ elements; each such stretch ends in a store that wraps.
    for (let i = 0; i < count; i++, from += step) {
      total += x[from];
      if ((i & 0xfffff) === 0xfffff) {
        totals[at] = total;
        total = totals[at];
      }
    }
    totals[at] = total;
    return;
  }
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] += x[from];
};
const productFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] *= x[from];
};
const integerProductFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] = Math.imul(totals[at], x[from]);
};
// Math.max and Math.min give NaN for NaN, and put -0 below 0.
const maxFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] = Math.max(totals[at], x[from]);
};
const minFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] = Math.min(totals[at], x[from]);
};
const andFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] &= x[from];
};
const orFold: Fold = (totals, at, totalStep, x, from, step, count) => {
  for (let i = 0; i < count; i++, at += totalStep, from += step) totals[at] |= x[from];
};

export const reductions = {
  sum: { identity: () => 0, fold: () => sumFold },
  product: { identity: () => 1, fold: (dtype) => (isFloat(dtype) ? productFold : integerProductFold) },
  max: { identity: (dtype) => lowest[dtype], fold: () => maxFold },
  min: { identity: (dtype) => highest[dtype], fold: () => minFold },
  and: { identity: (dtype) => (dtype === 'bool' ? 1 : -1), fold: () => andFold },
  or: { identity: () => 0, fold: () => orFold },
} satisfies Readonly<Record<string, Reduction>>;

/** Totals before anything was folded. */
export const emptyTotals = ({ dtype, shape }: FixedType, { identity }: Reduction): TypedArray =>
  allocate(dtype === 'f32' ? 'f64' : dtype, countOf(shape)).fill(identity(dtype));

/** The result: totals of f32 are rounded here, once. */
export const finished = (totals: TypedArray, type: FixedType): HostArray =>
  hostArray(type, type.dtype === 'f32' ? new Float32Array(totals) : totals);
