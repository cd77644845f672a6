/** Elementwise operators of WebNN: arithmetic, comparisons and logic with bytes, casts, activations. */
import { type AnyTensor, type FloatDType, highest, isFloat, lowest } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type DataType, holderOf } from '../numbers.ts';
import { binary, type Operators, type Unary, unary } from './operator.ts';

/** WebNN has bytes where we have bool. */
const byte = (condition: AnyTensor): AnyTensor => ops.cast(condition, 'i32');
const truth = (x: AnyTensor): AnyTensor => ops.notEqual(x, 0);
const comparison = (f: (a: AnyTensor, b: AnyTensor) => AnyTensor) => binary((a, b) => byte(f(a, b)));
const logical = (f: (a: AnyTensor, b: AnyTensor) => AnyTensor) =>
  binary((a, b) => byte(f(truth(a), truth(b))));

/** Towards zero. */
const truncated = (x: AnyTensor): AnyTensor => ops.where(ops.less(x, 0), ops.ceil(x), ops.floor(x));

/** To the dtype that holds a type, and into its range: integers keep their lowest bits. */
function castTo(x: AnyTensor, type: DataType, real: FloatDType): AnyTensor {
  if (type === 'uint8') return ops.and(ops.cast(x, 'i32'), 255);
  if (type === 'int8') return ops.sub(ops.and(ops.add(ops.cast(x, 'i32'), 128), 255), 128);
  const wide = type === 'int64' || type === 'uint64';
  return ops.cast(wide && isFloat(x.dtype) ? truncated(x) : x, holderOf(type, real));
}

interface Line {
  readonly alpha?: number;
  readonly beta?: number;
}

export const elementwise: Operators = {
  abs: unary(ops.abs),
  ceil: unary(ops.ceil),
  cos: unary(ops.cos),
  erf: unary(ops.erf),
  exp: unary(ops.exp),
  floor: unary(ops.floor),
  identity: unary((x) => x),
  log: unary(ops.log),
  neg: unary(ops.neg),
  reciprocal: unary(ops.reciprocal),
  sign: unary(ops.sign),
  sin: unary(ops.sin),
  sqrt: unary(ops.sqrt),
  tan: unary(ops.tan),
  tanh: unary(ops.tanh),

  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: binary(ops.div),
  pow: binary(ops.pow),
  max: binary(ops.maximum),
  min: binary(ops.minimum),

  equal: comparison(ops.equal),
  notEqual: comparison(ops.notEqual),
  greater: comparison(ops.greater),
  greaterOrEqual: comparison(ops.greaterEqual),
  lesser: comparison(ops.less),
  lesserOrEqual: comparison(ops.lessEqual),
  logicalAnd: logical(ops.and),
  logicalOr: logical(ops.or),
  logicalXor: logical(ops.xor),
  logicalNot: unary((x) => byte(ops.not(truth(x)))),
  where: ({
    condition,
    trueValue,
    falseValue,
  }: Record<'condition' | 'trueValue' | 'falseValue', AnyTensor>) =>
    ops.where(truth(condition), trueValue, falseValue),

  cast: ({ input, type }: Unary & { type: DataType }, _, { real }) => castTo(input, type, real),
  clamp: ({ input }: Unary, { minValue, maxValue }: { minValue?: number; maxValue?: number }) =>
    ops.clamp(input, minValue ?? lowest[input.dtype], maxValue ?? highest[input.dtype]),

  elu: ({ input }: Unary, { alpha = 1 }: Line) => ops.elu(input, alpha),
  gelu: unary((x) => ops.gelu(x)),
  hardSigmoid: ({ input }: Unary, { alpha = 0.2, beta = 0.5 }: Line) => ops.hardSigmoid(input, alpha, beta),
  hardSwish: unary(ops.hardSwish),
  leakyRelu: ({ input }: Unary, { alpha = 0.01 }: Line) => ops.leakyRelu(input, alpha),
  linear: ({ input }: Unary, { alpha = 1, beta = 0 }: Line) => ops.add(ops.mul(input, alpha), beta),
  prelu: ({ input, slope }: Unary & { slope: AnyTensor }) => ops.prelu(input, slope),
  relu: unary(ops.relu),
  sigmoid: unary(ops.sigmoid),
  softplus: unary((x) => ops.softplus(x)),
  softsign: unary(ops.softsign),
};
