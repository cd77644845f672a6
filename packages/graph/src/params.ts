/**
 * Kinds of parameters. A primitive declares its parameters as a record of kinds; from that one record come the
 * TypeScript type, the check of untrusted values, the substitution of named dims, and the JSON form.
 */
import { type Bindings, type Dim, substituteDim, toDim } from './dim.ts';
import { type DType, dtypes, isDType } from './dtype.ts';
import { show } from './errors.ts';
import type { Graph } from './graph.ts';
import { fromNested, HostArray, type Nested } from './host-array.ts';

/**
 * Whoever handles parameters also says, as a last argument, what becomes of the graphs inside them: the verifier verifies
 * them, the printer prints them. All kinds but `body` ignore it.
 */
export interface ParamKind<T> {
  /** What is wrong with a value, or undefined. */
  problem(value: unknown, ofBody?: (body: Graph) => string | undefined): string | undefined;
  /** Puts sizes in for named dims. */
  substitute(value: T, bindings: Bindings, ofBody?: (body: Graph) => Graph): T;
  toJson(value: T, ofBody?: (body: Graph) => unknown): unknown;
  /** Called after `problem` found nothing. */
  fromJson(value: unknown, ofBody?: (json: unknown) => Graph): T;
  /** Compact text for the printer and for comparing nodes. Arrays are numbered, by identity unless told otherwise. */
  print(value: T, numberOf?: (array: HostArray) => number, ofBody?: (body: Graph) => string): string;
}

export type ParamKinds = Readonly<Record<string, ParamKind<unknown>>>;
export type ParamsOf<K> = {
  readonly [Name in keyof K]: K[Name] extends ParamKind<infer T> ? T : never;
};

/** A kind of plain data, which is its own JSON and knows no dims. */
function plain<T>(
  problem: (value: unknown) => string | undefined,
  print: (value: T) => string = (value) => JSON.stringify(value),
): ParamKind<T> {
  return {
    problem,
    print,
    substitute: (value) => value,
    toJson: (value) => value,
    fromJson: (value) => value as T,
  };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isList = (value: unknown, each: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= 64 && value.every(each);

export const integer = plain<number>((value) =>
  isWhole(value) ? undefined : `${show(value)} is not a whole number`,
);
export const integers = plain<readonly number[]>((value) =>
  isList(value, isWhole) ? undefined : `${show(value)} is not a list of whole numbers`,
);
export const flag = plain<boolean>((value) =>
  typeof value === 'boolean' ? undefined : `${show(value)} is not true or false`,
);
export const dtypeKind = plain<DType>(
  (value) => (isDType(value) ? undefined : `${show(value)} is not one of ${dtypes.join(', ')}`),
  (value) => value,
);
export const text = plain<string>((value) =>
  typeof value === 'string' && value.length <= 10_000 ? undefined : `${show(value)} is not a text`,
);

/** One of a few words. */
export const oneOf = <const W extends readonly string[]>(...words: W): ParamKind<W[number]> =>
  plain(
    (value) =>
      words.includes(value as string) ? undefined : `${show(value)} is not one of ${words.join(', ')}`,
    (value) => value,
  );

const isDimValue = (value: unknown): value is Dim => {
  if (typeof value === 'number') return isWhole(value) && value >= 0;
  if (typeof value !== 'string') return false;
  try {
    return toDim(value) === value;
  } catch {
    return false;
  }
};

export const dim: ParamKind<Dim> = {
  problem: (value) => (isDimValue(value) ? undefined : `${show(value)} is not a dimension`),
  substitute: substituteDim,
  toJson: (value) => value,
  fromJson: (value) => value as Dim,
  print: String,
};

export const dims: ParamKind<readonly Dim[]> = {
  problem: (value) => (isList(value, isDimValue) ? undefined : `${show(value)} is not a shape`),
  substitute: (value, bindings) => value.map((entry) => substituteDim(entry, bindings)),
  toJson: (value) => value,
  fromJson: (value) => value as Dim[],
  print: (value) => `[${value.join(', ')}]`,
};

/** Low and high padding of each axis; symbolic where an adjoint puts a symbolic piece back. */
export type Pairs = readonly (readonly [Dim, Dim])[];
const isPairDim = (value: unknown): boolean =>
  isWhole(value) || (typeof value === 'string' && isDimValue(value));
export const pairs: ParamKind<Pairs> = {
  problem: (value) =>
    isList(value, (entry) => Array.isArray(entry) && entry.length === 2 && entry.every(isPairDim))
      ? undefined
      : `${show(value)} is not a list of [low, high] pairs`,
  substitute: (value, bindings) =>
    value.map(([low, high]) => [substituteDim(low, bindings), substituteDim(high, bindings)] as const),
  toJson: (value) => value,
  fromJson: (value) => value as Pairs,
  print: (value) => `[${value.map((pair) => `[${pair.join(', ')}]`).join(', ')}]`,
};

/** The value of a constant: one number for all elements, or an array. */
export type ConstantValue = number | HostArray;

let arrayNumber = 0;
const arrayNumbers = new WeakMap<HostArray, number>();
/** Arrays are compared by identity when nodes are compared: their contents may be large. */
function numberOf(array: HostArray): number {
  let number = arrayNumbers.get(array);
  if (number === undefined) arrayNumbers.set(array, (number = arrayNumber++));
  return number;
}

const numberToJson = (value: number): number | string =>
  Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value);
const specialNumbers: Readonly<Record<string, number>> = {
  '-0': -0,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
};
const isNumberJson = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && Object.hasOwn(specialNumbers, value));
const numberFromJson = (value: unknown): number =>
  typeof value === 'number' ? value : specialNumbers[value as string]!;

