/** The optimizers by name. */
import { type CommonOptions, Optimizer } from './optimizer.ts';
import type { UpdateRule } from './rule.ts';
import {
  adadeltaRule,
  adagradRule,
  adamaxRule,
  adamRule,
  adamWRule,
  lionRule,
  nadamRule,
  rmspropRule,
  sgdRule,
} from './rules.ts';

const optimizer =
  <O extends object>(rule: UpdateRule<O>, defaultRate: number) =>
  (options: Partial<O> & CommonOptions = {}): Optimizer<O> =>
    new Optimizer(rule, defaultRate, options);

/** Stochastic gradient descent with momentum, Nesterov momentum and dampening. */
export const sgd = optimizer(sgdRule, 0.01);
/** Adam, and AMSGrad by option. */
export const adam = optimizer(adamRule, 0.001);
/** Adam with decoupled weight decay. */
export const adamW = optimizer(adamWRule, 0.001);
export const adamax = optimizer(adamaxRule, 0.002);
export const nadam = optimizer(nadamRule, 0.002);
export const rmsprop = optimizer(rmspropRule, 0.01);
export const adagrad = optimizer(adagradRule, 0.01);
export const adadelta = optimizer(adadeltaRule, 1);
export const lion = optimizer(lionRule, 0.0001);

export { type AverageOptions, type MovingAverage, movingAverage } from './average.ts';
export { clipByGlobalNorm, clipByNorm, clipByValue, globalNorm, gradientNorms } from './clip.ts';
export { type CommonOptions, type Gradients, type GroupOptions, Optimizer, penalized } from './optimizer.ts';
