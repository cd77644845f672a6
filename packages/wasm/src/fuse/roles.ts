/** What part a primitive plays when nodes are put together into loops. One entry per primitive. */
import type { PrimitiveName } from '@cotangent/graph';

export type Role =
  /** A value from values at the same place. */
  | 'elementwise'
  /** Elements of one array at computed places; arrays and places have to lie in memory. */
  | 'lookup'
  /** A value from its place alone. */
  | 'source'
  /** Elements of the operand at places that are affine in those of the result. */
  | 'view'
  /** Operands pass, in the same row-major order. */
  | 'alias'
  /** Axes that disappear. */
  | 'reduction'
  /** Sums of products. */
  | 'contraction'
  /** A kernel of its own. */
  | 'whole'
  /** Graphs inside. */
  | 'control';

export const roles: { readonly [P in PrimitiveName]: Role } = {
  neg: 'elementwise',
  abs: 'elementwise',
  sign: 'elementwise',
  floor: 'elementwise',
  ceil: 'elementwise',
  round: 'elementwise',
  exp: 'elementwise',
  expm1: 'elementwise',
  log: 'elementwise',
  log1p: 'elementwise',
  sqrt: 'elementwise',
  rsqrt: 'elementwise',
  sin: 'elementwise',
  cos: 'elementwise',
  tan: 'elementwise',
  tanh: 'elementwise',
  logistic: 'elementwise',
  erf: 'elementwise',
  not: 'elementwise',
  add: 'elementwise',
  sub: 'elementwise',
  mul: 'elementwise',
  div: 'elementwise',
  rem: 'whole',
  pow: 'elementwise',
  max: 'elementwise',
  min: 'elementwise',
  atan2: 'elementwise',
  mulNoNan: 'elementwise',
  and: 'elementwise',
  or: 'elementwise',
  xor: 'elementwise',
  shiftLeft: 'elementwise',
  shiftRightLogical: 'elementwise',
  shiftRightArithmetic: 'elementwise',
  compare: 'elementwise',
  select: 'elementwise',
  clamp: 'elementwise',
  convert: 'elementwise',
  bitcast: 'elementwise',
  threefry2x32: 'elementwise',
  constant: 'source',
  iota: 'source',
  dimensionSize: 'source',
  broadcastInDim: 'view',
  reshape: 'alias',
  transpose: 'view',
  reverse: 'view',
  slice: 'view',
  pad: 'whole',
  concatenate: 'whole',
  dynamicSlice: 'lookup',
  dynamicUpdateSlice: 'whole',
  cumulativeSum: 'whole',
  cumulativeProd: 'whole',
  cumulativeMax: 'whole',
  cumulativeMin: 'whole',
  gather: 'lookup',
  scatterAdd: 'whole',
  scatterSet: 'whole',
  sort: 'whole',
  topK: 'whole',
  reduceSum: 'reduction',
  reduceProd: 'reduction',
  reduceMax: 'reduction',
  reduceMin: 'reduction',
  reduceAnd: 'reduction',
  reduceOr: 'reduction',
  argMax: 'whole',
  argMin: 'whole',
  dotGeneral: 'contraction',
  convGeneral: 'contraction',
  reduceWindowSum: 'whole',
  reduceWindowMax: 'whole',
  reduceWindowMin: 'whole',
  reduceWindowArgMax: 'whole',
  reduceWindowArgMin: 'whole',
  stopGradient: 'alias',
  optimizationBarrier: 'alias',
  tag: 'alias',
  check: 'alias',
  call: 'control',
  cond: 'control',
  while: 'control',
  scan: 'control',
  customJvp: 'alias',
  customVjp: 'alias',
  customLinear: 'control',
};
