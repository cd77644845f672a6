/** Random values of the loop language: every operation on every type that the machine has it for. */
import { apply, bitcast, number, typeOf } from '../../loops/build.ts';
import {
  type Lanes,
  type Operation,
  operations,
  type Scalar,
  type Type,
  type Value,
} from '../../loops/ir.ts';
import type { Target } from '../../lower/nest.ts';

export interface Chance {
  /** In [0, 1). */
  unit(): number;
}

export const pick = <T>(chance: Chance, list: readonly T[]): T =>
  list[Math.floor(chance.unit() * list.length)]!;

/** The types that go together: operations lead from one of a group to another of it. */
export const groups: readonly (readonly Type[])[] = [
  (['f32', 'f64', 'i32', 'u32', 'bool', 'i64'] as const).map((scalar) => typeOf(scalar)),
  (['f32', 'i32', 'u32', 'bool'] as const).map((scalar) => typeOf(scalar, 4)),
  (['f64', 'i64', 'bool'] as const).map((scalar) => typeOf(scalar, 2)),
];

const numbers: Readonly<Record<Scalar, readonly number[]>> = {
  f32: [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3e38, -3e38, 2 ** -149, 1e-40, 16777216, Infinity, -Infinity, NaN],
  f64: [
    0,
    -0,
    1,
    -1,
    0.5,
    -1.5,
    2.5,
    1e308,
    -1e308,
    5e-324,
    4294967296,
    -2147483649,
    Infinity,
    -Infinity,
    NaN,
  ],
  i32: [0, 1, -1, 2, 31, 32, 255, -256, 65536, 2147483647, -2147483648],
  u32: [0, 1, 2, 31, 32, 255, 65535, 2147483648, 4294967295],
  bool: [0, 1],
  i64: [0, 1, -1, 2147483648, -4294967296],
};

export const constantOf = (chance: Chance, type: Type): Value => {
  const value = pick(chance, numbers[type.scalar]);
  return number(type, type.scalar === 'f32' ? Math.fround(value) : value);
};

/** A number at which naive code goes wrong, or an ordinary one. */
export function element(chance: Chance, scalar: Exclude<Scalar, 'i64'>): number {
  if (scalar === 'bool') return Math.floor(chance.unit() * 2);
  if (chance.unit() < 0.4) return pick(chance, numbers[scalar]);
  if (scalar === 'i32') return Math.floor((chance.unit() - 0.5) * 2 ** 32);
  if (scalar === 'u32') return Math.floor(chance.unit() * 2 ** 32);
  return (chance.unit() - 0.5) * 10 ** Math.floor(chance.unit() * 6);
}

const comparisons: ReadonlySet<Operation> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);
const unary: ReadonlySet<Operation> = new Set([
  'neg',
  'abs',
  'sqrt',
  'floor',
  'ceil',
  'trunc',
  'nearest',
  'not',
]);
/** Made of others in ways of their own. */
const apart: ReadonlySet<Operation> = new Set([
  'convert',
  'bitcast',
  'splat',
  'lane',
  'select',
  'multiplyAdd',
  'widenLow',
  'widenHigh',
  'narrow',
]);
const plain = operations.filter((operation) => !apart.has(operation));

const isFloat = ({ scalar }: Type): boolean => scalar === 'f32' || scalar === 'f64';
const isInteger = ({ scalar }: Type): boolean => scalar === 'i32' || scalar === 'u32' || scalar === 'i64';
const sizeOf = ({ scalar }: Type): number => (scalar === 'f64' || scalar === 'i64' ? 8 : 4);

/** Operations that the emitter makes of others, where the machine has none. */
const made = (operation: Operation, { scalar, lanes }: Type): boolean =>
  lanes === 1 && scalar === 'i32' && (operation === 'neg' || operation === 'abs');

/** A value of a type, from others of any; nothing if the machine has no such operation. */
export type Grow = (type: Type) => Value;

/** Where what is drawn has no instruction, something else is drawn. */
export function operationOf(chance: Chance, type: Type, grow: Grow, { supports }: Target): Value {
  for (;;) {
    const value = drawn(chance, type, grow, supports);
    if (value !== undefined) return value;
  }
}

