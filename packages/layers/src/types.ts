/** Layers with their shapes as types. */
import type { Shaped, ShapedCall, ShapeFunction } from '@cotangent/graph';
import type { AnyLayer } from './core.ts';

/** A layer: called on a tensor, it gives the tensor that its shape function says. */
export interface Layer<F extends ShapeFunction>
  extends ShapedCall<F>,
    Shaped<F>,
    Pick<AnyLayer, 'kind' | 'path' | 'core'> {}