export const constantValue: ParamKind<ConstantValue> = {
  problem(value) {
    if (isNumberJson(value) || value instanceof HostArray) return undefined;
    if (typeof value !== 'object' || value === null) return `${show(value)} is not a constant`;
    const { dtype, shape, data } = value as Record<string, unknown>;
    if (!isDType(dtype)) return `${show(dtype)} is not one of ${dtypes.join(', ')}`;
    if (!isList(shape, (entry) => isWhole(entry) && entry >= 0))
      return `${show(shape)} is not a shape of numbers`;
    if (!Array.isArray(data) || !data.every(isNumberJson))
      return `the data of a constant is not a list of numbers`;
    const count = (shape as number[]).reduce((product, entry) => product * entry, 1);
    return data.length === count
      ? undefined
      : `${data.length} numbers do not fill the shape [${shape}] of ${count}`;
  },
  substitute: (value) => value,
  toJson: (value) =>
    typeof value === 'number'
      ? numberToJson(value)
      : {
          dtype: value.dtype,
          shape: value.shape,
          data: Array.from(value.data as Float64Array, numberToJson),
        },
  fromJson(value) {
    if (isNumberJson(value)) return numberFromJson(value);
    const { dtype, shape, data } = value as { dtype: DType; shape: number[]; data: unknown[] };
    const flat = fromNested(data.map(numberFromJson) as Nested, dtype);
    return new HostArray(dtype, shape, flat.data);
  },
  print: (value, number = numberOf) =>
    typeof value === 'number' ? String(numberToJson(value)) : `array#${number(value)}`,
};

const isGraph = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'outputs' in value && 'inputs' in value;

/** A graph inside a node: the body of a loop, a branch. Closed: no variables, no updates, every input a parameter. */
export const body: ParamKind<Graph> = {
  problem: (value, ofBody) => (isGraph(value) ? ofBody?.(value) : `${show(value)} is not a graph`),
  substitute: (value, _, ofBody) => needed(ofBody)(value),
  toJson: (value, ofBody) => needed(ofBody)(value),
  fromJson: (value, ofBody) => needed(ofBody)(value),
  print: (value, _, ofBody) => needed(ofBody)(value),
};

/** Parameters with graphs in them are handled only by those who know what to do with graphs. */
function needed<F>(handler: F | undefined): F {
  if (handler === undefined) throw new TypeError('a graph inside a parameter needs a handler');
  return handler;
}
