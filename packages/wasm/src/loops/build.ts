/** Making values and statements: types follow from operands, and what is known is computed at once. */
import type { DType } from '@cotangent/graph';
import type {
  Affine,
  Assignment,
  Buffer,
  FunctionName,
  Lanes,
  Local,
  Operation,
  Scalar,
  Statement,
  Type,
  Value,
  Variable,
} from './ir.ts';

export const typeOf = (scalar: Scalar, lanes: Lanes = 1): Type => ({ scalar, lanes });
export const index32 = typeOf('i32');

/** The same number in every lane; for floats rounded to the type. */
export const number = (type: Type, value: number): Value => ({ kind: 'number', type, value });
export const integer = (value: number): Value => number(index32, value);
/** A number of the type of another value. */
export const like = (model: Value, value: number): Value => number(model.type, value);
export const variableValue = (variable: Variable): Value => ({ kind: 'variable', type: index32, variable });
export const read = (local: Local): Value => ({ kind: 'local', type: local.type, local });

export const load = (buffer: Buffer, at: Affine, lanes: Lanes = 1): Value => ({
  kind: 'load',
  type: typeOf(buffer.dtype, lanes),
  buffer,
  at,
});

const comparisons: ReadonlySet<Operation | FunctionName> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);

/** An operation whose type follows from its operands. */
export function apply(operation: Operation | FunctionName, ...operands: Value[]): Value {
  const first = operands[operation === 'select' ? 1 : 0]!;
  const type = comparisons.has(operation) ? typeOf('bool', first.type.lanes) : first.type;
  return { kind: 'apply', type, operation, operands };
}

export const add = (a: Value, b: Value): Value => apply('add', a, b);
export const sub = (a: Value, b: Value): Value => apply('sub', a, b);
export const mul = (a: Value, b: Value): Value => apply('mul', a, b);
export const div = (a: Value, b: Value): Value => apply('div', a, b);
export const multiplyAdd = (a: Value, b: Value, c: Value): Value => apply('multiplyAdd', a, b, c);
export const min = (a: Value, b: Value): Value => apply('min', a, b);
export const max = (a: Value, b: Value): Value => apply('max', a, b);
export const and = (a: Value, b: Value): Value => apply('and', a, b);
export const or = (a: Value, b: Value): Value => apply('or', a, b);
export const not = (a: Value): Value => apply('not', a);
export const select = (condition: Value, a: Value, b: Value): Value => apply('select', condition, a, b);

export const isNotNumber = (x: Value): Value => apply('ne', x, x);

/** By value, to another scalar type. */
export function convert(value: Value, scalar: Scalar): Value {
  if (value.type.scalar === scalar) return value;
  if (value.kind === 'number' && scalar !== 'i64' && !isFraction(value.value, scalar)) {
    const rounded = scalar === 'f32' ? Math.fround(value.value) : value.value;
    return number(typeOf(scalar, value.type.lanes), scalar === 'bool' ? Number(value.value !== 0) : rounded);
  }
  return { kind: 'apply', type: typeOf(scalar, value.type.lanes), operation: 'convert', operands: [value] };
}
const isFraction = (value: number, scalar: Scalar): boolean =>
  (scalar === 'i32' && value !== (value | 0)) || (scalar === 'u32' && value !== value >>> 0);

export const bitcast = (value: Value, scalar: Scalar): Value =>
  value.type.scalar === scalar
    ? value
    : { kind: 'apply', type: typeOf(scalar, value.type.lanes), operation: 'bitcast', operands: [value] };

/** f32 as f64: a scalar, or two halves of a vector. */
export function widen(value: Value): readonly Value[] {
  if (value.type.lanes === 1) return [convert(value, 'f64')];
  const half = (operation: Operation): Value => ({
    kind: 'apply',
    type: typeOf('f64', 2),
    operation,
    operands: [value],
  });
  return [half('widenLow'), half('widenHigh')];
}

/** What `widen` gave, rounded to f32. */
export const narrow = (parts: readonly Value[]): Value =>
  parts.length === 1
    ? convert(parts[0]!, 'f32')
    : { kind: 'apply', type: typeOf('f32', 4), operation: 'narrow', operands: parts };

/** A scalar in every lane. */
export function splat(value: Value, lanes: Lanes): Value {
  if (value.type.lanes === lanes) return value;
  const type = typeOf(value.type.scalar, lanes);
  if (value.kind === 'number') return number(type, value.value);
  return { kind: 'apply', type, operation: 'splat', operands: [value] };
}

