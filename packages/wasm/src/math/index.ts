/** Functions that no machine has, as values of the loop language: see README.md for how exact each is. */
export { exp, logistic } from './exp.ts';
export { log } from './log.ts';
export { tanh } from './tanh.ts';
