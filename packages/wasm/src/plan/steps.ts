/** What a program does, one step after the other. Kernels in loops and branches; everything that is moved is a kernel. */
import type { Buffer, Kernel, Variable } from '../loops/ir.ts';

export type Step =
  | { readonly kind: 'kernel'; readonly kernel: Kernel }
  /** The variable is the place: it runs backwards where the loop does. */
  | {
      readonly kind: 'loop';
      readonly variable: Variable;
      readonly count: number;
      readonly reverse: boolean;
      readonly body: readonly Step[];
    }
  | {
      readonly kind: 'while';
      readonly condition: readonly Step[];
      readonly holds: Buffer;
      /** 0: without a bound. */
      readonly maxSteps: number;
      /** The number of the failure that an exhausted bound is. */
      readonly exhausted: number;
      readonly body: readonly Step[];
    }
  | {
      readonly kind: 'branch';
      readonly predicate: Buffer;
      readonly onTrue: readonly Step[];
      readonly onFalse: readonly Step[];
    }
  /** The host is shown a value. */
  | { readonly kind: 'report'; readonly number: number; readonly buffer: Buffer };

export const kernelStep = (kernel: Kernel): Step => ({ kind: 'kernel', kernel });

/** Steps and what is inside of them, in the order in which they are written. */
export function* allSteps(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step;
    if (step.kind === 'loop') yield* allSteps(step.body);
    else if (step.kind === 'while') {
      yield* allSteps(step.condition);
      yield* allSteps(step.body);
    } else if (step.kind === 'branch') {
      yield* allSteps(step.onTrue);
      yield* allSteps(step.onFalse);
    }
  }
}
