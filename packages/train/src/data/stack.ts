/** Stacking examples into batches: many equal records of small arrays become one record of larger arrays. */
import {
  allocate,
  CotangentError,
  type DType,
  formatShape,
  fromNested,
  HostArray,
  isFloat,
  type Nested,
  show,
  type TypedArrayOf,
} from '@cotangent/graph';

/**
 * What examples become when they are stacked: every leaf gains a first axis, the batch.
 * Numbers and nested arrays become f32, booleans bool, typed arrays keep their dtype (8- and 16-bit integers become i32).
 */
export type Batched<T> =
  T extends HostArray<infer D>
    ? HostArray<D>
    : T extends boolean
      ? HostArray<'bool'>
      : T extends number
        ? HostArray<'f32'>
        : T extends Float32Array
          ? HostArray<'f32'>
          : T extends Float64Array
            ? HostArray<'f64'>
            : T extends Uint32Array
              ? HostArray<'u32'>
              : T extends ArrayBufferView
                ? HostArray<'i32'>
                : T extends readonly unknown[]
                  ? HostArray
                  : { readonly [K in keyof T]: Batched<T[K]> };

/** The dtypes that some leaves shall get, by name; a leaf inside a record is named 'outer/inner'. */
export type LeafDTypes = Readonly<Record<string, DType>>;

/** `Batched`, with the dtypes that were asked for. */
export type BatchedAs<T, D extends LeafDTypes> = [keyof D] extends [never]
  ? Batched<T>
  : T extends HostArray | number | boolean | ArrayBufferView | readonly unknown[]
    ? HostArray<D[keyof D]>
    : { readonly [K in keyof T]: K extends keyof D ? HostArray<D[K]> : Batched<T[K]> };

/** Where a value stands, for the sentence of an error. */
interface Place {
  /** 'outer/inner', or '' for an example that is a bare array. */
  readonly path: string;
  /** The index in the source of the example at a row. */
  indexOf(row: number): number;
}

type Column = HostArray | { readonly [key: string]: Column };

/**
 * Stacks examples along a new first axis. Arrays are copied row by row in one piece each.
 *
 * @param indexOf the index of the example in its source, for errors
 * @throws BAD_DATA if an example differs from the first in its keys, dtype or shape, with the example's index
 * @example
 * ```ts
 * stackExamples([{ x: [1, 2] }, { x: [3, 4] }]).x.shape // [2, 2]
 * ```
 */
export function stackExamples<T, const D extends LeafDTypes = Record<never, never>>(
  examples: readonly T[],
  options: { readonly dtypes?: D; readonly indexOf?: (row: number) => number } = {},
): BatchedAs<T, D> {
  const { dtypes = {}, indexOf = (row: number) => row } = options;
  if (examples.length === 0) throw new CotangentError('EMPTY_DATASET', 'there are no examples to stack');
  // The run-time walk below follows the same cases as the type.
  return stackColumn(examples, { path: '', indexOf }, dtypes) as BatchedAs<T, D>;
}

function stackColumn(values: readonly unknown[], place: Place, dtypes: LeafDTypes): Column {
  const first = values[0];
  const wanted = Object.hasOwn(dtypes, place.path) ? dtypes[place.path] : undefined;
  if (first instanceof HostArray) return converted(stackHostArrays(values, place), wanted, place);
  if (typeof first === 'number' || typeof first === 'boolean' || Array.isArray(first)) {
    const kind = wanted ?? (leafOf(first) === 'boolean' ? 'bool' : 'f32');
    return stackHostArrays(
      values.map((value, row) => nestedRow(value, kind, row, place)),
      place,
    );
  }
  if (ArrayBuffer.isView(first))
    return converted(
      stackHostArrays(
        values.map((value, row) => typedRow(value, row, place)),
        place,
      ),
      wanted,
      place,
    );
  if (isRecord(first)) return stackRecords(values, Object.keys(first), place, dtypes);
  throw new CotangentError(
    'BAD_DATA',
    `${nameOf(0, place)} is ${show(first)}: examples are numbers, arrays, or records of them`,
  );
}

