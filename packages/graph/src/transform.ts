/** The one walk that all rewrites share: nodes in order, each rebuilt on what its operands have become. */

import { applySame } from './body.ts';
import { assembleGraph, type Graph, NodeMap } from './graph.ts';
import { type Input, isInput, isVariable, type Variable } from './leaves.ts';
import type { AnyTensor, Node } from './node.ts';
import { atOrigin } from './origin.ts';
import { isPrimitiveName, type PrimitiveName } from './primitives/index.ts';

export interface Rewriter {
  /** What a node becomes on its new operands; undefined for the same primitive again. */
  node?(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): readonly AnyTensor[] | undefined;
  input?(input: Input): Input;
  variable?(variable: Variable): Variable;
}

/** Rebuilds a graph. Nodes that nothing touches stay the same objects; nodes no longer needed disappear. */
export function transform(graph: Graph, rewriter: Rewriter): Graph {
  const results = new NodeMap<readonly AnyTensor[]>();
  const now = (tensor: AnyTensor): AnyTensor => results.get(tensor.node)?.[tensor.index] ?? tensor;
  for (const leaf of graph.inputs) results.set(leaf.node, [rewriter.input?.(leaf) ?? leaf]);
  for (const node of graph.nodes) {
    if (results.get(node) !== undefined) continue;
    results.set(node, rebuilt(node, now, rewriter));
  }
  return assembleGraph({
    // An input becomes an input, a variable a variable: the rewriter's types say so.
    inputs: graph.inputs.map((leaf) => now(leaf) as Input),
    outputs: graph.outputs.map(({ name, tensor }) => ({ name, tensor: now(tensor) })),
    updates: graph.updates.map(({ variable, value }) => ({
      variable: now(variable) as Variable,
      value: now(value),
    })),
  });
}

function rebuilt(
  node: Node,
  now: (tensor: AnyTensor) => AnyTensor,
  rewriter: Rewriter,
): readonly AnyTensor[] {
  const first = node.outputs[0]!;
  if (isInput(first)) return [first];
  if (isVariable(first)) return [rewriter.variable?.(first) ?? first];
  if (!isPrimitiveName(node.op)) return node.outputs;
  const operands = node.inputs.map(now);
  const replaced = atOrigin(node.origin, () => rewriter.node?.(node as Node<PrimitiveName>, operands));
  if (replaced !== undefined) return replaced;
  return operands.every((operand, i) => operand === node.inputs[i])
    ? node.outputs
    : applySame(node as Node<PrimitiveName>, operands);
}
