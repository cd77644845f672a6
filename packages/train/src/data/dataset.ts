/**
 * Datasets: lazy chains of examples or batches, read one epoch at a time. The order depends on the seeds and the
 * number of the epoch alone, so an epoch can be entered at any position: that is how a stopped run resumes.
 */
import { CotangentError, type DType, type HostArray, type Nested, show } from '@cotangent/graph';
import { batchSource, checkCount } from './batch.ts';
import { arraySource, exampleSource, type Iterables, iterableSource } from './origins.ts';
import type { Seed } from './random.ts';
import { openSource, type Pass, type Remainder, type Source } from './source.ts';
import type { BatchedAs, LeafDTypes } from './stack.ts';
import {
  filterSource,
  type MapContext,
  mapSource,
  prefetchSource,
  repeatSource,
  shuffleSource,
  skipSource,
  splitSource,
  takeSource,
} from './transforms.ts';

export interface EpochOptions {
  /** How many examples (of a batched dataset: batches) to leave out at the start. */
  readonly skip?: number;
  /** What batches do with their remainder where `batch` was not told; 'keep' if nobody says. */
  readonly remainder?: Remainder;
}

export interface BatchOptions<D extends LeafDTypes, R extends Remainder, W extends string> {
  /** The last, smaller batch: left out, kept smaller, or filled up with the last example and weights of 0. */
  readonly remainder?: R;
  /** The name of the weights that 'pad' adds: f32 [size], 1 for an example and 0 for padding. */
  readonly weight?: W;
  /** Dtypes of leaves by name, `{ label: 'i32' }`; a leaf inside a record is 'outer/inner'. */
  readonly dtypes?: D;
}

/** What `batch` gives: stacked examples, and the weights if it pads. */
export type BatchOf<T, D extends LeafDTypes, R extends Remainder, W extends string> = 'pad' extends R
  ? R extends 'pad'
    ? BatchedAs<T, D> & { readonly [K in W]: HostArray<'f32'> }
    : BatchedAs<T, D>
  : BatchedAs<T, D>;

