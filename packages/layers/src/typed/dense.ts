/** Fully connected layers, look-ups and reshaping, with their shapes as types. */
import type { EmbeddingShape, FlattenShape, LinearShape, OneHotShape, ReshapeShape } from '@cotangent/graph';
import { type LinearOptions, makeLinear } from '../layers/linear.ts';
import {
  type EmbeddingOptions,
  makeEmbedding,
  makeFlatten,
  makeOneHot,
  makeReshape,
} from '../layers/shape.ts';
import type { Layer } from '../types.ts';

/**
 * A fully connected layer: x·kernel + bias over the last axis.
 *
 * @example
 * ```ts
 * linear({ units: 10 })(input('x', ['batch', 784])).shape // ['batch', 10]
 * ```
 */
export const linear = <const N extends number>(
  options: { readonly units: N } & Omit<LinearOptions, 'units'>,
): Layer<LinearShape<N>> => makeLinear(options);

/** Rows of a learned table by number: i32 [...] to [..., units]. */
export const embedding = <const N extends number, const D extends 'f32' | 'f64' = 'f32'>(
  options: { readonly units: N; readonly dtype?: D } & Omit<EmbeddingOptions, 'units' | 'dtype'>,
): Layer<EmbeddingShape<N, D>> => makeEmbedding(options);

/** Everything after the batch as one axis. */
export const flatten = (options: { readonly name?: string } = {}): Layer<FlattenShape> =>
  makeFlatten(options);
/** Another shape for what comes after the batch; -1 stands for the rest. */
export const reshape = <const S extends readonly number[]>(shape: S): Layer<ReshapeShape<S>> =>
  makeReshape({ shape });
/** 1 at the position of each class number along a new last axis. */
export const oneHot = <const N extends number>(classes: N): Layer<OneHotShape<N>> => makeOneHot({ classes });
