/** Constant folding: a node on constants is computed once, by the interpreter. */
import {
  type AnyTensor,
  apply1,
  applySame,
  bodiesOf,
  countOf,
  definitionOf,
  dim,
  dims,
  type Graph,
  type HostArray,
  isNodeOf,
  isPartial,
  type Node,
  type PrimitiveName,
  pairs,
  type Shape,
  transform,
} from '@cotangent/graph';
import { evaluateNode } from '@cotangent/interpreter';
import { splatValue } from './rules/rule.ts';

/** Results larger than this stay symbolic: folding must not blow a program up. */
const largestFolded = 1 << 16;

const isFixed = (shape: Shape): boolean => shape.every((dim) => typeof dim === 'number');
const foldable = (tensor: AnyTensor): boolean =>
  isFixed(tensor.shape) && countOf(tensor.shape) <= largestFolded;
const isConstant = (tensor: AnyTensor): boolean => tensor.node.op === 'constant';

/** Whether a parameter waits for the size of a name: sizes and positions may, where the result's type does not show it. */
function waitsForSizes(node: Node<PrimitiveName>): boolean {
  const kinds = definitionOf(node.op).params as Readonly<Record<string, unknown>>;
  const values = node.params as Readonly<Record<string, unknown>>;
  const holdsDims = (name: string) => kinds[name] === dim || kinds[name] === dims || kinds[name] === pairs;
  return Object.keys(kinds).some(
    (name) => holdsDims(name) && [values[name]].flat(2).some((entry) => typeof entry === 'string'),
  );
}

/** The value of a constant tensor. */
export function constantHost(tensor: AnyTensor): HostArray {
  return evaluateNode(tensor.node as Node<PrimitiveName>, [])[0]!;
}

/** The results of a node on these operands as constants, if that is what they are. */
export function foldNode(
  node: Node<PrimitiveName>,
  operands: readonly AnyTensor[],
): readonly AnyTensor[] | undefined {
  if (isNodeOf(node, 'constant') || definitionOf(node.op).traits.barrier === true) return undefined;
  // Bodies may report, wait for sizes, and run for long.
  if (bodiesOf(node).length > 0) return undefined;
  if (!operands.every(isConstant)) return undefined;
  const uniform = foldUniform(node, operands);
  if (uniform !== undefined) return uniform;
  if (!node.outputs.every(foldable) || !operands.every(foldable)) return undefined;
  if (waitsForSizes(node)) return undefined;
  const same = operands.every((operand, i) => operand === node.inputs[i])
    ? node
    : applySame(node, operands)[0]!.node;
  return evaluated(same as Node<PrimitiveName>, operands.map(constantHost))?.map(asConstant);
}

/** The results of a node; nothing where it fails, which is the business of the program, if it ever comes to it. */
function evaluated(node: Node<PrimitiveName>, operands: readonly HostArray[]): HostArray[] | undefined {
  try {
    return evaluateNode(node, operands);
  } catch (error) {
    if (isPartial(node)) return undefined;
    throw error;
  }
}

/** An elementwise function of constants that are one number each, whatever their shape: it is computed of these numbers. */
function foldUniform(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): AnyTensor[] | undefined {
  if (definitionOf(node.op).traits.elementwise !== true) return undefined;
  const numbers = operands.map((operand) => {
    const value = splatValue(operand);
    return value === undefined
      ? undefined
      : apply1('constant', [], { value, shape: [], dtype: operand.dtype });
  });
  if (numbers.length === 0 || !numbers.every((one) => one !== undefined)) return undefined;
  const scalar = applySame(node, numbers)[0]!.node;
  return evaluated(scalar as Node<PrimitiveName>, numbers.map(constantHost))?.map(({ data }, i) => {
    const { shape, dtype } = node.outputs[i]!;
    return apply1('constant', [], { value: data[0]!, shape, dtype });
  });
}

/** One number if all elements are the same bits, else the array. */
function asConstant(value: HostArray): AnyTensor {
  const { dtype, shape, data } = value;
  const first = data[0];
  const uniform = first !== undefined && data.every((entry: number) => Object.is(entry, first));
  return apply1('constant', [], { value: uniform ? first : value, shape, dtype });
}

/** Folds constants. */
export const foldConstants = (graph: Graph): Graph => transform(graph, { node: foldNode });
