/** Identities with a meaning for transformations. */
import { flag, text } from '../params.ts';
import { constraint, partial, primitive } from '../primitive.ts';
import { formatType, type ValueType } from '../shape.ts';

const identity = ({ dtype, shape }: ValueType): ValueType[] => [{ dtype, shape }];

export const metaPrimitives = {
  /** Its derivative is zero by decree. */
  stopGradient: primitive({
    params: {},
    arity: 1,
    traits: { through: () => [0, 0] },
    infer: ([x]) => identity(x!),
  }),
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
  /**
   * A value that stands only if a condition holds; otherwise running fails with the message, in which {0}, {1}, … are
   * elements of the third operand.
   * C1: the condition is one bool.
   */
  check: primitive({
    params: { message: text },
    arity: 3,
    traits: { barrier: true, ...partial },
    infer: ([x, holds]) => {
      constraint(
        holds!.dtype === 'bool' && holds!.shape.length === 0,
        1,
        () => `a condition is one bool, not ${formatType(holds!)}`,
        [holds!],
        holds!.dtype === 'bool' ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
      );
      return identity(x!);
    },
  }),
};
