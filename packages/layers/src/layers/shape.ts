/** Layers that only change the shape, and look-ups. */
import { type AnyTensor, fail, type Initializer, normal, type Regularizer } from '@cotangent/graph';
import {
  cast,
  equal,
  expandDims,
  flatten,
  lookUp,
  oneHot,
  reshape,
  splat,
  stopGradient,
  where,
} from '@cotangent/graph/ops';
import { parameter } from '../core.ts';
import { choice, count, index, initializer, nullable, regularizer, required, sizes } from '../options.ts';
import { define } from '../registry.ts';

/** Everything after the batch as one axis. */
export const makeFlatten = define<object>('flatten', {}, () => (x) => flatten(x, 1));

/** Another shape for what comes after the batch; -1 stands for the rest. */
export const makeReshape = define<{ shape: readonly number[] }>(
  'reshape',
  { shape: required(sizes()) },
  ({ shape }) =>
    (x) =>
      reshape(x, [x.shape[0] ?? 1, ...shape]),
);

export interface EmbeddingOptions {
  /** Number of rows: indices are 0 to count − 1. */
  readonly count: number;
  /** Size of each row. */
  readonly units: number;
  /** A row that gets no gradient, for padding. */
  readonly paddingIndex?: number | null;
  readonly initializer?: Initializer;
  readonly regularizer?: Regularizer;
  readonly dtype?: 'f32' | 'f64';
  readonly name?: string;
}

/** Rows of a table by number. */
export const makeEmbedding = define<Required<EmbeddingOptions>>(
  'embedding',
  {
    count: required(count()),
    units: required(count()),
    paddingIndex: nullable(index()),
    initializer: initializer(normal(0, 1)),
    regularizer: regularizer(),
    dtype: choice(['f32', 'f64'], 'f32'),
  },
  ({ count: rows, units, paddingIndex, initializer: initial, regularizer: penalty, dtype }) => {
    if (typeof paddingIndex === 'number' && paddingIndex >= rows)
      throw fail(
        'BAD_ARGUMENT',
        `embedding: the option 'paddingIndex' is ${paddingIndex}, and the rows are 0 to ${rows - 1}`,
      );
    return (x) => {
      if (x.dtype !== 'i32' && x.dtype !== 'u32')
        throw fail(
          'DTYPE_MISMATCH',
          `embedding takes whole numbers, not ${x.dtype}: convert them with .cast('i32')`,
        );
      const table = parameter('table', [rows, units], initial, {
        dtype,
        ...(penalty && { regularizer: penalty }),
      });
      const rowOf = cast(x, 'i32');
      const found = lookUp(table, rowOf);
      return paddingIndex === undefined || paddingIndex === null
        ? found
        : withoutGradient(found, rowOf, paddingIndex);
    };
  },
);

/** The same rows; those of the padding index are constants. */
function withoutGradient(rows: AnyTensor, indices: AnyTensor, paddingIndex: number): AnyTensor {
  const isPadding = expandDims(equal(indices, splat(paddingIndex, indices.shape, indices.dtype)), -1);
  return where(isPadding, stopGradient(rows), rows);
}

export const makeOneHot = define<{ classes: number }>(
  'oneHot',
  { classes: required(count()) },
  ({ classes }) =>
    (x) =>
      oneHot(x, classes),
);