function stackRecords(
  values: readonly unknown[],
  keys: readonly string[],
  place: Place,
  dtypes: LeafDTypes,
): Column {
  const known = new Set(keys);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!isRecord(value))
      throw new CotangentError(
        'BAD_DATA',
        `${nameOf(row, place)} is ${show(value)}, not a record as ${nameOf(0, place)} is`,
      );
    const lacking = keys.find((key) => !Object.hasOwn(value, key));
    const extra = Object.keys(value).find((key) => !known.has(key));
    if (lacking !== undefined || extra !== undefined)
      throw new CotangentError(
        'BAD_DATA',
        `${nameOf(row, place)} ${lacking === undefined ? `has '${extra}', which` : `lacks '${lacking}', which`} ${nameOf(0, place)} ${lacking === undefined ? 'lacks' : 'has'}`,
      );
  }
  const records = values as readonly Readonly<Record<string, unknown>>[]; // each was checked above
  return Object.fromEntries(
    keys.map((key) => {
      const path = place.path === '' ? key : `${place.path}/${key}`;
      return [
        key,
        stackColumn(
          records.map((record) => record[key]),
          { ...place, path },
          dtypes,
        ),
      ];
    }),
  );
}

function stackHostArrays(values: readonly unknown[], place: Place): HostArray {
  const first = values[0] as HostArray; // the caller looked at it
  const { dtype, shape, size } = first;
  const data = allocate(dtype, values.length * size);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!(value instanceof HostArray))
      throw new CotangentError(
        'BAD_DATA',
        `${nameOf(row, place)} is ${show(value)}, not an array as ${nameOf(0, place)} is`,
      );
    if (value.dtype !== dtype || !equalShapes(value.shape, shape))
      throw new CotangentError(
        'BAD_DATA',
        `${nameOf(row, place)} is ${value.dtype}${formatShape(value.shape)}, ${nameOf(0, place)} is ${dtype}${formatShape(shape)}: examples of one batch need equal shapes and dtypes; crop or pad them with map, or pad sequences before with padSequences(list)`,
        { shapes: [formatShape(value.shape), formatShape(shape)] },
      );
    data.set(value.data, row * size);
  }
  return new HostArray<DType>(dtype, [values.length, ...shape], data);
}

function nestedRow(value: unknown, dtype: DType, row: number, place: Place): HostArray {
  try {
    return fromNested(value as Nested, dtype); // checks every entry itself
  } catch (error) {
    if (error instanceof CotangentError)
      throw new CotangentError('BAD_DATA', `${nameOf(row, place)}: ${error.sentence}`, { cause: error });
    throw error;
  }
}

function typedRow(value: unknown, row: number, place: Place): HostArray {
  if (value instanceof Float32Array) return new HostArray('f32', [value.length], value);
  if (value instanceof Float64Array) return new HostArray('f64', [value.length], value);
  if (value instanceof Int32Array) return new HostArray('i32', [value.length], value);
  if (value instanceof Uint32Array) return new HostArray('u32', [value.length], value);
  if (
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray ||
    value instanceof Int8Array ||
    value instanceof Int16Array ||
    value instanceof Uint16Array
  )
    return new HostArray('i32', [value.length], Int32Array.from(value));
  throw new CotangentError(
    'BAD_DATA',
    `${nameOf(row, place)} is ${show(value)}: take a Float32Array, Float64Array, Int32Array or Uint32Array`,
  );
}

/** A stacked column in another dtype; a value that the dtype does not hold is an error, never rounded. */
function converted(column: HostArray, dtype: DType | undefined, place: Place): HostArray {
  if (dtype === undefined || dtype === column.dtype) return column;
  const data = allocate(dtype, column.size);
  data.set(column.data);
  if (!isFloat(dtype))
    for (let i = 0; i < data.length; i++)
      if (data[i] !== column.data[i] || (dtype === 'bool' && data[i]! > 1))
        throw new CotangentError(
          'BAD_DATA',
          `${nameOf(Math.floor(i / (column.size / column.shape[0]!)), place)} has ${column.data[i]}, which is not a value of ${dtype}`,
        );
  return new HostArray<DType>(dtype, column.shape, data as TypedArrayOf[DType]); // allocated for this dtype
}

const nameOf = (row: number, place: Place): string =>
  `${place.path === '' ? '' : `'${place.path}' of `}example ${place.indexOf(row)}`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

const equalShapes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

function leafOf(value: unknown): string {
  let level = value;
  while (Array.isArray(level)) level = level[0];
  return typeof level;
}
