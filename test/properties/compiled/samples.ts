/** Samples of the table of cases, small ones and ones that fill some vectors. */
import type { DType, PrimitiveName } from '@cotangent/graph';
import fc from 'fast-check';
import { casesOf, type DrawnSample } from '../../cases/index.ts';
import { Random } from '../../cases/random.ts';

/** Ranks and sizes: long axes only where there are few of them. */
const limits = fc.oneof(
  fc.record({ rank: fc.constantFrom(0, 1, 2, 3, 4), size: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ rank: fc.constantFrom(1, 2, 3), size: fc.integer({ min: 5, max: 9 }) }),
  fc.record({ rank: fc.constantFrom(1, 1, 2), size: fc.integer({ min: 10, max: 40 }) }),
);

export const sizedSamplesOf = (op: PrimitiveName, dtype: DType, wild: boolean): fc.Arbitrary<DrawnSample> =>
  fc.tuple(fc.nat(), limits).map(([seed, limit]) => ({
    op,
    dtype,
    seed,
    ...casesOf(op).sample(new Random(seed, limit), dtype, wild),
  }));

/** Samples of some thousand elements. */
export const largeSamplesOf = (op: PrimitiveName, dtype: DType): fc.Arbitrary<DrawnSample> =>
  fc
    .tuple(
      fc.nat(),
      fc.boolean(),
      fc.constantFrom(
        { rank: 1, size: 9000 },
        { rank: 2, size: 70 },
        { rank: 3, size: 20 },
        { rank: 4, size: 9 },
      ),
    )
    .map(([seed, wild, limit]) => ({
      op,
      dtype,
      seed,
      ...casesOf(op).sample(new Random(seed, limit), dtype, wild),
      [fc.toStringMethod]: () =>
        `${op} of ${dtype}${wild ? ', wild' : ''}, seed ${seed}, ${JSON.stringify(limit)}`,
    }));
