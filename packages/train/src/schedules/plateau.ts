/** The schedule that listens: lower the rate when a measured value stops improving. */
import { CotangentError, show } from '@cotangent/graph';
import { checkOptions, type Schedule } from './schedule.ts';

export interface PlateauState {
  readonly rate: number;
  /** The best value so far; null before the first. */
  readonly best: number | null;
  /** Observations since the best one. */
  readonly bad: number;
  /** Observations that still do not count after a reduction. */
  readonly resting: number;
}

export interface PlateauOptions {
  readonly rate: number;
  /** What the rate is multiplied by; below 1. */
  readonly factor?: number;
  /** How many observations without improvement are borne. */
  readonly patience?: number;
  /** How much better, relative to the best value, counts as better. */
  readonly threshold?: number;
  readonly minimum?: number;
  /** How many observations after a reduction do not count. */
  readonly cooldown?: number;
  /** Whether small or large values are good. */
  readonly mode?: 'min' | 'max';
}

/**
 * Multiplies the rate by `factor` after more than `patience` observations without improvement, as PyTorch's
 * ReduceLROnPlateau (relative threshold, no smallest change). A NaN is no improvement. The rate changes in `observe`, not with the step.
 *
 * @example
 * ```ts
 * const schedule = plateauSchedule({ rate: 0.1, factor: 0.5, patience: 0 });
 * const state = [3, 2, 2].reduce((state, loss) => schedule.observe(state, loss), schedule.initial);
 * schedule.rate(state, 3) // 0.05
 * ```
 */
export function plateauSchedule(
  options: PlateauOptions,
): Schedule<PlateauState> & Required<Pick<Schedule<PlateauState>, 'observe'>> {
  const {
    rate,
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    minimum = 0,
    cooldown = 0,
    mode = 'min',
  } = options;
  checkOptions('plateauSchedule', { rate, factor, threshold, minimum }, { least: 0 });
  checkOptions('plateauSchedule', { patience, cooldown }, { least: 0, whole: true });
  if (factor >= 1)
    throw new CotangentError('BAD_ARGUMENT', `plateauSchedule: factor is ${factor}, and must be below 1`);
  if (mode !== 'min' && mode !== 'max')
    throw new CotangentError('BAD_ARGUMENT', `plateauSchedule: mode is 'min' or 'max', not ${show(mode)}`);
  // As PyTorch: the first value is measured against infinity, so NaN does not become the best.
  const isBetter = (value: number, best: number | null): boolean =>
    mode === 'min'
      ? value < (best ?? Infinity) * (1 - threshold)
      : value > (best === null ? -Infinity : best * (1 + threshold));
  return {
    name: 'plateau',
    initial: { rate, best: null, bad: 0, resting: 0 },
    rate: (state) => state.rate,
    observe(state, value) {
      const better = isBetter(value, state.best);
      const best = better ? value : state.best;
      if (state.resting > 0) return { ...state, best, bad: 0, resting: state.resting - 1 };
      const bad = better ? 0 : state.bad + 1;
      if (bad <= patience) return { ...state, best, bad };
      return {
        rate: Math.max(state.rate * factor, Math.min(minimum, state.rate)),
        best,
        bad: 0,
        resting: cooldown,
      };
    },
  };
}
