/**
 * What a value means: the slow engine of the loop language, one lane after the other. It is what emitters are held to.
 *
 * A lane is a number; of i64 it is a bigint; of bool it is 0 or 1. Every operation rounds to its type, and `multiplyAdd`
 * rounds twice.
 */
import {
  type Affine,
  type Buffer,
  isFunctionName,
  type Local,
  type Operation,
  type Scalar,
  type Value,
  type Variable,
} from './ir.ts';
import { partsOf } from './walk.ts';

export type Lane = number | bigint;

/** What is known around a value; where a value asks for nothing, nothing is needed. */
export interface Surroundings {
  readonly local?: (local: Local) => readonly Lane[];
  readonly variable?: (variable: Variable) => number;
  readonly element?: (buffer: Buffer, place: number) => Lane;
}

export const evaluate = (value: Value, surroundings: Surroundings = {}): readonly Lane[] =>
  evaluator(value)(surroundings);

/** A value that is looked at many times: its parts are put in order once, and each is computed once a time. */
export function evaluator(value: Value): (surroundings: Surroundings) => readonly Lane[] {
  const order = inOrder(value);
  const places = new Map(order.map((part, place) => [part, place]));
  const steps = order.map((part) => {
    const operands = partsOf(part).map((operand) => places.get(operand)!);
    return { compute: meaning(part), operands };
  });
  return (surroundings) => {
    const results: (readonly Lane[])[] = [];
    for (const { compute, operands } of steps)
      results.push(
        compute(
          operands.map((place) => results[place]!),
          surroundings,
        ),
      );
    return results.at(-1)!;
  };
}

/** Operands before what uses them. */
function inOrder(value: Value): readonly Value[] {
  const seen = new Set<Value>();
  const order: Value[] = [];
  const stack: { readonly value: Value; next: number }[] = [{ value, next: 0 }];
  seen.add(value);
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const part = partsOf(top.value)[top.next++];
    if (part === undefined) {
      order.push(top.value);
      stack.pop();
    } else if (!seen.has(part)) {
      seen.add(part);
      stack.push({ value: part, next: 0 });
    }
  }
  return order;
}

type Compute = (operands: readonly (readonly Lane[])[], surroundings: Surroundings) => readonly Lane[];

/** What one part is, of what its operands are. */
function meaning(value: Value): Compute {
  const { scalar, lanes } = value.type;
  const all = (lane: Lane): readonly Lane[] => Array(lanes).fill(lane);
  switch (value.kind) {
    case 'number': {
      const number = all(rounded[scalar](value.value));
      return () => number;
    }
    case 'bits': {
      const bits = all(BigInt.asIntN(64, value.value));
      return () => bits;
    }
    case 'ramp': {
      const ramp = Array.from({ length: lanes }, (_, i) => i);
      return () => ramp;
    }
    case 'variable':
      return (_, { variable }) => [given(variable, 'variables')(value.variable)];
    case 'local':
      return (_, { local }) => given(local, 'locals')(value.local);
    case 'load':
      return (operands, surroundings) => {
        const element = given(surroundings.element, 'elements of buffers');
        const start = placeIn(value.at, operands, surroundings);
        return Array.from({ length: lanes }, (_, i) => element(value.buffer, start + i));
      };
    case 'apply':
      return meaningOfOperation(value);
  }
}

function meaningOfOperation({ operation, operands, type }: Extract<Value, { kind: 'apply' }>): Compute {
  const { scalar, lanes } = type;
  if (isFunctionName(operation)) throw new Error(`${operation} is defined in math/, not here.`);
  const across = acrossLanes[operation];
  if (across) return (arrays) => across(arrays, lanes);
  const from = operands[operation === 'select' ? 1 : 0]!.type.scalar;
  const compute = perLane[operation as keyof typeof perLane];
  // An amount to shift by is one for all lanes.
  const at = (array: readonly Lane[] | undefined, i: number): Lane => array?.[i] ?? array?.[0] ?? 0;
  return ([a, b, c]) => {
    const results: Lane[] = [];
    for (let i = 0; i < lanes; i++) results.push(compute(at(a, i), at(b, i), at(c, i), scalar, from));
    return results;
  };
}

function placeIn(at: Affine, computed: readonly (readonly Lane[])[], surroundings: Surroundings): number {
  let place = at.constant;
  for (const { variable, step } of at.terms)
    place += step * given(surroundings.variable, 'variables')(variable);
  for (const [i, { step }] of at.computed.entries()) place += step * Number(computed[i]![0]);
  return place;
}

function given<T>(of: T | undefined, what: string): T {
  if (of === undefined) throw new Error(`A value asks for ${what}, and its surroundings have none.`);
  return of;
}

/** To the type: floats are rounded, integers wrap around. */
const rounded: Record<Scalar, (x: Lane) => Lane> = {
  f32: (x) => Math.fround(Number(x)),
  f64: (x) => Number(x),
  i32: (x) => (typeof x === 'bigint' ? Number(BigInt.asIntN(32, x)) : x | 0),
  u32: (x) => (typeof x === 'bigint' ? Number(BigInt.asUintN(32, x)) : x >>> 0),
  // NaN is not 0.
  bool: (x) => Number(Number(x) !== 0),
  i64: (x) => BigInt.asIntN(64, BigInt(x)),
};

/** Arithmetic on numbers, and the same on bigints; the result is rounded to the type. */
const arithmetic =
  (ofNumbers: (a: number, b: number) => number, ofBigints: (a: bigint, b: bigint) => bigint): PerLane =>
  (a, b, _, to) =>
    rounded[to](typeof a === 'bigint' ? ofBigints(a, BigInt(b)) : ofNumbers(a, Number(b)));
