/** Layers of one's own: a function that asks for its parameters, and keeps exactly the type of its body. */
import type { AnyTensor } from '@cotangent/graph';
import { LayerCore, type LayerLike, layerOf } from './core.ts';

/**
 * Makes a layer of a function. Inside, `parameter(name, shape)` gives the layer's parameters, made at the first call.
 *
 * @param kind  what it is called in paths, summaries and errors
 * @example
 * ```ts
 * const dense = <N extends number>(units: N) =>
 *   layer('dense', <B extends Dim, I extends Dim>(x: Tensor<[B, I]>) => x.matmul(parameter('kernel', [x.dim(-1), units])));
 * ```
 */
export function layer<F extends (x: never) => AnyTensor>(
  kind: string,
  body: F,
  options: { readonly name?: string } = {},
): F & LayerLike {
  // The body is called with exactly what the layer is called with.
  return layerOf(
    new LayerCore(kind, options),
    body as unknown as (x: AnyTensor) => AnyTensor,
  ) as unknown as F & LayerLike;
}
