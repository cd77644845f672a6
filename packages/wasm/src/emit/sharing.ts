/** Which kernels are worth being shared by threads, and in what pieces. Neither changes what they compute. */
import type { Kernel } from '../loops/ir.ts';
import type { Step } from '../plan/steps.ts';

/** Nanoseconds that a kernel takes, about. */
export const estimate = ({ cost: { flops, bytes, dense } }: Kernel): number =>
  flops / (dense ? 40 : 10) + bytes / 20;
/** Handing out work costs something: a kernel that is done sooner is done by one thread. */
export const isShared = (kernel: Kernel): boolean => kernel.units > 1 && estimate(kernel) > 8000;

/** Units that a thread takes at once: a few microseconds of work, and never so many that others go without. */
export const grainOf = (kernel: Kernel): number =>
  Math.max(
    1,
    Math.min(Math.floor(kernel.units / 8), Math.ceil((kernel.units * 3000) / Math.max(estimate(kernel), 1))),
  );

/** Whether any thread but the first has something to do. */
export const hasShared = (steps: readonly Step[]): boolean =>
  steps.some((step) => {
    switch (step.kind) {
      case 'kernel':
        return isShared(step.kernel);
      case 'loop':
        return hasShared(step.body);
      case 'while':
        return hasShared(step.condition) || hasShared(step.body);
      case 'branch':
        return hasShared(step.onTrue) || hasShared(step.onFalse);
      case 'report':
        return false;
    }
  });
