/** The mean of a loss over a set, from batch means or from one loss per row. */
import { CotangentError, formatShape, type HostArray } from '@cotangent/graph';
import { eachRow, type Mean, type Metric, meanOf, noMean } from './metric.ts';

export interface LossBatch {
  /** One loss per row, [batch], or the mean of the batch: a number or a scalar. */
  readonly loss: HostArray | number;
  /** [batch]: how much each row counts. */
  readonly weights?: HostArray | undefined;
  /** How many rows a batch mean is made of, if there are no weights; 1 otherwise. */
  readonly count?: number | undefined;
}

/**
 * The mean loss; a batch mean counts as much as its rows together (by weights, or by count).
 *
 * @throws SHAPE_MISMATCH (in update) if the loss is neither scalar nor [batch]
 * @example
 * ```ts
 * measure(meanLoss(), [{ loss: 1, count: 3 }, { loss: 2, count: 1 }]) // 1.25
 * ```
 */
export function meanLoss(): Metric<Mean, number, LossBatch> {
  return {
    name: 'loss',
    initial: noMean,
    result: meanOf,
    update(state, { loss, weights, count = 1 }) {
      let { sum, weight: total } = state;
      if (typeof loss === 'number' || loss.shape.length === 0) {
        const mean = typeof loss === 'number' ? loss : loss.item();
        const rows = weights === undefined ? count : weightOf(weights);
        return rows === 0 ? state : { sum: sum + mean * rows, weight: total + rows };
      }
      if (loss.shape.length !== 1)
        throw new CotangentError(
          'SHAPE_MISMATCH',
          `meanLoss takes a scalar or one loss per row, [batch], not ${formatShape(loss.shape)}`,
          { shapes: [formatShape(loss.shape)] },
        );
      eachRow(loss.shape[0]!, weights, (row, weight) => {
        sum += weight * loss.data[row]!;
        total += weight;
      });
      return { sum, weight: total };
    },
  };
}

function weightOf(weights: HostArray): number {
  let total = 0;
  eachRow(weights.shape[0] ?? 0, weights, (_, weight) => {
    total += weight;
  });
  return total;
}
