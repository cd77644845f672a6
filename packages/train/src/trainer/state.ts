/**
 * The state of a training: one immutable value. Numbers and texts only, so it is its own JSON. What immer holds of it is all
 * but the losses of the steps, which only grow: a list of them is made for whoever reads it.
 */
import { CotangentError, show } from '@cotangent/graph';
import { castDraft, produce } from 'immer';

/** Sums over the part of an epoch that is done. */
export interface Running {
  readonly lossSum: number;
  readonly batches: number;
}

/** What one epoch came to. */
export interface EpochRecord {
  readonly epoch: number;
  /** Steps taken so far, over all epochs. */
  readonly step: number;
  /** Mean training loss of the epoch. */
  readonly loss: number;
  readonly learningRate: number;
  /** Loss and metrics on validation data, if there is any. */
  readonly validation?: Readonly<Record<string, number>>;
}

export interface ScheduleState {
  readonly name: string;
  readonly state: unknown;
}

export interface TrainerState {
  /** The epoch under way, from 0; the number of epochs done once it is complete. */
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly batch: number;
  readonly step: number;
  readonly running: Running;
  readonly history: readonly EpochRecord[];
  /** Training loss of every step: the learning curve. */
  readonly losses: readonly number[];
  /** The schedule that the training follows, and its state. */
  readonly schedule: ScheduleState | null;
  readonly best: { readonly epoch: number; readonly value: number } | null;
}

/** The state without its long list. */
export type Progress = Omit<TrainerState, 'losses'>;

export const initialProgress = (schedule: ScheduleState | null): Progress => ({
  epoch: 0,
  batch: 0,
  step: 0,
  running: { lossSum: 0, batches: 0 },
  history: [],
  schedule,
  best: null,
});

export const afterStep = (state: Progress, loss: number): Progress =>
  produce(state, (draft) => {
    draft.step++;
    draft.batch++;
    draft.running.lossSum += loss;
    draft.running.batches++;
  });

export const afterEpoch = (state: Progress, record: EpochRecord, schedule: ScheduleState | null): Progress =>
  produce(state, (draft) => {
    draft.epoch++;
    draft.batch = 0;
    draft.running = { lossSum: 0, batches: 0 };
    // Copied at once and frozen here: immer would go through it entry by entry.
    draft.history = castDraft(Object.freeze([...state.history, record]));
    draft.schedule = schedule;
  });

/** The state as it is now, where `losses` goes on growing. */
export function stateOf(progress: Progress, losses: readonly number[]): TrainerState {
  const count = losses.length;
  let list: readonly number[] | undefined;
  return Object.freeze({
    ...progress,
    get losses() {
      return (list ??= losses.slice(0, count));
    },
  });
}

export const withBest = (state: Progress, value: number): Progress =>
  produce(state, (draft) => {
    draft.best = { epoch: draft.epoch, value };
  });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'number');

/** A state from untrusted data. @throws BAD_CHECKPOINT */
export function stateFrom(value: unknown): TrainerState {
  const fail = (what: string): never => {
    throw new CotangentError('BAD_CHECKPOINT', `the checkpoint holds no state of a training: ${what}`);
  };
  if (typeof value !== 'object' || value === null) return fail(`it is ${show(value)}`);
  const { epoch, batch, step, running, history, losses, schedule, best } = value as Record<string, unknown>;
  if (!isCount(epoch) || !isCount(batch) || !isCount(step))
    return fail(`epoch, batch and step are ${show([epoch, batch, step])}`);
  const { lossSum, batches } = (running ?? {}) as Record<string, unknown>;
  if (typeof lossSum !== 'number' || !isCount(batches)) return fail(`its running sums are ${show(running)}`);
  if (!isNumbers(losses)) return fail('its losses are not numbers');
  if (!Array.isArray(history) || !history.every(isRecord)) return fail('its history is damaged');
  const bestOk =
    best === null ||
    (typeof best === 'object' &&
      isCount((best as { epoch: unknown }).epoch) &&
      typeof (best as { value: unknown }).value === 'number');
  if (!bestOk) return fail(`its best epoch is ${show(best)}`);
  return {
    epoch,
    batch,
    step,
    running: { lossSum, batches },
    history,
    losses,
    schedule: scheduleFrom(schedule, fail),
    best: best as TrainerState['best'],
  };
}

const isRecord = (value: unknown): value is EpochRecord => {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, step, loss, learningRate, validation } = value as Record<string, unknown>;
  const numbers =
    validation === undefined ||
    (typeof validation === 'object' &&
      validation !== null &&
      Object.values(validation).every((entry) => typeof entry === 'number'));
  return (
    isCount(epoch) && isCount(step) && typeof loss === 'number' && typeof learningRate === 'number' && numbers
  );
};

function scheduleFrom(value: unknown, fail: (what: string) => never): ScheduleState | null {
  if (value === null || value === undefined) return null;
  const { name, state } = (typeof value === 'object' ? value : {}) as Record<string, unknown>;
  return typeof name === 'string' ? { name, state: state ?? null } : fail(`its schedule is ${show(value)}`);
}
