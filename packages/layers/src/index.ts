/** The public face of the layers package. */
export { evaluation, frozen, training } from './context.ts';
export {
  type AnyLayer,
  isLayer,
  type LayerLike,
  type ParameterOptions,
  parameter,
  statistic,
} from './core.ts';
export { named } from './layers/containers.ts';
export { dropWith, readStep } from './layers/dropout.ts';
export type { LinearOptions } from './layers/linear.ts';
export { momentsOf, standardize } from './layers/normalization.ts';
export * from './losses/index.ts';
export { layer } from './own.ts';
export {
  except,
  hasVariables,
  isNamed,
  type Model,
  matchesPath,
  parametersOf,
  select,
  type Variables,
  variablesOf,
} from './parameters.ts';
export type { CellKind, CellOptions, CellState, CellWeights } from './recurrent/cells.ts';
export type { Merge, RecurrentOptions, RunInputs, RunOutputs } from './recurrent/layer.ts';
export { type Ran, type RunOptions, runCell } from './recurrent/run.ts';
export { cellStep } from './recurrent/step.ts';
export { layerFromJson, layerToJson } from './registry.ts';
export * from './typed/index.ts';
export type { Layer } from './types.ts';
