/** From a batch to what a program is fed: arrays by the names of inputs, and weights of the examples. */
import { CotangentError, formatShape, HostArray, type Input } from '@cotangent/graph';
import { weightName } from './programs.ts';
import type { Batch } from './spec.ts';

/** The arrays of a batch for some inputs; mistakes are said in the words of datasets. */
export const feedsOf = (batch: Batch, inputs: readonly Input[]): Readonly<Record<string, HostArray>> =>
  Object.fromEntries(inputs.map((input) => [input.name, arrayFor(input, batch)]));

function arrayFor({ name, shape, dtype }: Input, batch: Batch): HostArray {
  const array: unknown = batch[name];
  if (!(array instanceof HostArray))
    throw new CotangentError(
      'BAD_DATA',
      `a batch needs an array '${name}', as the input is called; it has ${
        Object.keys(batch)
          .map((key) => `'${key}'`)
          .join(', ') || 'none'
      }`,
    );
  if (array.shape.length === shape.length - 1)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `the input '${name}' is declared ${formatShape(shape)} and the data has ${formatShape(array.shape)}: if these are single examples, make batches of them with .batch(n)`,
    );
  if (array.dtype !== dtype)
    throw new CotangentError(
      'DTYPE_MISMATCH',
      `the input '${name}' is ${dtype} and the data has ${array.dtype}: say it where the data is made, as in fromArrays(…, { dtypes: { ${name}: '${dtype}' } })`,
    );
  return array;
}

/** The weights of a batch; without any, every example counts. */
export function weightsOf(batch: Batch, source: Input): HostArray {
  const count = batch[source.name]?.shape[0] ?? 1;
  return batch[weightName] ?? new HostArray('f32', [count], new Float32Array(count).fill(1));
}
