/**
 * The worst errors of the functions of this folder, in units of the last place. Of f32 and one argument they were found by
 * going through all 2^32 floats (every-float.test.ts), the others among some million samples; all are rounded up.
 */
import type { PerFloat } from './forms.ts';

export const worstUlp = {
  exp: { f32: 1, f64: 1 },
  expm1: { f32: 1.4, f64: 1.8 },
  log: { f32: 0.85, f64: 0.8 },
  log1p: { f32: 1.45, f64: 1.4 },
  sin: { f32: 1.6, f64: 0.8 },
  cos: { f32: 1.6, f64: 0.8 },
  tan: { f32: 2.4, f64: 2 },
  tanh: { f32: 1.7, f64: 1.9 },
  logistic: { f32: 1.9, f64: 1.75 },
  erf: { f32: 1.1, f64: 1.6 },
  pow: { f32: 0.51, f64: 1 },
  atan2: { f32: 1.7, f64: 1.7 },
} as const satisfies Readonly<Record<string, PerFloat<number>>>;
