/** The table of cases of layers: one entry for every function that makes a layer, and the compiler refuses a missing one. */
import type { FloatDType } from '@cotangent/graph';
import type { AnyLayer } from '@cotangent/layers';
import fc from 'fast-check';
import * as makers from '../../../packages/layers/src/typed/index.ts';
import { Random } from '../random.ts';
import { activationCases } from './activation.ts';
import type { LayerCases, LayerName, LayerSample } from './case.ts';
import { containerCases } from './containers.ts';
import { convolutionCases } from './convolution.ts';
import { dropoutCases } from './dropout.ts';
import { linearCases } from './linear.ts';
import { normalizationCases } from './normalization.ts';
import { poolingCases } from './pooling.ts';
import { recurrentCases } from './recurrent.ts';
import { shapeCases } from './shape.ts';
import { transposedConvolutionCases } from './transposed-convolution.ts';

export const layerCases: { readonly [Name in LayerName]: LayerCases } = {
  ...linearCases,
  ...containerCases,
  ...recurrentCases,
  ...shapeCases,
  ...activationCases,
  ...dropoutCases,
  ...normalizationCases,
  ...poolingCases,
  ...convolutionCases,
  ...transposedConvolutionCases,
};

export const layerNames = Object.keys(layerCases) as LayerName[];

/** The cases of a layer known only at run time; its samples are used with that layer alone. */
export const layerCasesOf = (name: LayerName): LayerCases => layerCases[name];

// Each function is called with options that were drawn for it.
const makersByName = makers as unknown as { readonly [Name in LayerName]: (options: object) => AnyLayer };

/** The layer of some options, as a script makes it. */
export const makeLayer = (name: LayerName, options: object): AnyLayer =>
  (layerCasesOf(name).make ?? makersByName[name])(options);

/** A sample with what it was drawn from, so that a failure can be read and repeated. */
export interface DrawnLayer extends LayerSample {
  readonly name: LayerName;
  readonly seed: number;
}

export const samplesOfLayer = (name: LayerName, dtype: FloatDType = 'f64'): fc.Arbitrary<DrawnLayer> =>
  fc.record({ seed: fc.nat(), size: fc.integer({ min: 1, max: 4 }) }).map(({ seed, size }) => ({
    name,
    seed,
    ...layerCasesOf(name).sample(new Random(seed, { rank: 4, size }), dtype),
  }));

export type {
  BadLayer,
  Kink,
  LayerCases,
  LayerName,
  LayerResult,
  LayerRun,
  LayerSample,
  Plain,
} from './case.ts';
