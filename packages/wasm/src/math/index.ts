/** Functions that no machine has, as values of the loop language: see README.md for how exact each is. */
import type { FunctionName, Value } from '../loops/ir.ts';
import { atan2 } from './atan2.ts';
import { erf } from './erf.ts';
import { exp, expm1, logistic } from './exp.ts';
import { log } from './log.ts';
import { log1p } from './log1p.ts';
import { pow } from './power.ts';
import { tanh } from './tanh.ts';
import { cos, sin, tan } from './trigonometric.ts';

/** What each function means, for floats of either width in any number of lanes. */
export const definitions: { readonly [F in FunctionName]: (a: Value, b: Value) => Value } = {
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
  pow,
  atan2,
};

export { atan2, cos, erf, exp, expm1, log, log1p, logistic, pow, sin, tan, tanh };