/** An immutable, lazy chain. Every method gives a new dataset; nothing is read before an epoch is. */
export class Dataset<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  /** Datasets are made by `dataset`, `fromArrays` and `fromIterable`. */
  constructor(source: Source<T>) {
    this.#source = source;
  }

  /** Number of examples (or batches) of an epoch; undefined if that is known only by reading. */
  get length(): number | undefined {
    return this.count();
  }

  /** As `length`, for batches whose remainder the reader decides. @throws BATCH_TOO_SMALL if 'drop' leaves no batch */
  count(options: Pick<EpochOptions, 'remainder'> = {}): number | undefined {
    return this.#source.count(passOf(0, options));
  }

  /** True if examples can be read in any order: a shuffle is complete, and skipping costs nothing. */
  get indexed(): boolean {
    return this.#source.indexed;
  }

  /**
   * The example at a position of an epoch.
   *
   * @throws BAD_ARGUMENT if the dataset can only be read in order; INDEX_OUT_OF_RANGE
   */
  async at(position: number, epoch = 0): Promise<T> {
    if (!this.#source.indexed)
      throw new CotangentError('BAD_ARGUMENT', 'this dataset can only be read in order: it has no at()');
    const view = this.#source.view(passOf(epoch, {}));
    if (!Number.isInteger(position) || position < 0 || position >= view.length)
      throw new CotangentError(
        'INDEX_OUT_OF_RANGE',
        `position ${position} is outside the dataset of ${view.length}`,
      );
    return view.get(position);
  }

  /**
   * Reads one epoch, from position `skip` on; `skip: n` gives bit for bit the tail of the whole epoch.
   * Breaking off closes the sources.
   *
   * @throws EMPTY_DATASET if there is nothing in the epoch; BATCH_TOO_SMALL if 'drop' leaves no batch
   * @example
   * ```ts
   * const data = fromArrays({ x: [[1], [2], [3], [4]] }).shuffle(7).batch(2);
   * for await (const batch of data.epoch(3, { skip: 1 })) console.log(batch.x.shape) // [2, 1]
   * ```
   */
  async *epoch(epoch: number, options: EpochOptions = {}): AsyncGenerator<T, void, undefined> {
    checkCount(epoch, 0, 'the epoch');
    const { skip = 0 } = options;
    checkCount(skip, 0, 'skip');
    let empty = skip === 0;
    for await (const { value } of openSource(this.#source, passOf(epoch, options), skip)) {
      empty = false;
      yield value;
    }
    if (empty) throw new CotangentError('EMPTY_DATASET', `epoch ${epoch} of the dataset has no examples`);
  }

  /** Epoch 0. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.epoch(0);
  }

  /** Everything of one epoch, in a list. */
  async collect(epoch = 0, options: EpochOptions = {}): Promise<T[]> {
    const all: T[] = [];
    for await (const item of this.epoch(epoch, options)) all.push(item);
    return all;
  }

  /** Changes every example; to stay reproducible, random changes draw from `context` (index and epoch). */
  map<U>(change: (example: T, context: MapContext) => U | Promise<U>): Dataset<U> {
    return new Dataset(mapSource(this.#source, change));
  }

  /** Keeps the examples for which `keep` says true. The length becomes unknown. */
  filter(keep: (example: T, context: MapContext) => boolean | Promise<boolean>): Dataset<T> {
    return new Dataset(filterSource(this.#source, keep));
  }

  /**
   * Another order in every epoch, from (seed, epoch) alone. Complete where examples can be read in any order;
   * a stream is shuffled through a buffer of `buffer` examples (10,000).
   */
  shuffle(seed: Seed, options: { readonly buffer?: number } = {}): Dataset<T> {
    const { buffer = 10_000 } = options;
    checkSeed(seed);
    checkCount(buffer, 1, 'the shuffle buffer');
    return new Dataset(shuffleSource(this.#source, seed, buffer));
  }

  /**
   * Stacks `size` examples at a time, along a new first axis.
   *
   * @throws BAD_DATA (when read) if examples differ in keys, dtypes or shapes; BATCH_TOO_SMALL; DUPLICATE_NAME
   * @example
   * ```ts
   * const data = fromArrays({ x: [[1, 2], [3, 4], [5, 6]] }).batch(2, { remainder: 'pad' });
   * (await data.at(1)).weight.toNested() // [1, 0]
   * ```
   */
  batch<
    const D extends LeafDTypes = Record<never, never>,
    R extends Remainder = 'keep',
    W extends string = 'weight',
  >(size: number, options: BatchOptions<D, R, W> = {}): Dataset<BatchOf<T, D, R, W>> {
    checkCount(size, 1, 'the batch size');
    const { remainder, weight = 'weight', dtypes = {} } = options;
    if (remainder !== undefined && !['drop', 'keep', 'pad'].includes(remainder))
      throw new CotangentError(
        'BAD_ARGUMENT',
        `remainder is 'drop', 'keep' or 'pad', not ${show(remainder)}`,
      );
    const source = batchSource(this.#source, { size, remainder, weight, dtypes });
    if (remainder === 'drop') source.count(passOf(0, {})); // complains now rather than in the first epoch
    return new Dataset(source as Source<BatchOf<T, D, R, W>>); // batchSource does at run time what BatchOf says
  }

  /** Reads `count` examples (or batches) ahead, which gains time where reading them waits for something. */
  prefetch(count: number): Dataset<T> {
    checkCount(count, 0, 'prefetch');
    return new Dataset(prefetchSource(this.#source, count));
  }

  /** The first `count`. After a shuffle these are others in every epoch: use `split` to set examples apart. */
  take(count: number): Dataset<T> {
    checkCount(count, 0, 'take');
    return new Dataset(takeSource(this.#source, count));
  }

  /** All but the first `count`. */
  skip(count: number): Dataset<T> {
    checkCount(count, 0, 'skip');
    return new Dataset(skipSource(this.#source, count));
  }

  /**
   * Two datasets without a common example: a random `fraction` of this one, and the rest, in their old order.
   * A shuffle before the split stands still in both; shuffle the parts.
   */
  split(fraction: number, seed: Seed): [Dataset<T>, Dataset<T>] {
    checkSeed(seed);
    if (!(fraction >= 0 && fraction <= 1))
      throw new CotangentError(
        'BAD_ARGUMENT',
        `a split needs a fraction between 0 and 1, not ${show(fraction)}`,
      );
    const [first, rest] = splitSource(this.#source, fraction, seed);
    return [new Dataset(first), new Dataset(rest)];
  }

  /** Several epochs as one, each shuffled anew; without `times`, for ever. */
  repeat(times = Infinity): Dataset<T> {
    if (times !== Infinity) checkCount(times, 1, 'repeat');
    return new Dataset(repeatSource(this.#source, times));
  }
}

/**
 * A dataset of a list of examples, or of anything iterable (then read in order; see `fromIterable`).
 *
 * @throws EMPTY_DATASET if the list is empty
 * @example
 * ```ts
 * dataset([{ x: [0, 1], y: 1 }, { x: [1, 1], y: 0 }]).length // 2
 * ```
 */
export function dataset<T>(source: readonly T[] | Iterables<T>): Dataset<T> {
  return Array.isArray(source) ? new Dataset(exampleSource<T>(source)) : fromIterable(source as Iterables<T>); // arrays are gone
}

/**
 * A dataset of the rows of arrays with a common first axis.
 *
 * @param options dtypes for nested arrays, by name (f32 otherwise)
 * @throws BAD_DATA if the arrays have different lengths or are ragged; EMPTY_DATASET
 * @example
 * ```ts
 * fromArrays({ x: [[1, 2], [3, 4]], y: [0, 1] }, { dtypes: { y: 'i32' } }).length // 2
 * ```
 */
export function fromArrays<
  const A extends Readonly<Record<string, HostArray | Nested>>,
  const D extends Readonly<Record<string, DType>> = Record<never, never>,
>(arrays: A, options: { readonly dtypes?: D } = {}): Dataset<RowOf<A, D>> {
  return new Dataset(arraySource(arrays, options.dtypes ?? {}) as Source<RowOf<A, D>>); // one row per name of A
}

/** One example of `fromArrays`. */
export type RowOf<A, D> = {
  readonly [K in keyof A]: A[K] extends HostArray<infer T>
    ? HostArray<T>
    : K extends keyof D
      ? HostArray<D[K] extends DType ? D[K] : never>
      : LeafOf<A[K]> extends boolean
        ? HostArray<'bool'>
        : HostArray<'f32'>;
};

type LeafOf<T> = T extends readonly (infer E)[] ? LeafOf<E> : T;

/**
 * A dataset that can only be read in order. A function is called with the number of the epoch;
 * an iterator that can be read only once serves one epoch.
 *
 * @example
 * ```ts
 * fromIterable(function* () { for (let i = 0; i < 3; i++) yield { x: i } }).batch(2)
 * ```
 */
export function fromIterable<T>(source: Iterables<T>): Dataset<T> {
  return new Dataset(iterableSource(source));
}

const passOf = (epoch: number, options: Pick<EpochOptions, 'remainder'>): Pass => ({
  epoch,
  order: epoch,
  remainder: options.remainder ?? 'keep',
});

function checkSeed(seed: unknown): void {
  if (typeof seed !== 'string' && !Number.isFinite(seed))
    throw new CotangentError('BAD_ARGUMENT', `a seed is a finite number or a string, not ${show(seed)}`);
}
