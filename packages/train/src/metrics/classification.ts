/** Metrics of classifiers: accuracy, top-k accuracy, the confusion matrix, and what follows from it. */
import { CotangentError, formatShape, show } from '@cotangent/graph';
import { checkClass, classReader, rankOf } from './classes.ts';
import { commonRows, eachRow, type Mean, type Metric, type MetricBatch, meanOf, noMean } from './metric.ts';

/**
 * The share of rows whose class is right.
 *
 * @throws SHAPE_MISMATCH, BAD_DATA (in update) on arrays that are no classes; NaN of no rows
 * @example
 * ```ts
 * measure(accuracy(), [{ predictions: fromNested([[0.1, 0.9], [0.8, 0.2]]), labels: fromNested([1, 1]) }]) // 0.5
 * ```
 */
export function accuracy(): Metric<Mean> {
  return {
    name: 'accuracy',
    better: 'larger',
    initial: noMean,
    result: meanOf,
    update(state, { predictions, labels, weights }) {
      const predicted = classReader(predictions, 'predictions');
      const actual = classReader(labels, 'labels');
      return addHits(
        state,
        commonRows(predictions, labels),
        weights,
        (row) => predicted(row) === actual(row),
      );
    },
  };
}

/**
 * The share of rows whose class is among the k highest scores; of equal scores the lower class comes first.
 *
 * @throws BAD_ARGUMENT if k is no whole number from 1; SHAPE_MISMATCH (in update) unless there are more than k scores
 */
export function topKAccuracy(k: number): Metric<Mean> {
  if (!Number.isInteger(k) || k < 1)
    throw new CotangentError('BAD_ARGUMENT', `topKAccuracy needs a whole number from 1, not ${show(k)}`);
  return {
    name: `top${k}Accuracy`,
    better: 'larger',
    initial: noMean,
    result: meanOf,
    update(state, { predictions, labels, weights }) {
      const classes = predictions.shape[1] ?? 0;
      if (predictions.shape.length !== 2 || classes < k)
        throw new CotangentError(
          'SHAPE_MISMATCH',
          `topKAccuracy(${k}) needs scores [batch, classes] of at least ${k} classes, not ${formatShape(predictions.shape)}`,
          { shapes: [formatShape(predictions.shape)] },
        );
      const actual = classReader(labels, 'labels');
      return addHits(state, commonRows(predictions, labels), weights, (row) => {
        const label = checkClass(actual(row), classes, row, 'labels');
        return rankOf(predictions, row, label) < k;
      });
    },
  };
}

function addHits(
  state: Mean,
  rows: number,
  weights: MetricBatch['weights'],
  isHit: (row: number) => boolean,
): Mean {
  let { sum, weight: total } = state;
  eachRow(rows, weights, (row, weight) => {
    total += weight;
    if (isHit(row)) sum += weight;
  });
  return { sum, weight: total };
}

/** Counts (or weights) of every pair of classes: `counts[label][prediction]`. */
export type Confusion = readonly (readonly number[])[];

/**
 * How often each class (row) was taken for each class (column), as in scikit-learn.
 *
 * @throws BAD_ARGUMENT if `classes` is no whole number from 2; INDEX_OUT_OF_RANGE (in update) on other classes
 * @example
 * ```ts
 * const batch = { predictions: fromNested([0, 1, 1]), labels: fromNested([0, 0, 1]) };
 * measure(confusionMatrix(2), [batch]) // [[1, 1], [0, 1]]
 * ```
 */
export function confusionMatrix(classes: number): Metric<Confusion, Confusion> {
  return fromConfusion('confusionMatrix', classes, (counts) => counts);
}

/** How one number is made of the numbers of the classes; 'none' keeps one per class. */
export type Average = 'macro' | 'micro' | 'none';

/** What a metric with that average gives. */
export type Averaged<A extends Average> = A extends 'none' ? readonly number[] : number;

