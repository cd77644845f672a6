/**
 * The loops that networks spend their time in, one function per operation: the just-in-time compiler sees one operation
 * and few kinds of arrays in each. The same text serves floats and integers, because stores into integer arrays
 * truncate and wrap.
 */
import type { TypedArray } from '@cotangent/graph';

export function add(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
}

export function subtract(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
}

export function multiply(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i];
}

/** Doubles do not hold 64 bits of a product; its lower 32 bits do not depend on the signs. */
export function multiplyIntegers(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.imul(a[i], b[i]);
}

/** A factor of exactly 0 gives 0, whatever the other is; its sign is that of the product, where there is one. */
export function multiplyNoNaN(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) {
    const product = a[i] * b[i];
    out[i] = Number.isNaN(product) && (a[i] === 0 || b[i] === 0) ? 0 : product;
  }
}

/** A quotient of 32-bit integers never rounds up to the next integer in double precision. */
export function divide(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] / b[i];
}

export function remainder(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] % b[i];
}

/** Math.max gives NaN for NaN, and 0 for 0 and -0. */
export function maximum(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.max(a[i], b[i]);
}

export function minimum(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.min(a[i], b[i]);
}

export function clamp(x: TypedArray, low: TypedArray, high: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(x[i], low[i]), high[i]);
}

export function negate(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = -x[i];
}

export function absolute(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i]);
}

export function exponential(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i]);
}

export function logarithm(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i]);
}

export function squareRoot(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]);
}

export function reciprocalSquareRoot(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = 1 / Math.sqrt(x[i]);
}

export function hyperbolicTangent(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i]);
}

/** 1 / (1 + exp(-x)), written so that exp never overflows. */
export function logistic(x: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) {
    const raised = Math.exp(-Math.abs(x[i]));
    out[i] = (x[i] >= 0 ? 1 : raised) / (1 + raised);
  }
}

export function select(condition: TypedArray, a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = condition[i] !== 0 ? a[i] : b[i];
}

export function equal(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] === b[i] ? 1 : 0;
}

export function notEqual(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] !== b[i] ? 1 : 0;
}

export function less(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] < b[i] ? 1 : 0;
}

export function lessEqual(a: TypedArray, b: TypedArray, out: TypedArray): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] <= b[i] ? 1 : 0;
}
