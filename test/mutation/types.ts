/** Mutants of the rules that infer types: wrong shapes, wrong dtypes, constraints that nobody checks. */
import { CotangentError, type DType, type PrimitiveName, primitives, type ValueType } from '@cotangent/graph';
import fc from 'fast-check';
import { anySampleOf, casesOf, primitiveNames } from '../cases/index.ts';
import { valueLaws } from '../properties/laws.ts';
import { badSamplesAreRefused } from '../properties/refusals.ts';
import { type Mutant, replace } from './mutant.ts';

type Infer = (inputs: readonly ValueType[], params: unknown) => ValueType[];
interface Definition {
  readonly infer: Infer;
}
// The table as the builder of nodes reads it.
const definitions = primitives as unknown as Record<PrimitiveName, Definition>;

const otherDType: Readonly<Record<DType, DType>> = {
  f32: 'f64',
  f64: 'f32',
  i32: 'u32',
  u32: 'i32',
  bool: 'i32',
};

function lawsNotice(op: PrimitiveName): void {
  badSamplesAreRefused(op);
  // The first carry of a loop is seldom a matrix.
  const runs = op === 'while' ? 240 : 60;
  for (const law of Object.values(valueLaws))
    fc.assert(fc.property(anySampleOf(op), law), { numRuns: runs, seed: 4711, endOnFailure: true });
}

function mutantsOf(op: PrimitiveName): Mutant[] {
  const definition = definitions[op];
  const mutant = (change: string, infer: Infer): Mutant => ({
    table: 'infer',
    rule: op,
    change,
    // Some primitives share a definition: the broken one is a copy.
    install: () => replace(definitions, op, { ...definition, infer }),
    run: () => lawsNotice(op),
  });
  const onFirst =
    (change: (type: ValueType) => ValueType): Infer =>
    (inputs, params) => {
      const [first, ...rest] = definition.infer(inputs, params);
      return [change(first!), ...rest];
    };
  const constraints = new Set(casesOf(op).bad.flatMap(({ constraint }) => constraint ?? []));
  const shapes =
    op === 'dimensionSize'
      ? []
      : [
          mutant(
            'axes in reverse',
            onFirst(({ dtype, shape }) => ({ dtype, shape: [...shape].reverse() })),
          ),
          mutant(
            'the last axis longer by one',
            onFirst(({ dtype, shape }) => ({
              dtype,
              shape: shape.map((size, axis) =>
                axis === shape.length - 1 && typeof size === 'number' ? size + 1 : size,
              ),
            })),
          ),
        ];
  return [
    ...shapes,
    mutant(
      'another dtype',
      onFirst(({ dtype, shape }) => ({ dtype: otherDType[dtype], shape })),
    ),
    ...[...constraints].map((number) =>
      mutant(`C${number} not checked`, (inputs, params) => {
        try {
          return definition.infer(inputs, params);
        } catch (error) {
          if (error instanceof CotangentError && error.sentence.includes(`[C${number}]`))
            return [inputs[0] ?? { dtype: 'f32', shape: [] }];
          throw error;
        }
      }),
    ),
  ];
}

export const typeMutants = (): Mutant[] => primitiveNames.flatMap(mutantsOf);
