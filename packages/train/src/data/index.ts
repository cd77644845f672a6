/** Datasets. */
export {
  type BatchOf,
  type BatchOptions,
  Dataset,
  dataset,
  type EpochOptions,
  fromArrays,
  fromIterable,
  type RowOf,
} from './dataset.ts';
export type { Iterables } from './origins.ts';
export { type Padded, type PadOptions, padSequences } from './pad.ts';
export { permutation, type Seed } from './random.ts';
export type { Remainder } from './source.ts';
export { type Batched, type BatchedAs, type LeafDTypes, stackExamples } from './stack.ts';
export type { MapContext } from './transforms.ts';
