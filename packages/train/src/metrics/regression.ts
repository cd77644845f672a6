/**
 * Metrics of regressions: squared and absolute error, and the coefficient of determination.
 * The losses meanSquaredError and meanAbsoluteError, which live in a graph, have their names in `layers`.
 */
import { CotangentError, formatShape, type HostArray } from '@cotangent/graph';
import { commonRows, eachRow, type Mean, type Metric, meanOf, noMean } from './metric.ts';

/** The mean of (prediction - label)², over all elements of the rows that count; its name is 'meanSquaredError'. */
export const squaredError = (): Metric<Mean> =>
  elementwiseMean('meanSquaredError', (difference) => difference * difference);

/** The mean of |prediction - label|, over all elements of the rows that count; its name is 'meanAbsoluteError'. */
export const absoluteError = (): Metric<Mean> => elementwiseMean('meanAbsoluteError', Math.abs);

function elementwiseMean(name: string, cost: (difference: number) => number): Metric<Mean> {
  return {
    name,
    better: 'smaller',
    initial: noMean,
    result: meanOf,
    update(state, { predictions, labels, weights }) {
      const width = rowWidth(predictions, labels, name);
      let { sum, weight: total } = state;
      eachRow(commonRows(predictions, labels), weights, (row, weight) => {
        for (let i = row * width; i < (row + 1) * width; i++) {
          sum += weight * cost(predictions.data[i]! - labels.data[i]!);
          total += weight;
        }
      });
      return { sum, weight: total };
    },
  };
}

/** The running moments of one output (West 1979): they do not cancel as the sum of squares does. */
export interface OutputMoments {
  readonly weight: number;
  readonly mean: number;
  /** Sum of weighted squared deviations of the labels from their mean. */
  readonly deviations: number;
  /** Sum of weighted squared differences of predictions and labels. */
  readonly residuals: number;
}

/**
 * R² = 1 - Σ(y - ŷ)² / Σ(y - ȳ)², the plain mean over the outputs of a row, as in scikit-learn:
 * where all labels are equal it is 1 if the predictions are exact, and 0 otherwise. NaN of no rows.
 *
 * @throws SHAPE_MISMATCH (in update) if predictions and labels have different shapes
 * @example
 * ```ts
 * measure(r2(), [{ predictions: fromNested([2.5, 0, 2, 8]), labels: fromNested([3, -0.5, 2, 7]) }]) // 0.9486…
 * ```
 */
export function r2(): Metric<readonly OutputMoments[]> {
  return {
    name: 'r2',
    better: 'larger',
    initial: [],
    update(state, { predictions, labels, weights }) {
      const width = rowWidth(predictions, labels, 'r2');
      if (state.length !== 0 && state.length !== width)
        throw new CotangentError(
          'SHAPE_MISMATCH',
          `r2: this batch has ${width} outputs per row, those before ${state.length}`,
        );
      const moments = Array.from({ length: width }, (_, i) => ({ ...(state[i] ?? noMoments) }));
      eachRow(commonRows(predictions, labels), weights, (row, weight) => {
        for (let output = 0; output < width; output++) {
          const label = labels.data[row * width + output]!;
          const residual = predictions.data[row * width + output]! - label;
          const entry = moments[output]!;
          const shift = label - entry.mean;
          entry.weight += weight;
          entry.mean += (shift * weight) / entry.weight;
          entry.deviations += weight * shift * (label - entry.mean);
          entry.residuals += weight * residual * residual;
        }
      });
      return moments;
    },
    result(state) {
      if (state.length === 0 || state[0]!.weight === 0) return Number.NaN;
      const each = state.map(({ deviations, residuals }) =>
        deviations === 0 ? (residuals === 0 ? 1 : 0) : 1 - residuals / deviations,
      );
      return each.reduce((total, value) => total + value, 0) / each.length;
    },
  };
}

const noMoments: OutputMoments = { weight: 0, mean: 0, deviations: 0, residuals: 0 };

/** Elements of one row. A column against a vector is refused: broadcasting it is the classic silent mistake. */
function rowWidth(predictions: HostArray, labels: HostArray, name: string): number {
  const { shape } = predictions;
  if (shape.length !== labels.shape.length || shape.some((dim, axis) => dim !== labels.shape[axis]))
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `${name} needs predictions and labels of one shape, not ${formatShape(shape)} and ${formatShape(labels.shape)}`,
      { shapes: [formatShape(shape), formatShape(labels.shape)] },
    );
  return shape.slice(1).reduce((product, dim) => product * dim, 1);
}
