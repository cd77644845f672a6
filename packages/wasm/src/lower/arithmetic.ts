/** Elementwise primitives as values: one row per primitive, results from operands. */
import { type DType, type Node, paramsOf } from '@cotangent/graph';
import type { NamesInRole } from '../fuse/roles.ts';
import {
  add,
  and,
  apply,
  bitcast,
  convert,
  div,
  integer,
  isNotNumber,
  like,
  max,
  min,
  mul,
  not,
  number,
  or,
  select,
  sub,
} from '../loops/build.ts';
import type { FunctionName, Operation, Value } from '../loops/ir.ts';

type Rule = (operands: readonly Value[], node: Node) => readonly Value[];
const one =
  (f: (x: Value) => Value): Rule =>
  ([x]) => [f(x!)];
const two =
  (f: (a: Value, b: Value) => Value): Rule =>
  ([a, b]) => [f(a!, b!)];
const machine =
  (operation: Operation | FunctionName): Rule =>
  (operands) => [apply(operation, ...operands)];

const isFloatValue = ({ type }: Value): boolean => type.scalar === 'f32' || type.scalar === 'f64';

/** Machines have no least and largest of scalar integers. */
const least = (a: Value, b: Value): Value =>
  isFloatValue(a) || a.type.scalar === 'bool' ? min(a, b) : select(apply('lt', a, b), a, b);
const largest = (a: Value, b: Value): Value =>
  isFloatValue(a) || a.type.scalar === 'bool' ? max(a, b) : select(apply('gt', a, b), a, b);

const sign = (x: Value): Value =>
  select(apply('gt', x, like(x, 0)), like(x, 1), select(apply('lt', x, like(x, 0)), like(x, -1), x));

/** A factor of exactly 0 gives 0 where the product is not a number. */
function multiplyNoNaN(a: Value, b: Value): Value {
  const product = mul(a, b);
  const isZero = or(apply('eq', a, like(a, 0)), apply('eq', b, like(b, 0)));
  return select(and(isNotNumber(product), isZero), like(product, 0), product);
}

/** Divisors were looked at before; where there is a 0 all the same, what comes out is thrown away. */
function divide(a: Value, b: Value): Value {
  if (isFloatValue(a)) return div(a, b);
  const safe = select(apply('eq', b, like(b, 0)), like(b, 1), b);
  if (a.type.scalar === 'u32') return div(a, safe);
  // The lowest integer by -1 wraps to itself, where machines stop.
  const isMinusOne = apply('eq', safe, like(b, -1));
  return select(isMinusOne, apply('neg', a), div(a, select(isMinusOne, like(b, 1), safe)));
}

/** An amount of 32 or more, read as unsigned, moves everything out. */
const shift =
  (operation: Operation, signed: boolean): Rule =>
  ([x, by]) => {
    if (by!.kind === 'number' && by.value >= 0 && by.value < 32)
      return [apply(operation, x!, integer(by.value))];
    const amount = bitcast(by!, 'i32');
    const inside = apply('lt', bitcast(by!, 'u32'), number({ scalar: 'u32', lanes: by!.type.lanes }, 32));
    const moved = apply(operation, x!, amount);
    return [select(inside, moved, signed ? apply('shiftRight', x!, integer(31)) : like(x!, 0))];
  };

/** Conversion by value as JavaScript has it: towards zero, and modulo 2³² into integers. */
export function convertValue(x: Value, dtype: DType): Value {
  const { scalar } = x.type;
  if (scalar === dtype) return x;
  if (dtype === 'bool' || dtype === 'f32' || dtype === 'f64') return convert(x, dtype);
  if (!isFloatValue(x)) return convert(x, dtype);
  // t − 2³²·⌊t / 2³²⌋ is exact in double precision, and lies below 2³².
  const whole = apply('trunc', convert(x, 'f64'));
  const wrapped = sub(whole, mul(like(whole, 2 ** 32), apply('floor', mul(whole, like(whole, 2 ** -32)))));
  return bitcast(convert(convert(wrapped, 'i64'), 'i32'), dtype);
}

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** Threefry-2x32 with 20 rounds (Salmon et al., SC 2011): every fourth round two of three key words are added. */
function threefry([key0, key1, counter0, counter1]: readonly Value[]): readonly Value[] {
  const keys = [key0!, key1!, apply('xor', apply('xor', key0!, key1!), like(key0!, 0x1bd11bda))];
  let x = add(counter0!, keys[0]!);
  let y = add(counter1!, keys[1]!);
  for (let round = 0; round < 20; ) {
    const by = rotations[round & 7]!;
    x = add(x, y);
    const rotated = or(apply('shiftLeft', y, integer(by)), apply('shiftRightUnsigned', y, integer(32 - by)));
    y = apply('xor', rotated, x);
    if ((++round & 3) !== 0) continue;
    const injection = round >> 2;
    x = add(x, keys[injection % 3]!);
    y = add(add(y, keys[(injection + 1) % 3]!), like(y, injection));
  }
  return [x, y];
}

const comparisons = { eq: 'eq', ne: 'ne', lt: 'lt', le: 'le', gt: 'gt', ge: 'ge' } as const;

export const arithmetic: Readonly<Record<NamesInRole<'elementwise'>, Rule>> = {
  neg: machine('neg'),
  abs: machine('abs'),
  sign: one(sign),
  floor: machine('floor'),
  ceil: machine('ceil'),
  round: machine('nearest'),
  exp: machine('exp'),
  expm1: machine('expm1'),
  log: machine('log'),
  log1p: machine('log1p'),
  sqrt: machine('sqrt'),
  rsqrt: one((x) => div(like(x, 1), apply('sqrt', x))),
  sin: machine('sin'),
  cos: machine('cos'),
  tan: machine('tan'),
  tanh: machine('tanh'),
  logistic: machine('logistic'),
  erf: machine('erf'),
  not: one(not),
  add: two(add),
  sub: two(sub),
  mul: two(mul),
  div: two(divide),
  pow: machine('pow'),
  max: two(largest),
  min: two(least),
  atan2: machine('atan2'),
  mulNoNan: two(multiplyNoNaN),
  and: two(and),
  or: two(or),
  xor: machine('xor'),
  shiftLeft: shift('shiftLeft', false),
  shiftRightLogical: shift('shiftRightUnsigned', false),
  shiftRightArithmetic: shift('shiftRight', true),
  compare: ([a, b], node) => [apply(comparisons[paramsOf<'compare'>(node).direction], a!, b!)],
  select: machine('select'),
  clamp: ([x, low, high]) => [least(largest(x!, low!), high!)],
  convert: ([x], node) => [convertValue(x!, paramsOf<'convert'>(node).dtype)],
  bitcast: ([x], node) => [bitcast(x!, paramsOf<'bitcast'>(node).dtype)],
  threefry2x32: threefry,
};

export const isElementwise = (op: string): op is NamesInRole<'elementwise'> => Object.hasOwn(arithmetic, op);
export { isFloatValue, largest, least };
