/**
 * Installs the methods of tensors. The types of `methods.ts` compute the shapes that these functions compute at run
 * time; the tests hold the two together. Each method is the outermost public call: nodes remember its caller.
 */
import { checkedShape } from './checked-shape.ts';
import type { Dim } from './dim.ts';
import * as activation from './dsl/activation.ts';
import * as contraction from './dsl/contraction.ts';
import * as elementwise from './dsl/elementwise.ts';
import * as indexing from './dsl/indexing.ts';
import { debug } from './dsl/marks.ts';
import * as movement from './dsl/movement.ts';
import { extent, broadcastTo as stretch } from './dsl/operands.ts';
import * as reduction from './dsl/reduction.ts';
import type { TensorMethods } from './methods.ts';
import { type AnyTensor, fail, Tensor } from './node.ts';
import { traced } from './origin.ts';
import { formatShape, sameShape } from './shape.ts';

/** The dim at an axis. */
const dim = (x: AnyTensor, axis: number | string): Dim => x.shape[movement.axisOf(x, axis)]!;

/** The size of an axis as a scalar in the graph. */
const size = (x: AnyTensor, axis: number | string): AnyTensor => extent(dim(x, axis), 'i32');

/** The same tensor, if it has that shape. */
function as(x: AnyTensor, shape: readonly unknown[]): AnyTensor {
  const wanted = checkedShape(shape);
  if (!sameShape(x.shape, wanted))
    throw fail('SHAPE_MISMATCH', `the tensor is ${formatShape(x.shape)}, not ${formatShape(wanted)}`, [
      formatShape(x.shape),
      formatShape(wanted),
    ]);
  return x;
}

const broadcastTo = (x: AnyTensor, shape: readonly unknown[]): AnyTensor => stretch(x, checkedShape(shape));

const pipe = (x: AnyTensor, ...steps: readonly ((x: unknown) => unknown)[]): unknown =>
  steps.reduce<unknown>((value, step) => step(value), x);

// What stays a function: it has no natural receiver, or is for the inside of the house.
const { where, mulNoNan, binary, factorForSquares, ...elementwiseMethods } = elementwise;
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

/** The names that are installed; the tests hold them equal to the names of the types. */
export type InstalledMethods = keyof typeof functions;

for (const [name, body] of Object.entries(functions)) {
  const onTensor = body as (x: AnyTensor, ...rest: unknown[]) => unknown;
  const method = traced(function (this: AnyTensor, ...rest: unknown[]) {
    return onTensor(this, ...rest);
  });
  Object.defineProperty(Tensor.prototype, name, { value: method, configurable: true, writable: true });
}