function drawn(chance: Chance, type: Type, grow: Grow, supports: Target['supports']): Value | undefined {
  const { scalar, lanes } = type;
  const has = (operation: Operation, operands: readonly Value[]): boolean =>
    made(operation, operands[0]!.type) || supports(operation, type, operands);
  const kind = chance.unit();
  if (kind < 0.1) {
    const condition = grow(typeOf('bool', lanes));
    return { kind: 'apply', type, operation: 'select', operands: [condition, grow(type), grow(type)] };
  }
  if (kind < 0.15) {
    if (lanes === 1) return undefined;
    const value = grow(typeOf(scalar));
    return supports('splat', type, [value])
      ? { kind: 'apply', type, operation: 'splat', operands: [value] }
      : undefined;
  }
  if (kind < 0.2) {
    if (lanes > 1) return undefined;
    const wide: Lanes = sizeOf(type) === 8 ? 2 : 4;
    const place = number(typeOf('i32'), Math.floor(chance.unit() * wide));
    return { kind: 'apply', type, operation: 'lane', operands: [grow(typeOf(scalar, wide)), place] };
  }
  if (kind < 0.35) {
    const others = groups.find((group) => group.some((one) => one.scalar === scalar && one.lanes === lanes))!;
    const operand = grow(pick(chance, others));
    const value: Value = { kind: 'apply', type, operation: 'convert', operands: [operand] };
    return supports('convert', type, [operand]) ? value : undefined;
  }
  if (kind < 0.4) return reinterpreted(chance, type, grow, supports);
  if (kind < 0.44) return across(chance, type, grow);
  if (kind < 0.5) {
    if (!isFloat(type)) return undefined;
    return apply('multiplyAdd', grow(type), grow(type), grow(type));
  }
  return plainly(chance, type, grow, has);
}

/** Between four lanes of f32 and twice two of f64. */
function across(chance: Chance, { scalar, lanes }: Type, grow: Grow): Value | undefined {
  const [narrow, wide] = [typeOf('f32', 4), typeOf('f64', 2)];
  if (scalar === 'f64' && lanes === 2) {
    const operation = pick(chance, ['widenLow', 'widenHigh'] as const);
    return { kind: 'apply', type: wide, operation, operands: [grow(narrow)] };
  }
  if (scalar !== 'f32' || lanes !== 4) return undefined;
  return { kind: 'apply', type: narrow, operation: 'narrow', operands: [grow(wide), grow(wide)] };
}

/** The bits of NaN have no meaning: floats are read as whole numbers only where they are constants. */
function reinterpreted(
  chance: Chance,
  type: Type,
  grow: Grow,
  supports: Target['supports'],
): Value | undefined {
  if (type.scalar === 'bool') return undefined;
  const from = (['f32', 'f64', 'i32', 'u32', 'i64'] as const)
    .map((scalar) => typeOf(scalar, type.lanes))
    .filter((other) => other.scalar !== type.scalar && sizeOf(other) === sizeOf(type));
  if (from.length === 0) return undefined;
  const other = pick(chance, from);
  const operand = isFloat(other) ? constantOf(chance, other) : grow(other);
  if (operand.kind === 'number' && Number.isNaN(operand.value)) return undefined;
  return supports('bitcast', type, [operand]) ? bitcast(operand, type.scalar) : undefined;
}

function plainly(
  chance: Chance,
  type: Type,
  grow: Grow,
  has: (operation: Operation, operands: readonly Value[]) => boolean,
): Value | undefined {
  const operation = pick(chance, plain);
  const { scalar, lanes } = type;
  if (comparisons.has(operation) !== (scalar === 'bool') && comparisons.has(operation)) return undefined;
  if (comparisons.has(operation)) {
    const group = groups.find((one) =>
      one.some((other) => other.lanes === lanes && other.scalar === scalar),
    )!;
    const operand = pick(
      chance,
      group.filter((other) => other.lanes === lanes),
    );
    const operands = [grow(operand), grow(operand)];
    return has(operation, operands) ? apply(operation, ...operands) : undefined;
  }
  if (operation.startsWith('shift')) {
    if (!isInteger(type)) return undefined;
    const most = scalar === 'i64' ? 64 : 32;
    const operands = [grow(type), number(typeOf('i32'), Math.floor(chance.unit() * most))];
    return has(operation, operands) ? apply(operation, ...operands) : undefined;
  }
  const first = grow(type);
  if (unary.has(operation)) return has(operation, [first]) ? apply(operation, first) : undefined;
  // Machines stop at divisions by 0, and of the lowest integer by −1.
  const divides = (operation === 'div' || operation === 'rem') && isInteger(type);
  const second = divides ? number(type, 1 + Math.floor(chance.unit() * 1000)) : grow(type);
  return has(operation, [first, second]) ? apply(operation, first, second) : undefined;
}
