/** Sequences of different lengths as one array: padded at the end, with the lengths beside it. */
import {
  allocate,
  CotangentError,
  type DType,
  formatShape,
  fromNested,
  HostArray,
  type Nested,
  sameShape,
  show,
  type TypedArrayOf,
} from '@cotangent/graph';

export interface PadOptions {
  /** Number of steps of the result; by default that of the longest sequence. */
  readonly length?: number;
  /** What stands behind the end of a sequence; 0 by default. */
  readonly value?: number;
}

export interface Padded<D extends DType> {
  /** [sequences, steps, ...] */
  readonly values: HostArray<D>;
  /** [sequences]: how many steps of each are its own. */
  readonly lengths: HostArray<'i32'>;
}

/**
 * Pads sequences [steps, ...] to one length.
 *
 * @param sequences  nested arrays, or host arrays of one dtype; they differ in their first axis alone
 * @throws EMPTY_DATASET for an empty list; BAD_DATA with the index of a sequence that is too long, or of another shape
 * @example
 * ```ts
 * const { values, lengths } = padSequences([[[1, 2], [3, 4]], [[5, 6]]]);
 * values.toNested(); // [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]
 * lengths.toNested(); // [2, 1]
 * ```
 */
export function padSequences<D extends DType>(
  sequences: readonly HostArray<D>[],
  options?: PadOptions,
): Padded<D>;
export function padSequences<D extends DType = 'f32'>(
  sequences: readonly Nested[],
  options?: PadOptions & { readonly dtype?: D },
): Padded<D>;
export function padSequences(
  sequences: readonly (HostArray | Nested)[],
  { length, value = 0, dtype }: PadOptions & { readonly dtype?: DType } = {},
): Padded<DType> {
  if (!Array.isArray(sequences))
    throw new CotangentError('BAD_DATA', `padSequences takes a list of sequences, not ${show(sequences)}`);
  if (sequences.length === 0) throw new CotangentError('EMPTY_DATASET', 'there are no sequences to pad');
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
    throw new CotangentError('BAD_ARGUMENT', `length is ${show(length)}, not a whole number of 0 or more`);
  const rows = sequences.map((sequence, i) => sequenceOf(sequence, i, dtype));
  // An empty nested array does not say what its steps would have been.
  const { dtype: common, shape } = rows.find(({ size }) => size > 0) ?? rows[0]!;
  const step = shape.slice(1);
  const longest = length ?? rows.reduce((most, row) => Math.max(most, row.shape[0]!), 0);
  const width = step.reduce((product, size) => product * size, 1);
  const data = allocate(common, rows.length * longest * width).fill(value);
  rows.forEach((row, i) => {
    const count = row.shape[0]!;
    if (count > longest)
      throw new CotangentError(
        'BAD_DATA',
        `sequence ${i} has ${count} steps, more than length: ${longest}: cut it, or leave the option out`,
      );
    if (count > 0 && (row.dtype !== common || !sameShape(row.shape.slice(1), step)))
      throw new CotangentError(
        'BAD_DATA',
        `sequence ${i} has steps ${row.dtype}${formatShape(row.shape.slice(1))} where others have ${common}${formatShape(step)}`,
      );
    data.set(row.data, i * longest * width);
  });
  return {
    // Allocated for this dtype.
    values: new HostArray(common, [rows.length, longest, ...step], data as TypedArrayOf[DType]),
    lengths: new HostArray(
      'i32',
      [rows.length],
      Int32Array.from(rows, (row) => row.shape[0]!),
    ),
  };
}

function sequenceOf(sequence: HostArray | Nested, i: number, dtype: DType | undefined): HostArray {
  try {
    const row = sequence instanceof HostArray ? sequence : fromNested(sequence, dtype);
    if (row.shape.length > 0) return row;
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error;
    throw new CotangentError('BAD_DATA', `sequence ${i}: ${error.sentence}`, { cause: error });
  }
  throw new CotangentError('BAD_DATA', `sequence ${i} is ${show(sequence)}: a sequence is a list of steps`);
}
