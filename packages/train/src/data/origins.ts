/** Where examples come from: arrays of examples, arrays with a common first axis, and anything iterable. */
import {
  CotangentError,
  formatShape,
  fromNested,
  HostArray,
  type Nested,
  show,
  type TypedArray,
} from '@cotangent/graph';
import type { IndexedSource, Item, StreamSource } from './source.ts';
import type { LeafDTypes } from './stack.ts';

/** What a stream is read from; a function is called for every epoch. */
export type Iterables<T> =
  | Iterable<T>
  | AsyncIterable<T>
  | ((epoch: number) => Iterable<T> | AsyncIterable<T>);

export function exampleSource<T>(examples: readonly T[]): IndexedSource<T> {
  if (examples.length === 0)
    throw new CotangentError('EMPTY_DATASET', 'the dataset was given an empty list of examples');
  return {
    indexed: true,
    count: () => examples.length,
    view: () => ({
      length: examples.length,
      get: (position) => examples[position]!,
      indexOf: (position) => position,
    }),
  };
}

/** Rows of arrays with a common first axis; a row shares the memory of its array. */
export function arraySource(
  arrays: Readonly<Record<string, HostArray | Nested>>,
  dtypes: LeafDTypes,
): IndexedSource<Readonly<Record<string, HostArray>>> {
  const columns = Object.entries(arrays).map(
    ([name, array]) => [name, hostColumn(array, name, dtypes)] as const,
  );
  const first = columns[0];
  if (first === undefined) throw new CotangentError('EMPTY_DATASET', 'fromArrays was given no arrays');
  for (const [name, array] of columns) {
    if (array.shape.length === 0)
      throw new CotangentError(
        'BAD_DATA',
        `'${name}' is a single number: fromArrays needs an axis of examples first`,
      );
    if (array.shape[0] !== first[1].shape[0])
      throw new CotangentError(
        'BAD_DATA',
        `'${first[0]}' has ${first[1].shape[0]} examples and '${name}' has ${array.shape[0]}`,
        { shapes: [formatShape(first[1].shape), formatShape(array.shape)] },
      );
  }
  const length = first[1].shape[0]!;
  if (length === 0) throw new CotangentError('EMPTY_DATASET', `'${first[0]}' has no examples`);
  const rows = columns.map(([name, array]) => [name, rowReader(array)] as const);
  return {
    indexed: true,
    count: () => length,
    view: () => ({
      length,
      indexOf: (position) => position,
      get: (position) => Object.fromEntries(rows.map(([name, row]) => [name, row(position)])),
    }),
  };
}

function hostColumn(array: HostArray | Nested, name: string, dtypes: LeafDTypes): HostArray {
  const wanted = Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
  if (array instanceof HostArray) {
    if (wanted !== undefined && wanted !== array.dtype)
      throw new CotangentError(
        'DTYPE_MISMATCH',
        `'${name}' is an array of ${array.dtype}: dtypes are for nested arrays; convert it with convertHost`,
      );
    return array;
  }
  if (!Array.isArray(array) && typeof array !== 'number' && typeof array !== 'boolean')
    throw new CotangentError('BAD_DATA', `'${name}' is ${show(array)}: give a HostArray or nested arrays`);
  try {
    return fromNested(array, wanted);
  } catch (error) {
    if (error instanceof CotangentError)
      throw new CotangentError('BAD_DATA', `'${name}': ${error.sentence}`, { cause: error });
    throw error;
  }
}

function rowReader(array: HostArray): (row: number) => HostArray {
  const shape = array.shape.slice(1);
  const size = shape.reduce((product, dim) => product * dim, 1);
  const data: TypedArray = array.data;
  return (row) => new HostArray(array.dtype, shape, data.subarray(row * size, (row + 1) * size));
}

/** Anything iterable. What can be read only once says so when it is read again, instead of being empty. */
export function iterableSource<T>(source: Iterables<T>): StreamSource<T> {
  let spent = false;
  return {
    indexed: false,
    count: () => undefined,
    async *open(pass, skip): AsyncGenerator<Item<T>, void, undefined> {
      const items = typeof source === 'function' ? source(pass.order) : source;
      if (isOneShot(items)) {
        if (spent)
          throw new CotangentError(
            'BAD_DATA',
            'this iterator can be read only once, and it was: pass a function that makes a new one for each epoch',
          );
        spent = typeof source !== 'function';
      }
      let index = 0;
      for await (const value of items) {
        if (index >= skip) yield { index, value };
        index++;
      }
    },
  };
}

/** An iterator that returns itself cannot start again. */
function isOneShot(items: unknown): boolean {
  if (typeof items !== 'object' || items === null || !('next' in items)) return false;
  return typeof items.next === 'function';
}
