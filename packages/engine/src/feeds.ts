/** Feeds: what a call hands in, checked against the inputs of the program, and the sizes that it binds to names. */
import {
  type Bindings,
  CotangentError,
  type DType,
  formatShape,
  fromNested,
  HostArray,
  holds,
  isDimName,
  type Nested,
  type Shape,
  show,
  substituteDim,
  type TypedArray,
  type TypedArrayOf,
  typedArrayName,
} from '@cotangent/graph';

/** A host array, nested numbers, or a typed array in row-major order. */
export type Feed = HostArray | Nested | TypedArray;
export type Feeds = Readonly<Record<string, Feed>>;

/** What takes a feed: an input, or whatever else gets its value from outside. */
export interface Slot {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** What sentences call it. */
  readonly what?: 'input' | 'variable';
}
const titleOf = ({ what = 'input', name }: Slot): string => `the ${what} '${name}'`;

export interface BoundFeeds {
  readonly arrays: readonly HostArray[];
  readonly bindings: Bindings;
}

/**
 * Checks feeds and finds the sizes of names.
 *
 * @throws MISSING_INPUT, EXTRA_INPUT, SHAPE_MISMATCH, DTYPE_MISMATCH, BAD_DATA, each naming the input
 */
export function bindFeeds(inputs: readonly Slot[], feeds: Feeds): BoundFeeds {
  if (typeof feeds !== 'object' || feeds === null)
    throw new CotangentError(
      'MISSING_INPUT',
      `a program is called with a record of its inputs, { ${inputs.map(({ name }) => name).join(', ')} }, not ${show(feeds)}`,
    );
  const listed = () => inputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
  const extra = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name));
  if (extra !== undefined)
    throw new CotangentError(
      'EXTRA_INPUT',
      `the program has no input '${extra}': its inputs are ${listed()}`,
    );
  const bindings: Record<string, number> = {};
  const sources: Record<string, Slot> = {};
  const arrays = inputs.map((input) => {
    const feed = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (feed === undefined)
      throw new CotangentError(
        'MISSING_INPUT',
        `${titleOf(input)} ${formatShape(input.shape)} is missing: the inputs are ${listed()}`,
      );
    const array = asArray(input, feed);
    bindShape(input, array, bindings, sources);
    return array;
  });
  inputs.forEach((input, i) => checkExpressions(input, arrays[i]!, bindings));
  return { arrays, bindings };
}

function asArray(input: Slot, feed: Feed): HostArray {
  if (feed instanceof HostArray) {
    if (feed.dtype === input.dtype) return feed;
    throw new CotangentError(
      'DTYPE_MISMATCH',
      `${titleOf(input)} is ${input.dtype} and was fed ${feed.dtype}: convert it with convertHost(array, '${input.dtype}')`,
    );
  }
  if (ArrayBuffer.isView(feed)) return fromTyped(input, feed);
  try {
    return fromNested(feed, input.dtype);
  } catch (error) {
    throw error instanceof CotangentError
      ? new CotangentError(error.code, `${titleOf(input)}: ${error.sentence}`)
      : error;
  }
}

/** A typed array has no shape: it takes the declared one, with at most one free name. */
function fromTyped(input: Slot, feed: TypedArray): HostArray {
  const { shape, dtype } = input;
  if (!holds(feed, dtype))
    throw new CotangentError(
      'DTYPE_MISMATCH',
      `${titleOf(input)} is ${dtype} and was fed a ${feed.constructor.name}: give ${typedArrayName(dtype)}.from(values), or declare the input with the dtype of the data`,
    );
  const free = shape.filter((dim) => typeof dim !== 'number');
  const known = shape.reduce<number>(
    (product, dim) => (typeof dim === 'number' ? product * dim : product),
    1,
  );
  // Nothing fills what has no entries.
  const open = known === 0 && feed.length === 0 ? 1 : feed.length / known;
  if (free.length > 1 || !Number.isInteger(open) || (free.length === 0 && open !== 1))
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `${feed.length} numbers do not fill ${titleOf(input)} ${formatShape(shape)}: feed a HostArray with its shape`,
    );
  const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : open));
  return new HostArray<DType>(dtype, sizes, feed as TypedArrayOf[DType]);
}

function bindShape(
  input: Slot,
  array: HostArray,
  bindings: Record<string, number>,
  sources: Record<string, Slot>,
): void {
  const mismatch = (why: string) =>
    new CotangentError(
      'SHAPE_MISMATCH',
      `${titleOf(input)} is declared ${formatShape(input.shape)} and was fed ${formatShape(array.shape)}: ${why}`,
      {
        shapes: [formatShape(input.shape), formatShape(array.shape)],
      },
    );
  if (array.shape.length !== input.shape.length) throw mismatch(rankHint(input, array));
  input.shape.forEach((dim, axis) => {
    const size = array.shape[axis]!;
    if (typeof dim === 'number') {
      if (dim !== size) throw mismatch(`axis ${axis} has ${size} instead of ${dim}`);
    } else if (isDimName(dim)) {
      const known = Object.hasOwn(bindings, dim) ? bindings[dim] : undefined;
      if (known !== undefined && known !== size)
        throw mismatch(`'${dim}' is ${size} here and ${known} in ${titleOf(sources[dim]!)}`);
      bindings[dim] = size;
      sources[dim] ??= input;
    }
  });
}

/** What is likely meant by an array with more or fewer axes than its input. */
function rankHint({ dtype, shape }: Slot, array: HostArray): string {
  const [wanted, given] = [shape.length, array.shape.length];
  const counts = `it needs ${wanted} ${wanted === 1 ? 'axis' : 'axes'}, not ${given}`;
  if (given === wanted - 1) return `${counts}; for a single example, feed it as a batch of one`;
  return dtype === 'i32' && given === wanted + 1
    ? `${counts}; if these are labels, give the numbers of classes, not one-hot rows`
    : counts;
}

/** Dims such as `time*2` are checked once the names are known. */
function checkExpressions(input: Slot, array: HostArray, bindings: Bindings): void {
  input.shape.forEach((dim, axis) => {
    // Numbers and names were looked at when they were bound.
    if (typeof dim === 'number' || isDimName(dim)) return;
    const wanted = substituteDim(dim, bindings);
    if (wanted !== array.shape[axis])
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `axis ${axis} of ${titleOf(input)} is ${array.shape[axis]} where ${dim} is ${wanted}`,
      );
  });
}
