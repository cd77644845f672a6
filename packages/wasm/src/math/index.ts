/** Functions that no machine has, as values of the loop language: see README.md for how exact each is. */
export { atan2 } from './atan2.ts';
export { erf } from './erf.ts';
export { exp, expm1, logistic } from './exp.ts';
export { log } from './log.ts';
export { log1p } from './log1p.ts';
export { pow } from './power.ts';
export { tanh } from './tanh.ts';
export { cos, sin, tan } from './trigonometric.ts';
