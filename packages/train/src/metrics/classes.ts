/** Reading class numbers from scores or numbers, and comparing scores. */
import { CotangentError, formatShape, type HostArray } from '@cotangent/graph';

/** NaN counts as greater than every number, as in numpy's argmax, so that a broken score is never passed over. */
const exceeds = (a: number, b: number): boolean => a > b || (Number.isNaN(a) && !Number.isNaN(b));

/** How to find the class of a row: argmax of scores [batch, classes] (the first of equals), or the number itself. */
export function classReader(array: HostArray, what: string): (row: number) => number {
  if (array.shape.length === 1) return (row) => wholeClass(array.data[row]!, row, what);
  const classes = array.shape[1];
  if (array.shape.length !== 2 || classes === undefined || classes < 2)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `${what} are class numbers [batch] or scores [batch, classes], not ${formatShape(array.shape)}${classes === 1 ? ': make class numbers of one score per row by a threshold' : ''}`,
      { shapes: [formatShape(array.shape)] },
    );
  return (row) => {
    const start = row * classes;
    let best = 0;
    for (let candidate = 1; candidate < classes; candidate++)
      if (exceeds(array.data[start + candidate]!, array.data[start + best]!)) best = candidate;
    return best;
  };
}

function wholeClass(value: number, row: number, what: string): number {
  if (!Number.isInteger(value) || value < 0)
    throw new CotangentError(
      'BAD_DATA',
      `${what}: row ${row} has ${value}, which is not a class number: classes are whole numbers from 0`,
    );
  return value;
}

/** How many classes come before `label` in a row of scores, equals in the order of their numbers. */
export function rankOf(scores: HostArray, row: number, label: number): number {
  const classes = scores.shape[1]!;
  const start = row * classes;
  const own = scores.data[start + label]!;
  let before = 0;
  for (let other = 0; other < classes; other++) {
    const score = scores.data[start + other]!;
    if (exceeds(score, own) || (other < label && !exceeds(own, score))) before++;
  }
  return before;
}

/** @throws INDEX_OUT_OF_RANGE unless 0 <= value < classes */
export function checkClass(value: number, classes: number, row: number, what: string): number {
  if (value >= classes)
    throw new CotangentError(
      'INDEX_OUT_OF_RANGE',
      `${what}: row ${row} has class ${value}, and there are ${classes} classes, 0 to ${classes - 1}`,
    );
  return value;
}
