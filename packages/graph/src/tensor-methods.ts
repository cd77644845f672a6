/**
 * Installs the methods of tensors. The types of `methods.ts` compute the shapes that these functions compute at run
 * time; the tests hold the two together. Each method is the outermost public call: nodes remember its caller.
 */
import type { Dim } from './dim.ts';
import * as activation from './dsl/activation.ts';
import * as contraction from './dsl/contraction.ts';
import * as elementwise from './dsl/elementwise.ts';
import * as indexing from './dsl/indexing.ts';
import * as movement from './dsl/movement.ts';
import { broadcastTo, extent } from './dsl/operands.ts';
import * as reduction from './dsl/reduction.ts';
import { debug } from './dsl/state.ts';
import type { TensorMethods } from './methods.ts';
import { type AnyTensor, fail, Tensor } from './node.ts';
import { traced } from './origin.ts';
import { formatShape, type Shape } from './shape.ts';

/** The dim at an axis. */
const dim = (x: AnyTensor, axis: number | string): Dim => x.shape[movement.axisOf(x, axis)]!;

/** The size of an axis as a scalar in the graph. */
const size = (x: AnyTensor, axis: number | string): AnyTensor => extent(dim(x, axis), 'i32');

/** The same tensor, if it may have that shape. */
function as(x: AnyTensor, shape: Shape): AnyTensor {
  const fits = shape.length === x.shape.length && shape.every((wanted, axis) => wanted === x.shape[axis]);
  if (!fits)
    throw fail('SHAPE_MISMATCH', `the tensor is ${formatShape(x.shape)}, not ${formatShape(shape)}`, [
      formatShape(x.shape),
    ]);
  return x;
}

const pipe = (x: AnyTensor, ...steps: readonly ((x: unknown) => unknown)[]): unknown =>
  steps.reduce<unknown>((value, step) => step(value), x);

const { where, mulNoNan, ...elementwiseMethods } = elementwise;
const { concat, stack, iota, axisOf, axesOf, index: at, ...movementMethods } = movement;
const { einsum, inner, ...contractionMethods } = contraction;
const { countAlong, countTrue, ...reductionMethods } = reduction;
const { lookUp, flat, scatterAddAlongAxis, ...indexingMethods } = indexing;

const functions = {
  ...elementwiseMethods,
  ...movementMethods,
  ...contractionMethods,
  ...reductionMethods,
  ...indexingMethods,
  ...activation,
  at,
  broadcastTo,
  debug,
  dim,
  size,
  as,
  pipe,
} satisfies { readonly [Name in keyof TensorMethods]: unknown };

for (const [name, body] of Object.entries(functions)) {
  const onTensor = body as (x: AnyTensor, ...rest: unknown[]) => unknown;
  const method = traced(function (this: AnyTensor, ...rest: unknown[]) {
    return onTensor(this, ...rest);
  });
  Object.defineProperty(Tensor.prototype, name, { value: method, configurable: true, writable: true });
}
