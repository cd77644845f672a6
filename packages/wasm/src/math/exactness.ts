/**
 * The worst errors of the functions of this folder, in units of the last place. Of f32 and one argument they were found by
 * going through all 2^32 floats (every-float.test.ts), the others among some million samples; all are rounded up.
 */
import type { PerFloat } from './forms.ts';
import type * as math from './index.ts';

export const worstUlp: Readonly<Record<keyof typeof math, PerFloat<number>>> = {
  exp: { f32: 1, f64: 1 },
  log: { f32: 0.85, f64: 0.8 },
  tanh: { f32: 1.7, f64: 1.8 },
  logistic: { f32: 1.75, f64: 1.7 },
};
