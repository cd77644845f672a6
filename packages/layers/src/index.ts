/** The public face of the layers package. */
export { evaluation, frozen, training } from './context.ts';
export { type AnyLayer, isLayer, parameter, type ParameterOptions, statistic } from './core.ts';
export * from './face.ts';
export { named } from './layers/containers.ts';
export { dropWith, readStep } from './layers/dropout.ts';
export type { LinearOptions } from './layers/linear.ts';
export { momentsOf, standardize } from './layers/normalization.ts';
export * from './losses/index.ts';
export { layer } from './own.ts';
export { except, isNamed, matchesPath, type Model, parametersOf, select, type Variables, variablesOf } from './parameters.ts';
export { layerFromJson, layerToJson } from './registry.ts';
