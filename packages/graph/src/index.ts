/** The public face of the graph package. */
import './tensor-methods.ts';

export * from './body.ts';
export * from './control.ts';
export * from './differentiable.ts';
export * from './dim.ts';
export * from './dtype.ts';
export * from './errors.ts';
export * from './functions.ts';
export * from './graph.ts';
export * from './host-array.ts';
export * from './initializers.ts';
export * from './json.ts';
export * from './leaves.ts';
export type { TensorMethods } from './methods.ts';
export * from './node.ts';
export * from './option-keys.ts';
export * from './origin.ts';
export * from './params.ts';
export * from './primitive.ts';
export * from './primitives/index.ts';
export * from './print.ts';
export * from './shape.ts';
export * from './transform.ts';
export * from './tree.ts';
export type * from './types/index.ts';
export * from './verify.ts';
