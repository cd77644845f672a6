/**
 * What a learning-rate schedule is: data and pure functions of the number of the step.
 * What a schedule has to remember (only plateau does) is a plain JSON state that the trainer holds and saves.
 */
import { CotangentError, show } from '@cotangent/graph';

/** The state of a schedule that has nothing to remember. */
export type NoState = null;

/** Steps count from 0; whether a step is an optimizer step or an epoch is decided by who asks. */
export interface Schedule<State = unknown> {
  readonly name: string;
  readonly initial: State;
  /** The learning rate of a step. */
  rate(state: State, step: number): number;
  /** What the state becomes after a measured value, a validation loss as a rule. */
  observe?(state: State, value: number): State;
}

/**
 * The rate of a step, checked.
 *
 * @throws NOT_FINITE if the schedule gives a rate that is NaN, infinite or negative; BAD_ARGUMENT if the step is no whole number from 0
 * @example
 * ```ts
 * const schedule = stepSchedule({ rate: 0.1, every: 10, gamma: 0.5 });
 * rateAt(schedule, schedule.initial, 10) // 0.05
 * ```
 */
export function rateAt<State>(schedule: Schedule<State>, state: State, step: number): number {
  if (!Number.isInteger(step) || step < 0)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `schedule '${schedule.name}': ${show(step)} is not the number of a step`,
    );
  const rate: unknown = schedule.rate(state, step);
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0)
    throw new CotangentError(
      'NOT_FINITE',
      `schedule '${schedule.name}' gives the learning rate ${show(rate)} at step ${step}: a rate is a finite number, at least 0`,
    );
  return rate;
}

/** The state after a measured value; schedules that do not observe keep theirs. */
export function observed<State>(schedule: Schedule<State>, state: State, value: number): State {
  return schedule.observe === undefined ? state : schedule.observe(state, value);
}

/** A schedule of one's own, from a function of the step. */
export const customSchedule = (name: string, rate: (step: number) => number): Schedule<NoState> => ({
  name,
  initial: null,
  rate: (_, step) => rate(step),
});

/** base^exponent for a whole exponent, by squaring: Math.pow differs between versions of V8, products do not. */
export function wholePower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Checks options by name: finite numbers at least `least`, whole ones where asked. */
export function checkOptions(
  schedule: string,
  options: Readonly<Record<string, number>>,
  rule: { readonly least: number; readonly whole?: boolean },
): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new CotangentError('NOT_FINITE', `${schedule}: ${name} is ${show(value)}, not a finite number`);
    if (value < rule.least || (rule.whole === true && !Number.isInteger(value)))
      throw new CotangentError(
        'BAD_ARGUMENT',
        `${schedule}: ${name} is ${value}, and must be ${rule.whole === true ? 'a whole number' : 'a number'} of at least ${rule.least}`,
      );
  }
}
