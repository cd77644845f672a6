/** What holds for every primitive, on samples of the table of cases. */
import { grad } from '@cotangent/autodiff';
import { isFloat, type PrimitiveName } from '@cotangent/graph';
import { cast, sum } from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { anySampleOf, casesOf, primitiveNames, samplesOf } from '../cases/index.ts';
import { derivativeLaws, takesDoubles, valueLaws } from './laws.ts';
import { badSamplesAreRefused, refusal } from './refusals.ts';
import { applied } from './running.ts';
import { holds } from './runs.ts';

const sentences: Readonly<Record<keyof typeof valueLaws | keyof typeof derivativeLaws, string>> = {
  typesAreExecuted: 'inferred types are those of the specification, and of what is executed',
  valueIsReference: 'the value is that of nested loops',
  jvpIsDifference: 'the tangent is the limit of differences',
  jvpIsLinear: 'J(a·u + b·v) = a·Ju + b·Jv',
  jvpIsTransposable: 'tangents meet only primitives with a transpose',
  transposeIdentity: '⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩',
  ownTranspose: '⟨v, P(u)⟩ = ⟨Pᵀ(v), u⟩',
  secondOrder: 'the Hessian is the difference of gradients, symmetric, and the same both ways',
};

const runs: Readonly<Record<keyof typeof sentences, number>> = {
  typesAreExecuted: 150,
  valueIsReference: 300,
  jvpIsDifference: 150,
  jvpIsLinear: 60,
  jvpIsTransposable: 20,
  transposeIdentity: 100,
  ownTranspose: 100,
  secondOrder: 50,
};

/** Curved in many operands: their differences take long. */
const share = (op: PrimitiveName): number => (op === 'convGeneral' ? 4 : 1);

describe.each(primitiveNames)('%s', (op) => {
  const cases = casesOf(op);

  for (const name of Object.keys(valueLaws) as (keyof typeof valueLaws)[])
    test(sentences[name], () => holds(anySampleOf(op), valueLaws[name], runs[name] * share(op)));

  if (takesDoubles(op))
    for (const name of Object.keys(derivativeLaws) as (keyof typeof derivativeLaws)[])
      test(sentences[name], () => holds(samplesOf(op, 'f64'), derivativeLaws[name], runs[name] * share(op)));

  test('what violates a constraint is refused by its number', () => {
    expect(cases.bad.length).toBeGreaterThan(0);
    badSamplesAreRefused(op);
  });

  test('integers and bool have no gradient: asking for one is refused', () => {
    for (const dtype of cases.dtypes)
      holds(
        samplesOf(op, dtype),
        (sample) => {
          const { inputs, results } = applied(op, sample);
          const result = results[0]!;
          const number = isFloat(result.dtype) ? result : cast(result, 'f32');
          for (const operand of inputs.filter((input) => !isFloat(input.dtype)))
            expect(refusal(() => grad(sum(number), operand)).code).toBe('NOT_DIFFERENTIABLE');
        },
        2,
      );
  });
});
