/** Arithmetic, comparisons, logic and casts, element by element. */
import { type AnyTensor, highest, isFloat, lowest } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { holderOf } from '../elements.ts';
import { type Call, type Operators, unary } from './operator.ts';

type Function2 = (a: AnyTensor, b: AnyTensor) => AnyTensor;

/** Before version 7 the second operand was laid along the axes of the first from `axis` on. */
function aligned(call: Call, a: AnyTensor, b: AnyTensor): AnyTensor {
  const axis = call.opset < 7 ? call.number('axis') : undefined;
  if (axis === undefined) return b;
  const behind = a.shape.length - axis - b.shape.length;
  return ops.reshape(b, [...b.shape, ...Array<number>(behind).fill(1)]);
}

const binary =
  (f: Function2) =>
  (call: Call, a: AnyTensor, b: AnyTensor): AnyTensor =>
    f(a, aligned(call, a, b));

/** Of one operand or more. */
const folded =
  (f: Function2) =>
  (_: Call, ...operands: readonly AnyTensor[]): AnyTensor =>
    operands.reduce(f);

/** The remainder with the sign of the divisor. */
function modulo(a: AnyTensor, b: AnyTensor): AnyTensor {
  const rest = ops.rem(a, b);
  const opposite = ops.xor(ops.less(rest, 0), ops.less(b, 0));
  return ops.where(ops.and(ops.notEqual(rest, 0), opposite), ops.add(rest, b), rest);
}

/** The type of the result is that of the base; whole numbers are raised in float64, which holds them. */
function power(a: AnyTensor, b: AnyTensor): AnyTensor {
  const within = isFloat(a.dtype) ? a.dtype : 'f64';
  return ops.cast(ops.pow(ops.cast(a, within), ops.cast(b, within)), a.dtype);
}

function isInfinite(call: Call, x: AnyTensor): AnyTensor {
  const found = (infinity: number, name: string): AnyTensor =>
    call.flag(name, true) ? ops.equal(x, infinity) : ops.splat(false, x.shape, 'bool');
  return ops.or(found(Infinity, 'detect_positive'), found(-Infinity, 'detect_negative'));
}

/** The ends are operands; before version 11 attributes. */
function clip(call: Call, x: AnyTensor, low?: AnyTensor, high?: AnyTensor): AnyTensor {
  return ops.clamp(
    x,
    low ?? call.number('min') ?? lowest[x.dtype],
    high ?? call.number('max') ?? highest[x.dtype],
  );
}

export const elementwise: Operators = {
  Abs: unary(ops.abs),
  Acos: unary(ops.acos),
  Acosh: unary(ops.acosh),
  Asin: unary(ops.asin),
  Asinh: unary(ops.asinh),
  Atan: unary(ops.atan),
  Atanh: unary(ops.atanh),
  Ceil: unary(ops.ceil),
  Cos: unary(ops.cos),
  Cosh: unary(ops.cosh),
  Erf: unary(ops.erf),
  Exp: unary(ops.exp),
  Floor: unary(ops.floor),
  Identity: unary((x) => x),
  IsInf: isInfinite,
  Log: unary(ops.log),
  Neg: unary(ops.neg),
  Not: unary(ops.not),
  Reciprocal: unary(ops.reciprocal),
  Sign: unary(ops.sign),
  Sin: unary(ops.sin),
  Sinh: unary(ops.sinh),
  Sqrt: unary(ops.sqrt),

  Add: binary(ops.add),
  Sub: binary(ops.sub),
  Mul: binary(ops.mul),
  Div: binary(ops.div),
  Pow: binary(power),
  Mod: (call: Call, a: AnyTensor, b: AnyTensor) => (call.flag('fmod') ? ops.rem(a, b) : modulo(a, b)),
  Max: folded(ops.maximum),
  Min: folded(ops.minimum),
  Sum: folded(ops.add),
  Mean: (_: Call, ...operands: readonly AnyTensor[]) => ops.div(operands.reduce(ops.add), operands.length),

  And: binary(ops.and),
  Or: binary(ops.or),
  Xor: binary(ops.xor),
  Equal: binary(ops.equal),
  Greater: binary(ops.greater),
  GreaterOrEqual: binary(ops.greaterEqual),
  Less: binary(ops.less),
  Where: (_: Call, condition: AnyTensor, a: AnyTensor, b: AnyTensor) => ops.where(condition, a, b),

  Clip: clip,
  Cast: (call: Call, x: AnyTensor) => ops.cast(x, holderOf(call.number('to')!)),
  CastLike: (_: Call, x: AnyTensor, like: AnyTensor) => ops.cast(x, like.dtype),
};
