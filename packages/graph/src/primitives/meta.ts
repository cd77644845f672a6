/** Identities with a meaning for transformations. */
import { flag, text } from '../params.ts';
import { primitive } from '../primitive.ts';
import type { ValueType } from '../shape.ts';

const identity = ({ dtype, shape }: ValueType): ValueType[] => [{ dtype, shape }];

export const metaPrimitives = {
  /** Its derivative is zero by decree. */
  stopGradient: primitive({ params: {}, arity: 1, infer: ([x]) => identity(x!) }),
  /** Keeps what is computed behind it from being merged with what was computed before. */
  optimizationBarrier: primitive({
    params: {},
    arity: 1,
    traits: { barrier: true },
    infer: ([x]) => identity(x!),
  }),
  /** A value with a label: marks state updates, and values that are printed (`report`) while a program runs. */
  tag: primitive({
    params: { label: text, report: flag },
    arity: 1,
    traits: { barrier: true },
    infer: ([x]) => identity(x!),
  }),
};
