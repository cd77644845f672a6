/**
 * Simplification: small rules, constant folding and sharing in one walk, repeated while it shrinks the graph.
 * Dead code needs no pass of its own: a rebuilt graph holds only what its results depend on.
 */
import type { AnyTensor, Graph, Node, PrimitiveName } from '@cotangent/graph';
import { foldNode } from './fold.ts';
import { arithmeticRules } from './rules/arithmetic.ts';
import { movementRules } from './rules/movement.ts';
import type { Rule, Uses } from './rules/rule.ts';
import { structureRules } from './rules/structure.ts';
import { Shared } from './share.ts';
import { applySame, transform } from './transform.ts';

/** All rules, in the order in which they are tried. */
export const rules: readonly Rule[] = [...structureRules, ...arithmeticRules, ...movementRules];

/** Rules by the primitive at the root of their pattern. */
export function tableOf(list: readonly Rule[]): ReadonlyMap<PrimitiveName, readonly Rule[]> {
  const table = new Map<PrimitiveName, Rule[]>();
  for (const rule of list) for (const op of rule.on) table.set(op, [...(table.get(op) ?? []), rule]);
  return table;
}

const allRules = tableOf(rules);

/** Which results something in the graph uses. */
function usesIn(graph: Graph): Uses {
  const used = new Set<AnyTensor>();
  for (const node of graph.nodes) for (const input of node.inputs) if (input.node.outputs.length > 1) used.add(input);
  for (const { tensor } of graph.outputs) used.add(tensor);
  for (const { value } of graph.updates) used.add(value);
  return { isUsed: (tensor) => used.has(tensor) };
}

/** One walk with the given rules. */
export function applyRules(graph: Graph, chosen: ReadonlyMap<PrimitiveName, readonly Rule[]> = allRules): Graph {
  const uses = usesIn(graph);
  const shared = new Shared();
  const improved = (node: Node<PrimitiveName>, operands: readonly AnyTensor[]): readonly AnyTensor[] | undefined => {
    for (const rule of chosen.get(node.op) ?? []) {
      const result = rule.apply(node, operands, uses);
      if (result !== undefined) return result;
    }
    return foldNode(node, operands);
  };
  return transform(graph, {
    node: (node, operands) =>
      shared.of(node, operands, () => {
        const better = improved(node, operands);
        if (better !== undefined) return better;
        return operands.every((operand, i) => operand === node.inputs[i]) ? node.outputs : applySame(node, operands);
      }),
  });
}

const mostWalks = 4;

/** Simplifies until nothing gets smaller. Values and gradients stay, bit for bit. */
export function simplify(graph: Graph): Graph {
  let result = graph;
  for (let walk = 0; walk < mostWalks; walk++) {
    const next = applyRules(result);
    if (next.nodes.length >= result.nodes.length && walk > 0) return next;
    result = next;
  }
  return result;
}
