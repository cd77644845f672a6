/**
 * What a dataset is made of: sources with random access, and sources that can only be read in order.
 * This is the inside of `Dataset`; transformations take a source and give a source.
 */

/** What to do with the examples that do not fill the last batch. */
export type Remainder = 'drop' | 'keep' | 'pad';

/** One reading of a dataset. */
export interface Pass {
  /** The number of the epoch: what a map may draw from. */
  readonly epoch: number;
  /** The epoch that decides the order; it differs from `epoch` only below a split, which holds the order still. */
  readonly order: number;
  /** What a batch does with its remainder if it was not told. */
  readonly remainder: Remainder;
}

/** An example, and its index in the source that it came from. */
export interface Item<T> {
  readonly index: number;
  readonly value: T;
}

/** Random access to the examples of one pass. */
export interface View<T> {
  readonly length: number;
  get(position: number): T | Promise<T>;
  /** The index in the original source of what stands at a position. */
  indexOf(position: number): number;
}

export interface IndexedSource<T> {
  readonly indexed: true;
  count(pass: Pass): number;
  view(pass: Pass): View<T>;
}

export interface StreamSource<T> {
  readonly indexed: false;
  /** How many examples a pass has, if that can be known beforehand. */
  count(pass: Pass): number | undefined;
  /** The examples of a pass in order, without the first `skip`. */
  open(pass: Pass, skip: number): AsyncGenerator<Item<T>, void, undefined>;
}

export type Source<T> = IndexedSource<T> | StreamSource<T>;

/** Reads any source in order, from position `skip`. */
export function openSource<T>(
  source: Source<T>,
  pass: Pass,
  skip: number,
): AsyncGenerator<Item<T>, void, undefined> {
  return source.indexed ? walk(source.view(pass), skip) : source.open(pass, skip);
}

async function* walk<T>(view: View<T>, skip: number): AsyncGenerator<Item<T>, void, undefined> {
  for (let position = skip; position < view.length; position++) {
    const value = view.get(position);
    yield { index: view.indexOf(position), value: value instanceof Promise ? await value : value };
  }
}

/** The same examples at other positions. */
export function reordered<T>(base: View<T>, length: number, at: (position: number) => number): View<T> {
  return {
    length,
    get: (position) => base.get(at(position)),
    indexOf: (position) => base.indexOf(at(position)),
  };
}

/** Leaves out the first `count` items. */
export async function* dropped<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  let left = count;
  for await (const item of items) {
    if (left > 0) left--;
    else yield item;
  }
}

/** The first `count` items; the rest is not read. */
export async function* limited<T>(
  items: AsyncGenerator<T, void, undefined>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  if (count <= 0) return;
  let left = count;
  for await (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}
