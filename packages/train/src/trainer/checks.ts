/** What a trainer and `fit` are told, looked at before anything is built: mistakes get a sentence. */
import { CotangentError, checkFunction, checkKeys, show } from '@cotangent/graph';
import { Dataset } from '../data/index.ts';
import { Optimizer } from '../optimizers/optimizer.ts';
import {
  type AnyMetric,
  debugKeys,
  type FitOptions,
  fitKeys,
  type Monitor,
  monitorKeys,
  specKeys,
  type TrainerSpec,
} from './spec.ts';

const bad = (sentence: string): CotangentError => new CotangentError('BAD_ARGUMENT', sentence);
const has = (value: unknown, method: string): boolean =>
  typeof (value as Readonly<Record<string, unknown>> | undefined)?.[method] === 'function';

/** @throws BAD_ARGUMENT */
export function checkSpec(spec: TrainerSpec): void {
  checkKeys('trainer', spec, specKeys);
  const { debug, loss, optimizer, metrics = {}, schedule } = spec;
  if (debug !== undefined) checkKeys('the option debug of trainer', debug, debugKeys);
  checkFunction(
    'the loss of a trainer',
    loss,
    '(prediction, target, weights) => crossEntropy(prediction, target, { weights })',
  );
  if (!(optimizer instanceof Optimizer))
    throw bad(`the optimizer of a trainer is made by a call such as adam(), not ${show(optimizer)}`);
  if (Array.isArray(metrics) || typeof metrics !== 'object')
    throw bad(`the metrics of a trainer are a record, as in { accuracy: accuracy() }, not ${show(metrics)}`);
  for (const [name, metric] of Object.entries(metrics))
    if (!has(metric, 'update') || !has(metric, 'result'))
      throw bad(`the metric '${name}' is made by a call such as accuracy(), not ${show(metric)}`);
  if (schedule !== undefined && !has(schedule, 'rate'))
    throw bad(
      `the schedule of a trainer is made by a call such as cosineSchedule(…), not ${show(schedule)}: a rate that stays is the optimizer's, as in adam({ learningRate: 0.1 })`,
    );
}

/** @throws BAD_ARGUMENT */
export function checkFit(data: unknown, options: FitOptions<never>, metrics: Metrics): void {
  checkKeys('fit', options, fitKeys);
  const { epochs, patience = Infinity, monitor, validation } = options;
  checkDataset('fit', data);
  if (validation !== undefined) checkDataset('the option validation of fit', validation);
  if (!Number.isSafeInteger(epochs) || epochs < 0)
    throw bad(`epochs is ${show(epochs)}, not a whole number of 0 or more`);
  if (patience !== Infinity && (!Number.isSafeInteger(patience) || patience < 1))
    throw bad(`patience is ${show(patience)}, not a whole number of 1 or more`);
  if (monitor !== undefined) {
    checkKeys('the option monitor of fit', monitor, monitorKeys);
    directionOf(monitor, metrics);
  }
}

/** @throws BAD_ARGUMENT */
export function checkDataset(what: string, data: unknown): void {
  if (!(data instanceof Dataset))
    throw bad(`${what} takes a dataset, as in fromArrays({ … }).batch(32), not ${show(data)}`);
}

type Metrics = Readonly<Record<string, AnyMetric>>;

/**
 * Whether smaller or larger is better: as the option says, or as the metric does.
 * @throws BAD_ARGUMENT where neither says
 */
export function directionOf(monitor: Monitor | undefined, metrics: Metrics): 'min' | 'max' {
  const { name = 'loss', mode } = monitor ?? {};
  if (mode === 'min' || mode === 'max') return mode;
  if (mode !== undefined) throw bad(`the mode of monitor is 'min' or 'max', not ${show(mode)}`);
  if (name === 'loss') return 'min';
  const better = Object.hasOwn(metrics, name) ? metrics[name]!.better : 'smaller';
  if (better === undefined)
    throw bad(
      `the metric '${name}' does not say whether it is better when it is larger: write monitor: { name: '${name}', mode: 'max' }, or 'min'`,
    );
  return better === 'larger' ? 'max' : 'min';
}
