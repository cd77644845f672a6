/** The refusal of a step whose loss is no number, with the likeliest cause. */
import { CotangentError, formatShape, type HostArray, positionOf } from '@cotangent/graph';

type Arrays = Readonly<Record<string, HostArray>>;

/** @param fed  the arrays of the batch by name */
export function notFinite(loss: number, step: number, rate: number, fed: Arrays): CotangentError {
  const cause =
    strangeEntryIn(fed) ??
    `lower the learning rate (now ${rate}), or clip gradients; the data of this batch are finite`;
  return new CotangentError(
    'NOT_FINITE',
    `the loss is ${loss} at step ${step}: ${cause}; the variables are as before this step`,
  );
}

/** The refusal of data that is evaluated, if NaN or an infinity in it is why the loss of a batch is no number. */
export function notJudged(loss: number, batch: number, fed: Arrays): CotangentError | undefined {
  const cause = Number.isFinite(loss) ? undefined : strangeEntryIn(fed);
  return cause === undefined
    ? undefined
    : new CotangentError(
        'NOT_FINITE',
        `the loss is ${loss} on batch ${batch} (from 0) of the data that is evaluated: ${cause}`,
      );
}

const strangeEntryIn = (fed: Arrays): string | undefined =>
  Object.entries(fed).flatMap(([name, array]) => strangeEntry(name, array) ?? [])[0];

/** Where an array has NaN or an infinity, if it has. */
function strangeEntry(name: string, { data, shape }: HostArray): string | undefined {
  const flat = data.findIndex((value: number) => !Number.isFinite(value));
  if (flat < 0) return undefined;
  return `the input '${name}' of this batch has ${data[flat]} at ${formatShape(positionOf(shape, flat))}: look for NaN in the data`;
}
