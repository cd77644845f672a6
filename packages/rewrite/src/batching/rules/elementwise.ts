/** Batching of elementwise primitives: all operands have one shape, whatever the axes mean. */
import { type AnyTensor, isFloat, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { where } from '@cotangent/graph/ops';
import type { BatchRule, BatchTable } from '../value.ts';
import { again, alike, along } from './forms.ts';

/** Integers are divided by 1 for examples that are not at work. */
const dividing =
  <P extends 'div' | 'rem'>(): BatchRule<P> =>
  (operands, node, batch) => {
    const [x, by] = operands.map(batch.spread) as [AnyTensor, AnyTensor];
    const divisor =
      batch.active === undefined || isFloat(by.dtype) ? by : where(along(batch.active, by.shape), by, 1);
    return again(node, [x, divisor], node.params as PrimitiveParams<P>);
  };

export const elementwiseBatching: BatchTable<NamesOf<'elementwise'>> = {
  neg: alike(),
  abs: alike(),
  sign: alike(),
  floor: alike(),
  ceil: alike(),
  round: alike(),
  exp: alike(),
  expm1: alike(),
  log: alike(),
  log1p: alike(),
  sqrt: alike(),
  rsqrt: alike(),
  sin: alike(),
  cos: alike(),
  tan: alike(),
  tanh: alike(),
  logistic: alike(),
  erf: alike(),
  not: alike(),
  add: alike(),
  sub: alike(),
  mul: alike(),
  mulNoNan: alike(),
  div: dividing(),
  rem: dividing(),
  pow: alike(),
  max: alike(),
  min: alike(),
  atan2: alike(),
  and: alike(),
  or: alike(),
  xor: alike(),
  shiftLeft: alike(),
  shiftRightLogical: alike(),
  shiftRightArithmetic: alike(),
  compare: alike(),
  select: alike(),
  clamp: alike(),
  convert: alike(),
  bitcast: alike(),
  threefry2x32: alike(),
};
