/** The table of cases of losses: one entry for every loss, and the compiler refuses a missing one. */
import type { FloatDType } from '@cotangent/graph';
import fc from 'fast-check';
import { Random } from '../random.ts';
import { classificationLosses } from './classification-losses.ts';
import type { LossCases, LossName, LossSample } from './loss-case.ts';
import { regressionLosses } from './regression-losses.ts';

export const lossCases: { readonly [Name in LossName]: LossCases } = {
  ...classificationLosses,
  ...regressionLosses,
};

export const lossNames = Object.keys(lossCases) as LossName[];

/** A sample with what it was drawn from, so that a failure can be read and repeated. */
export interface DrawnLoss extends LossSample {
  readonly name: LossName;
  readonly seed: number;
}

export const samplesOfLoss = (name: LossName, dtype: FloatDType = 'f64'): fc.Arbitrary<DrawnLoss> =>
  fc.record({ seed: fc.nat(), size: fc.integer({ min: 1, max: 4 }) }).map(({ seed, size }) => ({
    name,
    seed,
    ...lossCases[name].sample(new Random(seed, { rank: 4, size }), dtype),
  }));

export { type BadLoss, type LossName, reduced } from './loss-case.ts';
