/** Which nodes depend on which tensors: the part of a graph that a linear map runs through. */
import { type AnyTensor, type Node, NodeSet } from '@cotangent/graph';

/** Those of some nodes, in order, that depend on some leaves, the leaves themselves included. */
export function dependentOn(nodes: readonly Node[], leaves: readonly AnyTensor[]): NodeSet {
  const dependent = new NodeSet();
  for (const { node } of leaves) dependent.add(node);
  for (const node of nodes) if (node.inputs.some((input) => dependent.has(input.node))) dependent.add(node);
  return dependent;
}

/** The same without the leaves, as a list. */
export function dependents(nodes: readonly Node[], leaves: readonly AnyTensor[]): Node[] {
  const dependent = dependentOn(nodes, leaves);
  return nodes.filter((node) => node.inputs.length > 0 && dependent.has(node));
}
