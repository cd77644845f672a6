/** Schedules that begin low: linear, warm-up before another schedule, one-cycle. */
import { CotangentError } from '@cotangent/graph';
import { checkOptions, customSchedule, type NoState, type Schedule } from './schedule.ts';

/**
 * From rate · startFactor to rate · endFactor along a line of `steps`, then constant, as PyTorch's LinearLR.
 *
 * @example
 * ```ts
 * linearSchedule({ rate: 0.1, startFactor: 0.2, steps: 5 }).rate(null, 5) // 0.1
 * ```
 */
export function linearSchedule(options: {
  readonly rate: number;
  readonly steps: number;
  readonly startFactor?: number;
  readonly endFactor?: number;
}): Schedule<NoState> {
  const { rate, steps, startFactor = 1 / 3, endFactor = 1 } = options;
  checkOptions('linearSchedule', { rate, startFactor, endFactor }, { least: 0 });
  checkOptions('linearSchedule', { steps }, { least: 1, whole: true });
  return customSchedule(
    'linear',
    (step) => rate * (startFactor + ((endFactor - startFactor) * Math.min(step, steps)) / steps),
  );
}

/**
 * `steps` steps along a line up to the first rate of `then`, whose step 0 follows: step k has the share (k + 1) / (steps + 1).
 * What is observed goes to `then`.
 *
 * @example
 * ```ts
 * const schedule = warmupSchedule(4, cosineSchedule({ rate: 0.5, steps: 100 }));
 * schedule.rate(schedule.initial, 0) // 0.1
 * ```
 */
export function warmupSchedule<State>(steps: number, then: Schedule<State>): Schedule<State> {
  checkOptions('warmupSchedule', { steps }, { least: 0, whole: true });
  const { observe } = then;
  return {
    name: `warm-up, then ${then.name}`,
    initial: then.initial,
    rate: (state, step) =>
      step < steps ? (then.rate(state, 0) * (step + 1)) / (steps + 1) : then.rate(state, step - steps),
    ...(observe === undefined
      ? {}
      : { observe: (state: State, value: number) => observe.call(then, state, value) }),
  };
}

/**
 * Smith's one-cycle policy (2018) with cosine annealing, as PyTorch's OneCycleLR: from maximum / divFactor up to the
 * maximum for `pctStart` of the steps, then down to the initial rate / finalDivFactor, which later steps keep.
 */
export function oneCycleSchedule(options: {
  readonly maximum: number;
  readonly steps: number;
  readonly pctStart?: number;
  readonly divFactor?: number;
  readonly finalDivFactor?: number;
}): Schedule<NoState> {
  const { maximum, steps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  checkOptions('oneCycleSchedule', { maximum, pctStart }, { least: 0 });
  checkOptions('oneCycleSchedule', { divFactor, finalDivFactor }, { least: Number.MIN_VALUE });
  checkOptions('oneCycleSchedule', { steps }, { least: 1, whole: true });
  if (pctStart > 1)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `oneCycleSchedule: pctStart is ${pctStart}, a share of at most 1`,
    );
  const initial = maximum / divFactor;
  const lowest = initial / finalDivFactor;
  const top = pctStart * steps - 1; // where the maximum stands; -1 if there is no rise
  const last = steps - 1;
  return customSchedule('oneCycle', (step) => {
    if (step <= top) return anneal(initial, maximum, top === 0 ? 1 : step / top);
    return anneal(maximum, lowest, last === top ? 1 : Math.min(1, (step - top) / (last - top)));
  });
}

/** From `start` to `end` along half a cosine. */
const anneal = (start: number, end: number, share: number): number =>
  end + ((start - end) / 2) * (1 + Math.cos(Math.PI * share));
