/** Schedules one after the other. */
import { CotangentError } from '@cotangent/graph';
import { checkMilestones } from './decay.ts';
import { observed, type Schedule } from './schedule.ts';

/**
 * The first schedule until the first milestone, then the second until the second, …, as PyTorch's SequentialLR:
 * every schedule counts its steps from its own beginning. What is observed goes to all of them.
 *
 * @throws BAD_ARGUMENT unless there is one milestone fewer than schedules, and they do not fall
 * @example
 * ```ts
 * const schedule = sequenceSchedule([constantSchedule(0.01), constantSchedule(0.1)], [5]);
 * schedule.rate(schedule.initial, 5) // 0.1
 * ```
 */
export function sequenceSchedule(
  schedules: readonly Schedule[],
  milestones: readonly number[],
): Schedule<readonly unknown[]> {
  if (schedules.length === 0 || milestones.length !== schedules.length - 1)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `sequenceSchedule: ${schedules.length} schedules need ${Math.max(0, schedules.length - 1)} milestones between them, not ${milestones.length}`,
    );
  checkMilestones('sequenceSchedule', milestones);
  return {
    name: `sequence of ${schedules.map((schedule) => schedule.name).join(', ')}`,
    initial: schedules.map((schedule) => schedule.initial),
    rate(states, step) {
      const current = milestones.filter((milestone) => milestone <= step).length;
      const start = current === 0 ? 0 : milestones[current - 1]!;
      return schedules[current]!.rate(states[current], step - start);
    },
    observe: (states, value) => schedules.map((schedule, i) => observed(schedule, states[i], value)),
  };
}