export const lane = (value: Value, place: number): Value => ({
  kind: 'apply',
  type: typeOf(value.type.scalar),
  operation: 'lane',
  operands: [value, integer(place)],
});

// Affine places.

export const constantPlace = (constant: number): Affine => ({ constant, terms: [], computed: [] });
export const along = (variable: Variable, step = 1): Affine => ({
  constant: 0,
  terms: [{ variable, step }],
  computed: [],
});
export const computedPlace = (value: Value, step = 1): Affine =>
  value.kind === 'number'
    ? constantPlace(value.value * step)
    : { constant: 0, terms: [], computed: [{ value, step }] };

export function addAffine(a: Affine, b: Affine): Affine {
  if (isConstant(a) && a.constant === 0) return b;
  if (isConstant(b) && b.constant === 0) return a;
  const steps = new Map<Variable, number>();
  for (const { variable, step } of [...a.terms, ...b.terms])
    steps.set(variable, (steps.get(variable) ?? 0) + step);
  return {
    constant: a.constant + b.constant,
    terms: [...steps].flatMap(([variable, step]) => (step === 0 ? [] : [{ variable, step }])),
    computed: [...a.computed, ...b.computed],
  };
}

export function scaleAffine(a: Affine, by: number): Affine {
  if (by === 1) return a;
  if (by === 0) return constantPlace(0);
  return {
    constant: a.constant * by,
    terms: a.terms.map(({ variable, step }) => ({ variable, step: step * by })),
    computed: a.computed.map(({ value, step }) => ({ value, step: step * by })),
  };
}

export const shifted = (a: Affine, by: number): Affine =>
  by === 0 ? a : { ...a, constant: a.constant + by };
export const isConstant = (a: Affine): boolean => a.terms.length === 0 && a.computed.length === 0;
export const stepAlong = (a: Affine, variable: Variable): number =>
  a.terms.find((term) => term.variable === variable)?.step ?? 0;

/** Σ coordinate · stride. */
export const placeOf = (
  coordinates: readonly Affine[],
  strides: readonly number[],
  start = constantPlace(0),
): Affine =>
  coordinates.reduce(
    (sum, coordinate, axis) => addAffine(sum, scaleAffine(coordinate, strides[axis]!)),
    start,
  );

/** An affine number as an i32. */
export function affineValue(a: Affine): Value {
  const parts: Value[] = [];
  const scaled = (value: Value, step: number) => (step === 1 ? value : mul(value, integer(step)));
  for (const { variable, step } of a.terms) parts.push(scaled(variableValue(variable), step));
  for (const { value, step } of a.computed) parts.push(scaled(value, step));
  if (a.constant !== 0 || parts.length === 0) parts.push(integer(a.constant));
  return parts.reduce(add);
}

// Statements.

export const set = (local: Local, value: Value): Assignment => ({ kind: 'set', local, value });
export const store = (buffer: Buffer, at: Affine, value: Value): Assignment => ({
  kind: 'store',
  buffer,
  at,
  value,
});
export const assign = (...assignments: Assignment[]): Statement => ({ kind: 'assign', assignments });
/** A loop variable and how far it counts. */
export interface Counted {
  readonly variable: Variable;
  readonly count: number | Value;
}

/** A body in loops, the first around all others. */
export const inLoops = (around: readonly Counted[], body: readonly Statement[]): Statement[] =>
  around.reduceRight<Statement[]>((list, { variable, count }) => [loop(variable, count, list)], [...body]);

export const loop = (
  variable: Variable,
  to: number | Value,
  body: readonly Statement[],
  { from = 0, step = 1 }: { readonly from?: number | Value; readonly step?: number } = {},
): Statement => ({ kind: 'for', variable, from, to, step, body });
export const when = (
  condition: Value,
  onTrue: readonly Statement[],
  onFalse: readonly Statement[] = [],
): Statement => ({ kind: 'if', condition, onTrue, onFalse });
export const repeatWhile = (condition: Value, body: readonly Statement[]): Statement => ({
  kind: 'while',
  condition,
  body,
});

/** Lanes of a vector of a dtype. */
export const lanesOf = (dtype: DType): Lanes => (dtype === 'f64' ? 2 : 4);
