/** Control flow: bodies run on arrays, steps follow each other in a plain loop. */
import {
  CotangentError,
  countOf,
  fixed,
  HostArray,
  loopParts,
  type NamesOf,
  zerosHost,
} from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';

export const controlKernels = {
  call: (inputs, { body }, _, { run }) => run(body, inputs),
  cond: ([predicate, ...inputs], { onTrue, onFalse }, _, { run }) =>
    run(predicate.data[0] !== 0 ? onTrue : onFalse, inputs),
  while(inputs, { consts, maxSteps, condition, body }, _, { run }) {
    const { consts: constants, carries: first } = loopParts(inputs, { consts });
    let carries = first;
    const holds = (): boolean => run(condition, [...constants, ...carries])[0].data[0] !== 0;
    for (let step = 0; holds(); step++) {
      if (maxSteps > 0 && step === maxSteps)
        throw new CotangentError(
          'MAX_STEPS',
          `the condition still holds after ${maxSteps} steps, the most that were allowed: raise maxSteps, or mend the condition`,
        );
      carries = run(body, [...constants, ...carries]);
    }
    return carries;
  },
  scan(inputs, params, types, { run }) {
    const { carries: count, length, reverse, body } = params;
    const { consts: constants, carries: first, xs: sliced } = loopParts(inputs, params);
    const sizes = sliced.map(({ shape }) => countOf(shape.slice(1)));
    const stacks = types.slice(count).map(({ dtype, shape }) => zerosHost(dtype, shape));
    const steps = fixed(length);
    let carries = first;
    for (let step = 0; step < steps; step++) {
      const place = reverse ? steps - 1 - step : step;
      const slices = sliced.map((whole, i) => sliceOf(whole, place, sizes[i]));
      const results = run(body, [...constants, ...carries, ...slices]);
      carries = results.slice(0, count);
      stacks.forEach((stack, i) => {
        const { data } = results[count + i];
        stack.data.set(data as never, place * data.length);
      });
    }
    return [...carries, ...stacks];
  },
} satisfies KernelTable<NamesOf<'control'>>;

/** One entry along the first axis, seen in place. */
const sliceOf = ({ dtype, shape, data }: HostArray, place: number, size: number): HostArray =>
  new HostArray(dtype, shape.slice(1), data.subarray(place * size, (place + 1) * size));
