/** Elementwise functions of the DSL: arithmetic with broadcasting, comparisons, and compositions of them. */
import { type DType, isFloat } from '../dtype.ts';
import { type AnyTensor, apply1, fail } from '../node.ts';
import type { PrimitiveName } from '../primitives/index.ts';
import { broadcastAll, type Operand, operand, sameDType, splat } from './operands.ts';

type Empty = Readonly<Record<string, never>>;
type Plain = {
  [P in PrimitiveName]: Empty extends import('../primitives/index.ts').PrimitiveParams<P> ? P : never;
}[PrimitiveName];

const unary =
  (op: Plain) =>
  (x: AnyTensor): AnyTensor =>
    apply1(op, [x], {});

/** Applies a binary primitive after making the operands alike. */
export function binary(op: Plain, a: AnyTensor, b: Operand): AnyTensor {
  const right = operand(b, a);
  sameDType(a, right);
  return apply1(op, broadcastAll([a, right]), {});
}

const arithmetic =
  (op: Plain) =>
  (a: AnyTensor, b: Operand): AnyTensor =>
    binary(op, a, b);

const comparison =
  (direction: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') =>
  (a: AnyTensor, b: Operand): AnyTensor => {
    const right = operand(b, a);
    sameDType(a, right);
    return apply1('compare', broadcastAll([a, right]), { direction });
  };

export const neg = unary('neg');
export const abs = unary('abs');
export const sign = unary('sign');
export const floor = unary('floor');
export const ceil = unary('ceil');
export const round = unary('round');
export const exp = unary('exp');
export const expm1 = unary('expm1');
export const log = unary('log');
export const log1p = unary('log1p');
export const sqrt = unary('sqrt');
export const rsqrt = unary('rsqrt');
export const sin = unary('sin');
export const cos = unary('cos');
export const tan = unary('tan');
export const tanh = unary('tanh');
export const sigmoid = unary('logistic');
export const erf = unary('erf');
export const not = unary('not');

export const add = arithmetic('add');
export const sub = arithmetic('sub');
export const mul = arithmetic('mul');
export const div = arithmetic('div');
export const rem = arithmetic('rem');
export const maximum = arithmetic('max');
export const minimum = arithmetic('min');
export const atan2 = arithmetic('atan2');
export const and = arithmetic('and');
export const or = arithmetic('or');
export const xor = arithmetic('xor');
export const shiftLeft = arithmetic('shiftLeft');
export const shiftRightLogical = arithmetic('shiftRightLogical');
export const shiftRightArithmetic = arithmetic('shiftRightArithmetic');
export const mulNoNan = arithmetic('mulNoNan');

export const equal = comparison('eq');
export const notEqual = comparison('ne');
export const less = comparison('lt');
export const lessEqual = comparison('le');
export const greater = comparison('gt');
export const greaterEqual = comparison('ge');

/** a^b. A whole exponent up to 3 given as a number becomes a product, which is exact and has plain derivatives. */
export function pow(a: AnyTensor, b: Operand): AnyTensor {
  if (b === 1) return a;
  if (b === 2) return square(a);
  if (b === 3) return mul(square(a), a);
  return binary('pow', a, b);
}

export const square = (x: AnyTensor): AnyTensor => apply1('mul', [x, x], {});
export const reciprocal = (x: AnyTensor): AnyTensor => apply1('div', [splat(1, x.shape, x.dtype), x], {});

/** condition ? a : b, elementwise with broadcasting. */
export function where(condition: AnyTensor, a: Operand, b: Operand): AnyTensor {
  const like = typeof a === 'object' ? a : b;
  if (typeof like !== 'object') {
    // Two numbers: floats of the shape of the condition.
    return apply1(
      'select',
      [condition, splat(a as number, condition.shape, 'f32'), splat(b as number, condition.shape, 'f32')],
      {},
    );
  }
  const [left, right] = [operand(a, like), operand(b, like)];
  sameDType(left, right);
  if (condition.dtype !== 'bool')
    throw fail('DTYPE_MISMATCH', `a condition is bool, not ${condition.dtype}: compare it with a number`);
  return apply1('select', broadcastAll([condition, left, right]), {});
}

/** Limits to [low, high]. The derivative is 1 inside and at the ends, 0 outside. */
export function clamp(x: AnyTensor, low: Operand, high: Operand): AnyTensor {
  const [lower, upper] = [operand(low, x), operand(high, x)];
  sameDType(x, lower);
  sameDType(x, upper);
  return apply1('clamp', broadcastAll([x, lower, upper]), {});
}

export function cast(x: AnyTensor, dtype: DType): AnyTensor {
  return x.dtype === dtype ? x : apply1('convert', [x], { dtype });
}
export const bitcast = (x: AnyTensor, dtype: DType): AnyTensor => apply1('bitcast', [x], { dtype });

/** Beyond `far`, and below 1/far, squares may leave the range of the dtype; times 1/unit or unit they are within. */
const ranges = { f32: { far: 2 ** 50, unit: 2 ** 100 }, f64: { far: 2 ** 400, unit: 2 ** 700 } } as const;

/**
 * A factor for numbers up to `largest` that keeps their squares in range, as a constant: 1 for ordinary numbers, and a
 * power of two, so that nothing is rounded.
 */
export function factorForSquares(largest: AnyTensor): AnyTensor {
  const { far, unit } = ranges[largest.dtype === 'f64' ? 'f64' : 'f32'];
  const one = splat(1, largest.shape, largest.dtype);
  const factor = where(greater(largest, far), 1 / unit, where(less(largest, 1 / far), unit, one));
  return apply1('stopGradient', [factor], {});
}

/** √(a² + b²) without overflow on the way. Beside an infinite operand it is the larger size, in derivative, too. */
export function hypot(a: AnyTensor, b: Operand): AnyTensor {
  const other = operand(b, a);
  const largest = maximum(abs(a), abs(other));
  const factor = factorForSquares(largest);
  const root = sqrt(add(square(mul(a, factor)), square(mul(other, factor))));
  return where(less(largest, Infinity), div(root, factor), largest);
}

export const isNan = (x: AnyTensor): AnyTensor => notEqual(x, x);
const finite = (x: AnyTensor): AnyTensor => (isFloat(x.dtype) ? less(abs(x), Infinity) : equal(x, x));

export { finite as isFinite };

// Inverse and hyperbolic functions in terms of the primitives, in forms that keep their digits.

/** atan2(x, 1) */
export const atan = (x: AnyTensor): AnyTensor => binary('atan2', x, 1);
/** atan2(x, √((1 − x)(1 + x))) */
export const asin = (x: AnyTensor): AnyTensor => atan2(x, sqrt(mul(sub(operand(1, x), x), add(x, 1))));
/** atan2(√((1 − x)(1 + x)), x) */
export const acos = (x: AnyTensor): AnyTensor => atan2(sqrt(mul(sub(operand(1, x), x), add(x, 1))), x);

/** Mirrors a function given for x ≥ 0 to an odd one; both branches see only arguments ≥ 0. */
function odd(x: AnyTensor, positive: (x: AnyTensor) => AnyTensor): AnyTensor {
  const negative = less(x, 0);
  const value = positive(where(negative, neg(x), x));
  return where(negative, neg(value), value);
}

/** (e + e / (e + 1)) / 2 with e = exp(x) − 1, for small x; exp(x − ln 2) beyond. */
export const sinh = (x: AnyTensor): AnyTensor =>
  odd(x, (u) => {
    const near = less(u, 1);
    const e = expm1(where(near, u, 0));
    const small = div(add(e, div(e, add(e, 1))), 2);
    const far = where(near, 1, u);
    const large = sub(exp(sub(far, Math.LN2)), exp(sub(neg(far), Math.LN2)));
    return where(near, small, large);
  });
/** exp(x − ln 2) + exp(−x − ln 2) */
export const cosh = (x: AnyTensor): AnyTensor => add(exp(sub(x, Math.LN2)), exp(sub(neg(x), Math.LN2)));
/** ln(x + √(x² + 1)) as log1p(x + x² / (1 + √(x² + 1))), which is exact near 0. */
export const asinh = (x: AnyTensor): AnyTensor =>
  odd(x, (u) => {
    const far = greater(u, 1e8);
    const v = where(far, 1, u);
    const squared = square(v);
    const near = log1p(add(v, div(squared, add(sqrt(add(squared, 1)), 1))));
    return where(far, add(log(where(far, u, 1)), Math.LN2), near);
  });
/** ln(x + √(x − 1)·√(x + 1)) */
export const acosh = (x: AnyTensor): AnyTensor => log(add(x, mul(sqrt(sub(x, 1)), sqrt(add(x, 1)))));
/** (log1p(x) − log1p(−x)) / 2 */
export const atanh = (x: AnyTensor): AnyTensor => div(sub(log1p(x), log1p(neg(x))), 2);
