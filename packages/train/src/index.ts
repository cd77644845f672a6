/** The public face of the train package; what needs files is under `@cotangent/train/node`. */
export * from './checkpoint/index.ts';
export * from './data/index.ts';
export * from './metrics/index.ts';
export * from './optimizers/index.ts';
export * from './schedules/index.ts';
export type { Events, Handler } from './trainer/events.ts';
export { type RestoreOptions, restoreVariables, variablesIn } from './trainer/restore.ts';
export type { AnyMetric, Batch, FitOptions, TrainerDebug, TrainerSpec } from './trainer/spec.ts';
export type { EpochRecord, TrainerState } from './trainer/state.ts';
export { Trainer, trainer } from './trainer/trainer.ts';