const ofFloat =
  (compute: (x: number) => number): PerLane =>
  (a, _b, _c, to) =>
    rounded[to](compute(Number(a)));
const comparison =
  (holds: (a: Lane, b: Lane) => boolean): PerLane =>
  (a, b) =>
    Number(holds(a, b));
const none = (): bigint => {
  throw new Error('There is no such operation on i64.');
};
const isFloat = (scalar: Scalar): boolean => scalar === 'f32' || scalar === 'f64';

/** Lanes of up to three operands, the scalar type of the result and of the operands. */
type PerLane = (a: Lane, b: Lane, c: Lane, to: Scalar, from: Scalar) => Lane;

/** Operations whose lanes are not those of their operands. */
type AcrossLanes = 'splat' | 'lane' | 'widenLow' | 'widenHigh' | 'narrow';
type Across = (operands: readonly (readonly Lane[])[], lanes: number) => readonly Lane[];

const acrossLanes: Readonly<Partial<Record<Operation, Across>> & Record<AcrossLanes, Across>> = {
  splat: ([a], lanes) => Array(lanes).fill(a![0]!),
  lane: ([a, place]) => [a![Number(place![0])]!],
  widenLow: ([a]) => a!.slice(0, 2),
  widenHigh: ([a]) => a!.slice(2),
  narrow: (halves) => halves.flat().map((lane) => Math.fround(Number(lane))),
};

const perLane: Record<Exclude<Operation, AcrossLanes>, PerLane> = {
  add: arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: (a, b, _, to) =>
    typeof a === 'bigint'
      ? rounded[to](a * BigInt(b))
      : rounded[to](isFloat(to) ? a * Number(b) : Math.imul(a, Number(b))),
  div: (a, b, _, to) =>
    typeof a === 'bigint'
      ? rounded[to](a / BigInt(b))
      : rounded[to](isFloat(to) ? a / Number(b) : Math.trunc(a / Number(b))),
  rem: arithmetic(
    (a, b) => a % b,
    (a, b) => a % b,
  ),
  neg: (a, _b, _c, to) => rounded[to](-a),
  abs: (a, _b, _c, to) => rounded[to](typeof a === 'bigint' ? (a < 0n ? -a : a) : Math.abs(a)),
  sqrt: ofFloat(Math.sqrt),
  min: arithmetic(Math.min, none),
  max: arithmetic(Math.max, none),
  floor: ofFloat(Math.floor),
  ceil: ofFloat(Math.ceil),
  trunc: ofFloat(Math.trunc),
  nearest: ofFloat(nearest),
  multiplyAdd: (a, b, c, to) => rounded[to](Number(rounded[to](Number(a) * Number(b))) + Number(c)),
  eq: comparison((a, b) => a === b),
  ne: comparison((a, b) => a !== b),
  lt: comparison((a, b) => a < b),
  le: comparison((a, b) => a <= b),
  gt: comparison((a, b) => a > b),
  ge: comparison((a, b) => a >= b),
  and: arithmetic(
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  or: arithmetic(
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  xor: arithmetic(
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  not: (a, _b, _c, to) => (to === 'bool' ? 1 - Number(a) : rounded[to](~a)),
  shiftLeft: arithmetic(
    (a, b) => a << b,
    (a, b) => a << b,
  ),
  shiftRight: arithmetic(
    (a, b) => a >> b,
    (a, b) => a >> b,
  ),
  shiftRightUnsigned: arithmetic(
    (a, b) => a >>> b,
    (a, b) => BigInt.asUintN(64, a) >> b,
  ),
  select: (condition, a, b) => (condition ? a : b),
  convert: (a, _b, _c, to, from) => (isFloat(from) ? converted(Number(a), to) : rounded[to](a)),
  bitcast: (a, _b, _c, to, from) => {
    writeBits[from](a);
    return readBits[to]();
  },
};

/** To the nearest whole number, halves to even; -0 stays. */
function nearest(x: number): number {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const size = Math.abs(x) + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -size : size;
}

const ranges: Partial<Record<Scalar, readonly [least: number, greatest: number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

/** A float in another type. */
function converted(a: number, to: Scalar): Lane {
  if (isFloat(to) || to === 'bool') return rounded[to](a);
  const whole = Number.isNaN(a) ? 0 : Math.trunc(a);
  const range = ranges[to];
  if (range) return rounded[to](Math.min(Math.max(whole, range[0]), range[1]));
  if (Math.abs(whole) >= 2 ** 63) return whole > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  return BigInt(whole);
}

const view = new DataView(new ArrayBuffer(8));
const writeBits: Record<Scalar, (x: Lane) => void> = {
  f32: (x) => view.setFloat32(0, Number(x), true),
  f64: (x) => view.setFloat64(0, Number(x), true),
  i32: (x) => view.setInt32(0, Number(x), true),
  u32: (x) => view.setUint32(0, Number(x), true),
  bool: (x) => view.setInt32(0, x ? -1 : 0, true),
  i64: (x) => view.setBigInt64(0, BigInt(x), true),
};
const readBits: Record<Scalar, () => Lane> = {
  f32: () => view.getFloat32(0, true),
  f64: () => view.getFloat64(0, true),
  i32: () => view.getInt32(0, true),
  u32: () => view.getUint32(0, true),
  bool: () => Number(view.getInt32(0, true) !== 0),
  i64: () => view.getBigInt64(0, true),
};
