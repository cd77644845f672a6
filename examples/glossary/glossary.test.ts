/** The tutorial page's snippets, right: against numbers computed with numpy and PyTorch. */
import { readFile } from 'node:fs/promises';
import type { HostArray } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { normalizations } from './batch-norm.ts';
import { convolution, crossCorrelation, trueConvolution, withStride2 } from './convolution.ts';
import { inEvaluation, inTraining, rate02, rate05 } from './dropout.ts';
import { outputs } from './fully-connected.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { activations } from './numbers.ts';
import { average, maximum } from './pooling.ts';
import { pageInput, type programsOf } from './recurrence.ts';
import { rnn } from './rnn.ts';

type Numbers = number | Numbers[];
const { sections } = JSON.parse(
  await readFile(new URL('../../test/fixtures/glossary-vectors.json', import.meta.url), 'utf8'),
);

/** Float64 sums in another order: a few units in the last place. */
const near = (got: HostArray | number, want: Numbers): void => {
  const flat = [want].flat(Infinity as 1) as number[];
  const values = typeof got === 'number' ? [got] : [...got.data];
  expect(values).toHaveLength(flat.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - flat[i]!)).toBeLessThanOrEqual(1e-11 + 1e-9 * Math.abs(flat[i]!));
  });
};

test('convolution', () => {
  near(convolution() as HostArray, sections.convolution.correct.output);
  near(withStride2() as HostArray, sections.convolution.stride2.output);
  near(crossCorrelation() as HostArray, sections.convolution.asymmetricFilter.crossCorrelation);
  near(trueConvolution() as HostArray, sections.convolution.asymmetricFilter.trueConvolution);
});

describe('dropout', () => {
  test('scales what it keeps by 1 / (1 − rate)', () => {
    near(rate05(), sections.dropout.correct.rate05.training);
    near(rate02(), sections.dropout.correct.rate02.training);
  });
  test('as a layer drops or scales, and is the identity in evaluation', () => {
    near(inEvaluation() as HostArray, activations);
    const given = activations.flat();
    for (const [i, value] of (inTraining() as HostArray).data.entries())
      if (value !== 0) expect(value).toBeCloseTo(given[i]! / 0.8, 12);
  });
});

test('pooling', () => {
  near(maximum() as HostArray, sections.pooling.correct.max.output);
  near(average() as HostArray, sections.pooling.correct.average.output);
});

test('batch norm', () => {
  const { trained, runningMean, runningVariance, evaluated, constant } = normalizations();
  const { correct } = sections.batchNorm;
  near(trained as HostArray, correct.cases[1].output);
  near(runningMean, correct.runningStatistics.afterOneTrainingBatch.running_mean);
  near(runningVariance, correct.runningStatistics.afterOneTrainingBatch.running_var);
  near(evaluated as HostArray, correct.runningStatistics.thenEvalOutputWithoutAffine);
  near(constant as HostArray, correct.constantColumn.outputEps1e5);
});

test('fully connected', () => {
  const { affine, softmax, sigmoid } = outputs();
  near(affine as HostArray, sections.linear.affine.output);
  near(softmax as HostArray, sections.linear.softmax.output);
  near(sigmoid as HostArray, sections.linear.sigmoid.output);
});

/** What the fixture holds of a network: answers, and the gradients of Σ answers · cotangent. */
interface Correct {
  readonly output: Numbers;
  readonly cotangent: Numbers;
  readonly gradients: Readonly<Record<string, Numbers>>;
}
interface Case {
  readonly case: string;
  readonly input: Numbers;
  readonly params: Readonly<Record<string, Numbers>>;
  readonly correct: Correct & { readonly candidateParams: Case['params'] } & Record<string, Correct>;
}

const agrees = (
  { forward, backward }: ReturnType<typeof programsOf>,
  { input, params }: Pick<Case, 'input' | 'params'>,
  { output, cotangent, gradients }: Correct,
): void => {
  for (const [path, value] of Object.entries(params)) forward.state.set(path, value);
  near(forward({ x: input }), output);
  // A second call begins with no state, too.
  near(forward({ x: input }), output);
  const got: Readonly<Record<string, HostArray>> = backward({ x: input, cotangent });
  expect(Object.keys(got).sort()).toEqual(Object.keys(gradients).sort());
  for (const [name, wanted] of Object.entries(gradients)) near(got[name]!, wanted);
};

describe.each(['asFormulas', 'asCell'] as const)('recurrent networks %s', (way) => {
  test.each<Case>(sections.rnn.cases)('rnn: $case', (given) => {
    agrees(rnn[way](), given, given.correct);
  });
  test.each<Case>(sections.gru.cases)('gru: $case', (given) => {
    const params = { ...given.params, ...given.correct.candidateParams };
    agrees(gru[way]('before'), { ...given, params }, given.correct.resetBefore!);
    agrees(gru[way]('after'), { ...given, params }, given.correct.resetAfter!);
  });
  test.each<Case>(sections.lstm.cases)('lstm: $case', (given) => {
    agrees(lstm[way](), given, given.correct);
  });
  test('give the shape that the page prints, and probabilities', () => {
    for (const { forward } of [rnn[way](), gru[way]('before'), lstm[way]()]) {
      const answers = forward({ x: pageInput });
      expect(answers.shape).toEqual([2, 4, 2]);
      for (const step of answers.toNested() as number[][][])
        for (const sequence of [0, 1])
          expect(step.reduce((sum, row) => sum + row[sequence]!, 0)).toBeCloseTo(1, 12);
    }
  });
});
