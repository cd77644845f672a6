/** Formulas of the textbook, each unstable somewhere on the grid: what the grid has to notice. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';

const squared = (x: AnyTensor): AnyTensor => ops.sum(ops.square(x), -1);
const raised = (x: AnyTensor): AnyTensor => ops.exp(x);

/** By the name of the function that they stand for. */
export const naive: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = {
  log1p: (x) => ops.log(ops.add(x, 1)),
  expm1: (x) => ops.sub(ops.exp(x), 1),
  sigmoid: (x) => ops.reciprocal(ops.add(ops.exp(ops.neg(x)), 1)),
  softplus: (x) => ops.log(ops.add(ops.exp(x), 1)),
  logSumExp: (x) => ops.log(ops.sum(raised(x), -1)),
  softmax: (x) => ops.div(raised(x), ops.sum(raised(x), -1, { keepDims: true })),
  logSoftmax: (x) => ops.log(ops.softmax(x, -1)),
  'norm-2': (x) => ops.sqrt(squared(x)),
  variance: (x) => ops.sub(ops.mean(ops.square(x), -1), ops.square(ops.mean(x, -1))),
  std: (x) => ops.sqrt(ops.variance(x, -1)),
  prod: (x) => ops.exp(ops.sum(ops.log(x), -1)),
};
