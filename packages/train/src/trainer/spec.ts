/** What a trainer and `fit` are told. */
import type { Engine } from '@cotangent/engine';
import type { AnyTensor, HostArray, Input, OptionKeys } from '@cotangent/graph';
import type { AnyLayer, LayerLike, Variables } from '@cotangent/layers';
import type { Dataset } from '../data/index.ts';
import type { MetricBatch } from '../metrics/index.ts';
import type { MovingAverage } from '../optimizers/average.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../schedules/index.ts';

/** Batches: records of host arrays by input name, and perhaps weights. */
export type Batch = Readonly<Record<string, HostArray>>;

/** A metric of any kind: its state is its own business, and evaluation keeps results that are numbers. */
export interface AnyMetric {
  readonly name: string;
  readonly better?: 'larger' | 'smaller';
  readonly initial: unknown;
  update(state: never, batch: MetricBatch): unknown;
  result(state: never): unknown;
}

/** Any layer, whatever tensors it takes. */
export type Model = LayerLike & ((x: never) => unknown);

export interface TrainerSpec {
  /** A layer, one of your own too. What it takes shows when it is called on the first input. */
  readonly model: Model;
  /** What the model sees, then what it should say; batches carry arrays under their names. */
  readonly inputs: readonly [Input, Input];
  /** The loss as a scalar; `weights` [batch] are 0 for padding and 1 otherwise, unless batches bring their own. */
  readonly loss: (prediction: AnyTensor, target: AnyTensor, weights: AnyTensor) => AnyTensor;
  readonly optimizer: Optimizer;
  /** Which parameters move; default: all of the model. */
  readonly parameters?: (model: AnyLayer) => Variables;
  /** Computed on predictions and labels when evaluating. */
  readonly metrics?: Readonly<Record<string, AnyMetric>>;
  readonly schedule?: Schedule;
  /** Follows the parameters; evaluation uses the averages. */
  readonly average?: (parameters: Variables) => MovingAverage;
  readonly seed?: number | string;
  readonly engine?: Engine<'sync'>;
  readonly debug?: TrainerDebug;
}

/** For finding out why a training goes wrong; steps are slower with it. */
export interface TrainerDebug {
  /** Stop at the first node of a step that makes NaN or an infinity, and say which, from which values, on which line. */
  readonly nan?: boolean;
  /** Norms of the gradients of the loss by layer, in the event `step`. */
  readonly gradientNorms?: boolean;
}

export interface Monitor {
  /** 'loss', or the name of a metric. */
  readonly name: string;
  /** Whether smaller or larger is better; by default what the metric says, and smaller of the loss. */
  readonly mode?: 'min' | 'max';
}

export interface FitOptions<B> {
  /** How many epochs there are in all, those of earlier calls and of a restored training included. */
  readonly epochs: number;
  readonly validation?: Dataset<B>;
  /** Which number decides what is best; default: the validation loss. */
  readonly monitor?: Monitor;
  /** Stop after so many epochs without a better value. */
  readonly patience?: number;
  /** Go back to the best parameters at the end. */
  readonly restoreBest?: boolean;
  /** Ends the training after the step under way. */
  readonly signal?: AbortSignal;
}

export const specKeys: OptionKeys<TrainerSpec> = {
  model: true,
  inputs: true,
  loss: true,
  optimizer: true,
  parameters: true,
  metrics: true,
  schedule: true,
  average: true,
  seed: true,
  engine: true,
  debug: true,
};
export const debugKeys: OptionKeys<TrainerDebug> = { nan: true, gradientNorms: true };
export const monitorKeys: OptionKeys<Monitor> = { name: true, mode: true };
export const fitKeys: OptionKeys<FitOptions<unknown>> = {
  epochs: true,
  validation: true,
  monitor: true,
  patience: true,
  restoreBest: true,
  signal: true,
};
