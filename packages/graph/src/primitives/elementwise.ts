/** Elementwise arithmetic: one shape in, the same shape out. Broadcasting is the business of the DSL. */
import { type DType, dtypes, isFloat } from '../dtype.ts';
import { dtypeKind, oneOf, type ParamKinds, type ParamsOf } from '../params.ts';
import { constraint, type Primitive, primitive, type Traits } from '../primitive.ts';
import { formatShape, sameShape, type ValueType } from '../shape.ts';

const sameShapes = (inputs: readonly ValueType[], number: number) =>
  constraint(
    inputs.every((input) => sameShape(input.shape, inputs[0]!.shape)),
    number,
    () =>
      `operands must have one shape, not ${inputs.map((input) => formatShape(input.shape)).join(' and ')}`,
    inputs,
  );

const sameDTypes = (inputs: readonly ValueType[], number: number) =>
  constraint(
    inputs.every((input) => input.dtype === inputs[0]!.dtype),
    number,
    () => {
      const other = inputs.find((input) => input.dtype !== inputs[0]!.dtype)!;
      return `one operand is ${inputs[0]!.dtype} and the other ${other.dtype}: convert one with .cast('${isFloat(other.dtype) ? other.dtype : inputs[0]!.dtype}')`;
    },
    inputs,
    'DTYPE_MISMATCH',
  );

const takes = (inputs: readonly ValueType[], allowed: readonly DType[], number: number) =>
  constraint(
    inputs.every((input) => allowed.includes(input.dtype)),
    number,
    () =>
      `takes ${allowed.join(', ')}, not ${inputs.find((input) => !allowed.includes(input.dtype))!.dtype}: convert with .cast('${allowed[0]}')`,
    inputs,
    'DTYPE_MISMATCH',
  );

/** C1: allowed dtypes. C2: one dtype. C3: one shape. */
const elementwise = (
  arity: number,
  allowed: readonly DType[],
  traits: Traits = {},
): Primitive<Record<never, never>> =>
  primitive({
    params: {},
    arity,
    traits: { elementwise: true, ...traits },
    infer: (inputs) => {
      takes(inputs, allowed, 1);
      sameDTypes(inputs, 2);
      sameShapes(inputs, 3);
      return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
    },
  });

const floats: readonly DType[] = ['f32', 'f64'];
const signed: readonly DType[] = ['f32', 'f64', 'i32'];
const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
const integers: readonly DType[] = ['i32', 'u32'];
const bits: readonly DType[] = ['i32', 'u32', 'bool'];
const all = dtypes;

const unary = (allowed: readonly DType[]) => elementwise(1, allowed);
const binary = (allowed: readonly DType[], traits?: Traits) => elementwise(2, allowed, traits);
const commutative: Traits = { commutative: true };
/** Floats have an infinity to divide by zero into. */
const divides: Traits = { partial: ([x]) => !isFloat(x!.dtype) };

/** Bits of a dtype: bitcast keeps them. */
const widths: Readonly<Record<DType, number>> = { f32: 32, f64: 64, i32: 32, u32: 32, bool: 8 };

const sameResult = <K extends ParamKinds>(
  params: K,
  arity: number,
  infer: (inputs: readonly ValueType[], params: ParamsOf<K>) => DType,
): Primitive<K> =>
  primitive({
    params,
    arity,
    traits: { elementwise: true },
    infer: (inputs, values) => [{ dtype: infer(inputs, values), shape: inputs[0]!.shape }],
  });

export const elementwisePrimitives = {
  // unary
  neg: unary(signed),
  abs: unary(signed),
  sign: unary(signed),
  floor: unary(floats),
  ceil: unary(floats),
  /** To the nearest whole number, halves to even. */
  round: unary(floats),
  exp: unary(floats),
  expm1: unary(floats),
  log: unary(floats),
  log1p: unary(floats),
  sqrt: unary(floats),
  rsqrt: unary(floats),
  sin: unary(floats),
  cos: unary(floats),
  tan: unary(floats),
  tanh: unary(floats),
  /** 1 / (1 + exp(-x)) */
  logistic: unary(floats),
  erf: unary(floats),
  /** Logical complement of bool, bitwise of integers. */
  not: unary(bits),
  // binary
  add: binary(numbers, commutative),
  sub: binary(numbers),
  mul: binary(numbers, commutative),
  /** Quotient; of integers rounded towards zero. A division of an integer by 0 is the user's error. */
  div: binary(numbers, divides),
  /** Remainder with the sign of the dividend. */
  rem: binary(numbers, divides),
  pow: binary(floats),
  max: binary(all, commutative),
  min: binary(all, commutative),
  /** Angle of the point (operand 1, operand 0). */
  atan2: binary(floats),
  /** Product that is 0 wherever a factor is exactly 0, even times NaN or infinity; otherwise as mul, signed zeros too. */
  mulNoNan: binary(floats, { ...commutative, guard: true }),
  and: binary(bits, commutative),
  or: binary(bits, commutative),
  xor: binary(bits, commutative),
  shiftLeft: binary(integers),
  shiftRightLogical: binary(integers),
  shiftRightArithmetic: binary(integers),
  /** C1: one dtype. C2: one shape. The result is bool; comparisons with NaN are false, but for 'ne'. */
  compare: primitive({
    params: { direction: oneOf('eq', 'ne', 'lt', 'le', 'gt', 'ge') },
    arity: 2,
    traits: { elementwise: true },
    infer: (inputs) => {
      sameDTypes(inputs, 1);
      sameShapes(inputs, 2);
      return [{ dtype: 'bool', shape: inputs[0]!.shape }];
    },
  }),
  /** condition ? a : b. C1: the condition is bool. C2: one shape. C3: branches of one dtype. */
  select: primitive({
    params: {},
    arity: 3,
    traits: { elementwise: true, guard: true },
    infer: ([condition, a, b]) => {
      constraint(
        condition!.dtype === 'bool',
        1,
        () => `a condition is bool, not ${condition!.dtype}`,
        [condition!],
        'DTYPE_MISMATCH',
      );
      sameShapes([condition!, a!, b!], 2);
      sameDTypes([a!, b!], 3);
      return [{ dtype: a!.dtype, shape: a!.shape }];
    },
  }),
  /** min(max(x, low), high). C1: numbers. C2: one dtype. C3: one shape. */
  clamp: elementwise(3, numbers),
  /** Value conversion; floats truncate towards zero on the way to integers. */
  convert: sameResult({ dtype: dtypeKind }, 1, (_, { dtype }) => dtype),
  /** Same bits, another dtype. C1: equal widths. */
  bitcast: sameResult({ dtype: dtypeKind }, 1, ([x], { dtype }) => {
    constraint(
      widths[x!.dtype] === widths[dtype],
      1,
      () =>
        `${x!.dtype} has ${widths[x!.dtype]} bits and ${dtype} ${widths[dtype]}: bitcast needs equal widths`,
      [x!],
      'DTYPE_MISMATCH',
    );
    return dtype;
  }),
  /**
   * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
   * key (0, 1) and counter (2, 3) to two random words. C1: u32. C3: one shape.
   */
  threefry2x32: primitive({
    params: {},
    arity: 4,
    traits: { elementwise: true },
    infer: (inputs) => {
      takes(inputs, ['u32'], 1);
      sameShapes(inputs, 3);
      return [inputs[0]!, inputs[0]!].map(({ dtype, shape }) => ({ dtype, shape }));
    },
  }),
};
