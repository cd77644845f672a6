/** Schedules that fall: constant, step, multi-step, exponential, cosine. */
import { CotangentError } from '@cotangent/graph';
import { checkOptions, customSchedule, type NoState, type Schedule, wholePower } from './schedule.ts';

/** Always the same rate. */
export function constantSchedule(rate: number): Schedule<NoState> {
  checkOptions('constantSchedule', { rate }, { least: 0 });
  return customSchedule('constant', () => rate);
}

/**
 * rate · gamma^⌊step / every⌋, as PyTorch's StepLR.
 *
 * @throws NOT_FINITE, BAD_ARGUMENT on options that make no sense (so do all schedules)
 * @example
 * ```ts
 * stepSchedule({ rate: 0.1, every: 30, gamma: 0.1 }).rate(null, 30) // 0.01
 * ```
 */
export function stepSchedule(options: {
  readonly rate: number;
  readonly every: number;
  readonly gamma?: number;
}): Schedule<NoState> {
  const { rate, every, gamma = 0.1 } = options;
  checkOptions('stepSchedule', { rate, gamma }, { least: 0 });
  checkOptions('stepSchedule', { every }, { least: 1, whole: true });
  return customSchedule('step', (step) => rate * wholePower(gamma, Math.floor(step / every)));
}

/** rate · gamma^(milestones that are reached), as PyTorch's MultiStepLR. */
export function multiStepSchedule(options: {
  readonly rate: number;
  readonly milestones: readonly number[];
  readonly gamma?: number;
}): Schedule<NoState> {
  const { rate, milestones, gamma = 0.1 } = options;
  checkOptions('multiStepSchedule', { rate, gamma }, { least: 0 });
  checkMilestones('multiStepSchedule', milestones);
  return customSchedule(
    'multiStep',
    (step) => rate * wholePower(gamma, milestones.filter((milestone) => milestone <= step).length),
  );
}

/** rate · gamma^step, as PyTorch's ExponentialLR. */
export function exponentialSchedule(options: {
  readonly rate: number;
  readonly gamma: number;
}): Schedule<NoState> {
  const { rate, gamma } = options;
  checkOptions('exponentialSchedule', { rate, gamma }, { least: 0 });
  return customSchedule('exponential', (step) => rate * wholePower(gamma, step));
}

/**
 * minimum + (rate - minimum) · (1 + cos(π · step / steps)) / 2, as PyTorch's CosineAnnealingLR (Loshchilov and Hutter,
 * SGDR, 2017, without restarts). Beyond `steps` the cosine goes on, and the rate rises again, as in PyTorch.
 */
export function cosineSchedule(options: {
  readonly rate: number;
  readonly steps: number;
  readonly minimum?: number;
}): Schedule<NoState> {
  const { rate, steps, minimum = 0 } = options;
  checkOptions('cosineSchedule', { rate, minimum }, { least: 0 });
  checkOptions('cosineSchedule', { steps }, { least: 1, whole: true });
  return customSchedule(
    'cosine',
    (step) => minimum + ((rate - minimum) * (1 + Math.cos((Math.PI * step) / steps))) / 2,
  );
}

/** @throws BAD_ARGUMENT unless milestones are whole numbers that do not fall */
export function checkMilestones(schedule: string, milestones: readonly number[]): void {
  for (const [i, milestone] of milestones.entries()) {
    checkOptions(schedule, { [`milestone ${i}`]: milestone }, { least: 0, whole: true });
    if (i > 0 && milestone < milestones[i - 1]!)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `${schedule}: milestones must not fall: [${milestones.join(', ')}]`,
      );
  }
}
