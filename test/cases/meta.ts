/** Cases of identities with a meaning for transformations. */
import { dtypes, fromNested, type NamesOf, type PrimitiveName, type PrimitiveParams } from '@cotangent/graph';
import { drawn } from './arrays.ts';
import type { Cases, CasesTable, Differentiability } from './case.ts';

const identity = <P extends PrimitiveName>(
  params: PrimitiveParams<P>,
  derivative: Differentiability,
  linear?: readonly (readonly number[])[],
): Cases<P> => ({
  dtypes,
  derivative,
  ...(linear === undefined ? {} : { linear }),
  sample: (random, dtype, wild) => ({ operands: [drawn(random, dtype, random.shape(), { wild })], params }),
  reference: ([x]) => [Array.from(x!.data)],
  bad: [{ constraint: undefined, operands: ['f32[]', 'f32[]'], params, code: 'BAD_GRAPH' }],
});

export const metaCases = {
  stopGradient: identity({}, 'decree'),
  optimizationBarrier: identity({}, 'smooth', [[0]]),
  tag: identity({ label: 'a label', report: false }, 'smooth'),
  check: {
    dtypes,
    derivative: 'smooth',
    differentiable: [0],
    sample: (random, dtype, wild) => ({
      operands: [
        drawn(random, dtype, random.shape(), { wild }),
        fromNested(true, 'bool'),
        fromNested([1, 2], 'i32'),
      ],
      params: { message: '{0} is not {1}' },
    }),
    reference: ([x]) => [Array.from(x!.data)],
    bad: [
      {
        constraint: 1,
        operands: ['f32[2]', 'i32[]', 'i32[2]'],
        params: { message: '' },
        code: 'DTYPE_MISMATCH',
      },
      {
        constraint: 1,
        operands: ['f32[2]', 'bool[2]', 'i32[2]'],
        params: { message: '' },
        code: 'SHAPE_MISMATCH',
      },
    ],
  },
} satisfies CasesTable<NamesOf<'meta'>>;