/** True positives / predicted positives. A class that was never predicted has 0. */
export function precision<A extends Average = 'macro'>(
  classes: number,
  average?: A,
): Metric<Confusion, Averaged<A>> {
  return ofClasses('precision', classes, average, ({ hits, predicted }) => ratio(hits, predicted));
}

/** True positives / rows of the class. A class without rows has 0. */
export function recall<A extends Average = 'macro'>(
  classes: number,
  average?: A,
): Metric<Confusion, Averaged<A>> {
  return ofClasses('recall', classes, average, ({ hits, actual }) => ratio(hits, actual));
}

/**
 * The harmonic mean of precision and recall, 2·hits / (predicted + actual); 0 where both are 0.
 * 'macro' is the mean over classes, 'micro' counts the hits of all classes together (which equals accuracy).
 */
export function f1Score<A extends Average = 'macro'>(
  classes: number,
  average?: A,
): Metric<Confusion, Averaged<A>> {
  return ofClasses('f1Score', classes, average, ({ hits, predicted, actual }) =>
    ratio(2 * hits, predicted + actual),
  );
}

/** One line of a classification report. */
export interface ClassReport {
  readonly class: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows (or their weight) of the class. */
  readonly support: number;
}

/** Precision, recall, F1 and support of every class: the table at the end of a training. */
export function classReports(classes: number): Metric<Confusion, readonly ClassReport[]> {
  return fromConfusion('classReports', classes, (counts) =>
    talliesOf(counts).map(({ hits, predicted, actual }, index) => ({
      class: index,
      precision: ratio(hits, predicted),
      recall: ratio(hits, actual),
      f1: ratio(2 * hits, predicted + actual),
      support: actual,
    })),
  );
}

interface Tally {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

/** Division by zero is 0, as scikit-learn's zero_division=0. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const talliesOf = (counts: Confusion): Tally[] =>
  counts.map((row, index) => ({
    hits: row[index]!,
    predicted: sum(counts.map((other) => other[index]!)),
    actual: sum(row),
  }));

function ofClasses<A extends Average>(
  name: string,
  classes: number,
  average: A | undefined,
  measureOne: (tally: Tally) => number,
): Metric<Confusion, Averaged<A>> {
  const how: Average = average ?? 'macro';
  if (!['macro', 'micro', 'none'].includes(how))
    throw new CotangentError('BAD_ARGUMENT', `${name} averages 'macro', 'micro' or 'none', not ${show(how)}`);
  return fromConfusion(how === 'macro' ? name : `${name} (${how})`, classes, (counts) => {
    const tallies = talliesOf(counts);
    const each = tallies.map(measureOne);
    const answer = {
      none: () => each,
      macro: () => sum(each) / classes,
      micro: () =>
        measureOne({
          hits: sum(tallies.map((tally) => tally.hits)),
          predicted: sum(tallies.map((tally) => tally.predicted)),
          actual: sum(tallies.map((tally) => tally.actual)),
        }),
    }[how]();
    return answer as Averaged<A>; // an array exactly for 'none'
  });
}

function fromConfusion<Result>(
  name: string,
  classes: number,
  result: (counts: Confusion) => Result,
): Metric<Confusion, Result> {
  if (!Number.isInteger(classes) || classes < 2)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `${name} needs a number of classes from 2, not ${show(classes)}`,
    );
  return {
    name,
    better: 'larger',
    result,
    initial: Array.from({ length: classes }, () => new Array<number>(classes).fill(0)),
    update(state, { predictions, labels, weights }) {
      const predicted = classReader(predictions, 'predictions');
      const actual = classReader(labels, 'labels');
      const counts = state.map((row) => [...row]);
      eachRow(commonRows(predictions, labels), weights, (row, weight) => {
        const label = checkClass(actual(row), classes, row, 'labels');
        const prediction = checkClass(predicted(row), classes, row, 'predictions');
        counts[label]![prediction]! += weight;
      });
      return counts;
    },
  };
}
