/** Metrics. */
export {
  type Average,
  type Averaged,
  accuracy,
  type ClassReport,
  type Confusion,
  classReports,
  confusionMatrix,
  f1Score,
  precision,
  recall,
  topKAccuracy,
} from './classification.ts';
export { type LossBatch, meanLoss } from './loss.ts';
export { type Mean, type Metric, type MetricBatch, measure } from './metric.ts';
export { absoluteError, type OutputMoments, r2, squaredError } from './regression.ts';
