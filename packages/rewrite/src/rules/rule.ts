/** What a rule is, and the questions that rules ask. */
import { type AnyTensor, isNodeOf, type Node, type PrimitiveName } from '@cotangent/graph';

/** One small law. It keeps values bit for bit, and gradients. */
export interface Rule {
  readonly name: string;
  /** Primitives at the root of the pattern. */
  readonly on: readonly PrimitiveName[];
  /** What the node is equal to, or undefined where the law does not apply. */
  apply(
    node: Node<PrimitiveName>,
    operands: readonly AnyTensor[],
    uses: Uses,
  ): readonly AnyTensor[] | undefined;
}

export interface Uses {
  /** Whether anything in the graph uses this result of a node. */
  isUsed(tensor: AnyTensor): boolean;
}

/** The number that fills a constant, or undefined. */
export function splatValue(tensor: AnyTensor): number | undefined {
  const { node } = tensor;
  return isNodeOf(node, 'constant') && typeof node.params.value === 'number' ? node.params.value : undefined;
}

/** True if every element is exactly this number; -0 is not 0. */
export const isSplat = (tensor: AnyTensor, value: number): boolean => Object.is(splatValue(tensor), value);

/** The node of a tensor, if it is an application of a primitive. */
export const applicationOf = <P extends PrimitiveName>(tensor: AnyTensor, op: P): Node<P> | undefined =>
  isNodeOf(tensor.node, op) ? tensor.node : undefined;
