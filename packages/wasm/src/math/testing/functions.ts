/** The functions of this folder by name, and the same of doubles, which f32 is held against. */
import type { Value } from '../../loops/ir.ts';
import type { worstUlp } from '../exactness.ts';
import { atan2, cos, erf, exp, expm1, log, log1p, logistic, pow, sin, tan, tanh } from '../index.ts';

export type Binary = 'pow' | 'atan2';
export type Unary = Exclude<keyof typeof worstUlp, Binary>;

export const ofOne: Readonly<Record<Unary, (x: Value) => Value>> = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  tanh,
  logistic,
  erf,
};
export const ofTwo: Readonly<Record<Binary, (a: Value, b: Value) => Value>> = { pow, atan2 };

export const unaryNames = Object.keys(ofOne) as Unary[];
export const binaryNames = Object.keys(ofTwo) as Binary[];

/** To less than an ulp of double, but for erf, which JavaScript does not have. */
export const ofDoubles: Readonly<Record<Exclude<Unary, 'erf'>, (x: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  logistic: (x) => 1 / (1 + Math.exp(-x)),
};
