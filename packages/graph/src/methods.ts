/**
 * Methods of tensors, with shapes as types. They are typed over `this`, not over the parameters of the class, so that
 * every tensor is assignable to plain `Tensor`. Where shapes or dtypes do not fit, the parameter's type becomes the
 * sentence that says why, and the result has an unknown shape, so that one mistake gives one message.
 */
import type { ActivationMethods } from './methods/activation.ts';
import type { ContractionMethods } from './methods/contraction.ts';
import type { ElementwiseMethods } from './methods/elementwise.ts';
import type { IndexingMethods } from './methods/indexing.ts';
import type { KnowledgeMethods } from './methods/knowledge.ts';
import type { MovementMethods } from './methods/movement.ts';
import type { ReductionMethods } from './methods/reduction.ts';

export interface TensorMethods
  extends ElementwiseMethods,
    ActivationMethods,
    ReductionMethods,
    MovementMethods,
    IndexingMethods,
    ContractionMethods,
    KnowledgeMethods {}
