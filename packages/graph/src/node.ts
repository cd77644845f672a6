/**
 * Nodes and tensors. A node is a primitive applied to tensors; a tensor is one of its results. Both are immutable.
 * Ids only grow, so id order is topological order and a cycle cannot be built. Nothing is interned here.
 */
import type { DType } from './dtype.ts';
import { CotangentError, type ErrorDetails } from './errors.ts';
import type { HostArray } from './host-array.ts';
import type { TensorMethods } from './methods.ts';
import { currentLayerPath, currentOrigin, formatOrigin, type Origin } from './origin.ts';
import { definitionOf, type PrimitiveName, type PrimitiveParams } from './primitives/index.ts';
import { formatType, type Shape, type ValueType } from './shape.ts';

/** Leaves have no operands: fed from outside, or held by the state. */
export type LeafName = 'input' | 'variable';
export type Operation = PrimitiveName | LeafName;

let nextId = 0;
/** The id that the next node will have: what is built from now on has this one or a higher one. */
export const upcomingId = (): number => nextId;

export class Node<P extends Operation = Operation> {
  readonly id: number;
  readonly op: P;
  readonly inputs: readonly AnyTensor[];
  readonly params: P extends PrimitiveName ? PrimitiveParams<P> : Readonly<Record<string, unknown>>;
  readonly outputs: readonly AnyTensor[];
  readonly origin: Origin | undefined;

  constructor(op: P, inputs: readonly AnyTensor[], params: Node<P>['params'], results: readonly ValueType[]) {
    this.id = nextId++;
    this.op = op;
    this.inputs = inputs;
    this.params = params;
    this.origin = currentOrigin();
    this.outputs = results.map((type, index) => new Tensor(this, index, type.shape, type.dtype));
  }

  /** Path of the layer that made it, such as `encoder/0`, if one did; asked for on demand, never stored. */
  get layer(): string | undefined {
    return this.origin?.layer?.path();
  }
}

/** Parameters of a node whose primitive the caller has looked at. */
export const paramsOf = <P extends PrimitiveName>(node: Node): PrimitiveParams<P> =>
  // A node of any primitive does not say so in its type.
  node.params as unknown as PrimitiveParams<P>;

/** The array that a constant holds, if it is one of an array. */
export function arrayIn(node: Node): HostArray | undefined {
  if (!isNodeOf(node, 'constant')) return undefined;
  const { value } = node.params;
  return typeof value === 'number' ? undefined : value;
}

/** Where a node was made, for an error about it: its layer, and the line of the user. */
export function whereIs({ layer, origin }: Node): Pick<ErrorDetails, 'path' | 'line'> {
  const line = formatOrigin(origin);
  return { ...(layer === undefined ? {} : { path: layer }), ...(line === undefined ? {} : { line }) };
}

/** An error that was raised while a node was computed, with the primitive, the operands, the layer and the user's line. */
export function raisedBy(node: Node, error: unknown): CotangentError {
  if (error instanceof CotangentError && error.line !== undefined) return error;
  const known = error instanceof CotangentError ? error : undefined;
  const sentence = known?.sentence ?? (error instanceof Error ? error.message : String(error));
  const isWhole = known?.code === 'CHECK_FAILED' || known?.code === 'MAX_STEPS';
  return new CotangentError(known?.code ?? 'ENGINE_LACKS', isWhole ? sentence : `${node.op}: ${sentence}`, {
    shapes: node.inputs.map(formatType),
    cause: error,
    ...whereIs(node),
  });
}

/** Nodes of one primitive, told apart by `op`. */
export const isNodeOf = <P extends Operation>(node: Node, op: P): node is Node<P> => node.op === op;

/**
 * A symbolic value of known dtype and shape. Nothing is computed while it is declared; see `compile`.
 *
 * `S` is the shape as a type, `D` the dtype: `Tensor<['batch', 784]>` is a float32 matrix with a named first axis.
 */
export class Tensor<S extends Shape = Shape, D extends DType = 'f32'> {
  readonly node: Node;
  /** Which result of the node. */
  readonly index: number;
  readonly shape: S;
  readonly dtype: D;

