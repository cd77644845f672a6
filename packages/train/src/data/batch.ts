/** Batches: groups of examples, stacked, with a decision about the remainder. */
import { CotangentError, HostArray, show } from '@cotangent/graph';
import {
  type IndexedSource,
  type Item,
  openSource,
  type Pass,
  type Remainder,
  type Source,
} from './source.ts';
import { type LeafDTypes, stackExamples } from './stack.ts';

/** How a batch is made, after the defaults. */
export interface BatchPlan {
  readonly size: number;
  /** Undefined: whoever reads the dataset decides. */
  readonly remainder: Remainder | undefined;
  /** The name under which a padded batch carries its weights. */
  readonly weight: string;
  readonly dtypes: LeafDTypes;
}

/** Batches of a source; what they are made of is known at run time only, so the caller states the type. */
export function batchSource<T>(base: Source<T>, plan: BatchPlan): Source<unknown> {
  const { size } = plan;
  const remainderOf = (pass: Pass): Remainder => plan.remainder ?? pass.remainder;
  const countFrom = (examples: number, pass: Pass): number => {
    if (remainderOf(pass) !== 'drop') return Math.ceil(examples / size);
    if (examples > 0 && examples < size) throw tooSmall(examples, size);
    return Math.floor(examples / size);
  };
  if (base.indexed) return indexedBatches(base, plan, remainderOf, countFrom);
  return {
    indexed: false,
    count: (pass) => {
      const examples = base.count(pass);
      return examples === undefined ? undefined : countFrom(examples, pass);
    },
    open: (pass, skip) => streamedBatches(base, plan, remainderOf(pass), pass, skip),
  };
}

function indexedBatches<T>(
  base: IndexedSource<T>,
  plan: BatchPlan,
  remainderOf: (pass: Pass) => Remainder,
  countFrom: (examples: number, pass: Pass) => number,
): IndexedSource<unknown> {
  const { size } = plan;
  return {
    indexed: true,
    count: (pass) => countFrom(base.count(pass), pass),
    view(pass) {
      const view = base.view(pass);
      return {
        length: countFrom(view.length, pass),
        indexOf: (position) => position,
        get(position) {
          const start = position * size;
          const count = Math.min(size, view.length - start);
          const values: (T | Promise<T>)[] = [];
          try {
            for (let row = 0; row < count; row++) values.push(view.get(start + row));
          } catch (error) {
            void Promise.allSettled(values); // nobody will wait for those that are under way
            throw error;
          }
          const finish = (examples: readonly T[]): unknown =>
            assemble(examples, (row) => view.indexOf(start + row), plan, remainderOf(pass));
          return values.some((value) => value instanceof Promise)
            ? Promise.all(values).then(finish)
            : finish(values as readonly T[]); // none of them is a promise
        },
      };
    },
  };
}

async function* streamedBatches<T>(
  base: Source<T>,
  plan: BatchPlan,
  remainder: Remainder,
  pass: Pass,
  skip: number,
): AsyncGenerator<Item<unknown>, void, undefined> {
  let position = skip;
  let group: Item<T>[] = [];
  const finish = (items: readonly Item<T>[]): Item<unknown> => ({
    index: position++,
    value: assemble(
      items.map((item) => item.value),
      (row) => items[row]!.index,
      plan,
      remainder,
    ),
  });
  for await (const item of openSource(base, pass, skip * plan.size)) {
    group.push(item);
    if (group.length < plan.size) continue;
    yield finish(group);
    group = [];
  }
  if (group.length === 0) return;
  if (remainder !== 'drop') yield finish(group);
  else if (position === 0) throw tooSmall(group.length, plan.size);
}

function assemble<T>(
  examples: readonly T[],
  indexOf: (row: number) => number,
  plan: BatchPlan,
  remainder: Remainder,
): unknown {
  const { size, weight, dtypes } = plan;
  if (remainder !== 'pad') return stackExamples(examples, { dtypes, indexOf });
  const count = examples.length;
  const padded = Array.from({ length: size }, (_, row) => examples[Math.min(row, count - 1)]!);
  const batch: unknown = stackExamples(padded, {
    dtypes,
    indexOf: (row) => indexOf(Math.min(row, count - 1)),
  });
  if (batch instanceof HostArray)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `padding adds an array of weights, so examples must be records: map them to { x: … } before batch`,
    );
  if (Object.hasOwn(batch as object, weight))
    throw new CotangentError(
      'DUPLICATE_NAME',
      `the examples have a '${weight}' already, which is the name of the padding's weights: batch(${size}, { remainder: 'pad', weight: 'another name' })`,
    );
  const weights = new HostArray('f32', [size], new Float32Array(size).fill(1, 0, count));
  return { ...(batch as object), [weight]: weights }; // a stack that is no HostArray is a record
}

const tooSmall = (examples: number, size: number): CotangentError =>
  new CotangentError(
    'BATCH_TOO_SMALL',
    `${examples} ${examples === 1 ? 'example does' : 'examples do'} not fill one batch of ${size}, and the remainder is dropped: take a batch size of at most ${examples}, or remainder 'keep' or 'pad'`,
  );

/** @throws BAD_ARGUMENT unless `value` is a whole number of at least `least`. */
export function checkCount(value: unknown, least: number, what: string): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < least)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `${what} must be a whole number of at least ${least}, not ${show(value)}`,
    );
}
