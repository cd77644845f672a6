/**
 * What a metric is: a pure reducer over batches. Its states are plain immutable data, so they can be saved and compared,
 * and reading a set in batches gives what reading it at once gives.
 */
import { CotangentError, formatShape, type HostArray } from '@cotangent/graph';

/** A batch as metrics see it. */
export interface MetricBatch {
  /** Scores (logits or probabilities) [batch, classes], class numbers [batch], or values of a regression. */
  readonly predictions: HostArray;
  /** Class numbers [batch], or values of the shape of the predictions. */
  readonly labels: HostArray;
  /** [batch]: how much each row counts. Rows of weight 0 (padding) are not looked at. */
  readonly weights?: HostArray | undefined;
}

/** A streaming metric: `initial`, then `update` for every batch, then `result`. Methods do not change states. */
export interface Metric<State = unknown, Result = number, Batch = MetricBatch> {
  readonly name: string;
  /** Which results are better, for whoever looks for the best; a metric may leave it open. */
  readonly better?: 'larger' | 'smaller';
  readonly initial: State;
  update(state: State, batch: Batch): State;
  result(state: State): Result;
}

/**
 * Reads batches through a metric.
 *
 * @example
 * ```ts
 * const batch = { predictions: fromNested([0, 1, 1]), labels: fromNested([0, 1, 0]) };
 * measure(accuracy(), [batch]) // 0.666…
 * ```
 */
export function measure<State, Result, Batch>(
  metric: Metric<State, Result, Batch>,
  batches: Iterable<Batch>,
): Result {
  let state = metric.initial;
  for (const batch of batches) state = metric.update(state, batch);
  return metric.result(state);
}

/** The state of a weighted mean. */
export interface Mean {
  readonly sum: number;
  readonly weight: number;
}
export const noMean: Mean = { sum: 0, weight: 0 };
/** A mean of nothing is NaN. */
export const meanOf = (state: Mean): number => state.sum / state.weight;

/** Calls `visit` for every row that counts, with its weight. @throws SHAPE_MISMATCH, BAD_DATA on weights that do not fit */
export function eachRow(
  rows: number,
  weights: HostArray | undefined,
  visit: (row: number, weight: number) => void,
): void {
  if (weights !== undefined && (weights.shape.length !== 1 || weights.shape[0] !== rows))
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `weights are one per row, [${rows}], not ${formatShape(weights.shape)}`,
      { shapes: [formatShape(weights.shape)] },
    );
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights.data[row]!;
    if (weight === 0) continue;
    if (!(weight > 0 && weight < Infinity))
      throw new CotangentError(
        'BAD_DATA',
        `the weight of row ${row} is ${weight}: weights are finite and at least 0`,
      );
    visit(row, weight);
  }
}

/** The first axis of both arrays. @throws SHAPE_MISMATCH if they have none, or different ones */
export function commonRows(predictions: HostArray, labels: HostArray): number {
  const rows = predictions.shape[0];
  if (rows === undefined || labels.shape[0] !== rows)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `predictions ${formatShape(predictions.shape)} and labels ${formatShape(labels.shape)} need one row per example each`,
      { shapes: [formatShape(predictions.shape), formatShape(labels.shape)] },
    );
  return rows;
}