  constructor(node: Node, index: number, shape: S, dtype: D) {
    this.node = node;
    this.index = index;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** `x * 2` and `Math.exp(x)` would silently be NaN. */
  [Symbol.toPrimitive](hint: 'string' | 'number' | 'default'): string {
    if (hint === 'string') return this.toString();
    throw fail('BAD_ARGUMENT', `a tensor is not a number: write x.mul(2), x.exp(), x.add(y)`);
  }

  toString(): string {
    return `Tensor %${this.node.id}${this.index === 0 ? '' : `.${this.index}`}: ${formatType(this)}`;
  }
}

// biome-ignore lint/correctness/noUnusedVariables: a merged interface repeats the parameters of its class
export interface Tensor<S extends Shape, D extends DType> extends TensorMethods {}

/** A tensor of any shape and dtype. */
export type AnyTensor = Tensor<Shape, DType>;

/** The id of the oldest of some tensors: nothing that is older depends on one of them. */
export function firstOf(tensors: Iterable<AnyTensor>): number {
  let first = Infinity;
  for (const { node } of tensors) if (node.id < first) first = node.id;
  return first;
}

export const isTensor = (value: unknown): value is AnyTensor => value instanceof Tensor;

/**
 * Applies a primitive: checks the number of operands, infers the types of the results and makes the node.
 * Errors name the primitive, the layer and the user's line.
 */
export function apply<P extends PrimitiveName>(
  op: P,
  inputs: readonly AnyTensor[],
  params: PrimitiveParams<P>,
): readonly AnyTensor[] {
  return new Node<PrimitiveName>(op, inputs, params, inferTypes(op, inputs, params)).outputs;
}

/** Types of the results of a primitive on operands of given types. Errors carry the number of the constraint. */
export const inferTypes = <P extends PrimitiveName>(
  op: P,
  inputs: readonly ValueType[],
  params: PrimitiveParams<P>,
): ValueType[] => inferred(op, inputs, params, (sentence) => sentence);

/** Without the number of the constraint, which is for those who verify graphs. */
const unnumbered = (sentence: string): string => sentence.replace(/ \[C\d+\]$/, '');

function inferred<P extends PrimitiveName>(
  op: P,
  inputs: readonly ValueType[],
  params: PrimitiveParams<P>,
  wording: (sentence: string) => string,
): ValueType[] {
  const definition = definitionOf(op);
  try {
    const [least, most] =
      typeof definition.arity === 'number' ? [definition.arity, definition.arity] : definition.arity;
    if (inputs.length < least || inputs.length > most)
      throw new CotangentError(
        'BAD_GRAPH',
        `takes ${least === most ? least : `at least ${least}`} operands, not ${inputs.length}`,
      );
    return definition.infer(inputs, params as Readonly<Record<string, never>>);
  } catch (error) {
    throw located(error, op, wording);
  }
}

/** The same for the functions that people call: their errors are the sentences that the editor shows. */
export const applyForUser = <P extends PrimitiveName>(
  op: P,
  inputs: readonly AnyTensor[],
  params: PrimitiveParams<P>,
): readonly AnyTensor[] =>
  new Node<PrimitiveName>(op, inputs, params, inferred(op, inputs, params, unnumbered)).outputs;

/** The first result, for the many primitives that have one. */
export const apply1 = <P extends PrimitiveName>(
  op: P,
  inputs: readonly AnyTensor[],
  params: PrimitiveParams<P>,
): AnyTensor => applyForUser(op, inputs, params)[0]!;

/** Adds primitive, layer and line to an error that lacks them. */
function located(error: unknown, op: string, wording: (sentence: string) => string): unknown {
  if (!(error instanceof CotangentError) || error.line !== undefined) return error;
  const sentence = wording(error.sentence);
  return fail(error.code, speaksForItself.test(sentence) ? sentence : `${op}: ${sentence}`, error.shapes);
}
const speaksForItself =
  /^(\[|cannot|one operand|a window|a condition|the slice|an input with|indices are|at least \d+ values|updates have|the \d+ largest)/;

/** An error at the place where the user is building right now. */
export function fail(
  code: CotangentError['code'],
  sentence: string,
  shapes: readonly string[] = [],
): CotangentError {
  const path = currentLayerPath();
  const line = formatOrigin(currentOrigin());
  return new CotangentError(code, sentence, {
    shapes,
    ...(path === undefined ? {} : { path }),
    ...(line === undefined ? {} : { line }),
  });
}
