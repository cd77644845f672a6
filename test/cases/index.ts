/** The table of cases: one entry for every primitive, and the compiler refuses a missing one. */
import { type DType, type PrimitiveName, primitives } from '@cotangent/graph';
import fc from 'fast-check';
import type { Cases, LinearSets, Sample } from './case.ts';
import { contractionCases } from './contraction.ts';
import { controlCases } from './control.ts';
import { customCases } from './custom.ts';
import { elementwiseCases } from './elementwise.ts';
import { indexingCases } from './indexing.ts';
import { metaCases } from './meta.ts';
import { movementCases } from './movement.ts';
import { Random } from './random.ts';
import { reductionCases } from './reduction.ts';
import { windowCases } from './window.ts';

export const cases = {
  ...elementwiseCases,
  ...movementCases,
  ...indexingCases,
  ...reductionCases,
  ...contractionCases,
  ...windowCases,
  ...metaCases,
  ...controlCases,
  ...customCases,
} satisfies { readonly [P in PrimitiveName]: Cases<P> };

/** The cases of a primitive known only at run time; its samples are used with that primitive alone. */
export const casesOf = (op: PrimitiveName): Cases<PrimitiveName> =>
  cases[op] as unknown as Cases<PrimitiveName>;

/** Sets of operands in which a primitive is linear, for its parameters in a sample. */
export function linearSets(op: PrimitiveName, { params }: Sample<PrimitiveName>): LinearSets {
  const { linear = [] } = casesOf(op);
  return typeof linear === 'function' ? linear(params) : linear;
}

export const primitiveNames = Object.keys(primitives) as PrimitiveName[];

/** A sample with what it was drawn from, so that a failure can be read and repeated. */
export interface DrawnSample extends Sample<PrimitiveName> {
  readonly op: PrimitiveName;
  readonly dtype: DType;
  readonly seed: number;
}

/** Samples of a primitive for one dtype; failures shrink to low ranks and small sizes. */
export const samplesOf = (op: PrimitiveName, dtype: DType, wild = false): fc.Arbitrary<DrawnSample> =>
  fc
    .record({
      seed: fc.nat(),
      rank: fc.constantFrom(0, 1, 2, 3, 4, 4, 4),
      size: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ seed, rank, size }) => ({
      op,
      dtype,
      seed,
      ...casesOf(op).sample(new Random(seed, { rank, size }), dtype, wild),
    }));

/** Samples for every dtype that a primitive takes, wild ones among them. */
export const anySampleOf = (op: PrimitiveName): fc.Arbitrary<DrawnSample> =>
  fc
    .tuple(fc.constantFrom(...casesOf(op).dtypes), fc.boolean())
    .chain(([dtype, wild]) => samplesOf(op, dtype, wild));

export type { Bad, Cases, Differentiability, Sample } from './case.ts';
