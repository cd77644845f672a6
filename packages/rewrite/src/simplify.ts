/**
 * Simplification: small rules, constant folding and sharing in one walk.
 * Dead code needs no pass of its own: a rebuilt graph holds only what its results depend on.
 */
import {
  type AnyTensor,
  apply,
  applySame,
  bodiesOf,
  type Graph,
  isPrimitiveName,
  type Node,
  type PrimitiveName,
  resultsOf,
  transform,
  withBodies,
} from '@cotangent/graph';
import { joinLoops } from './control/join.ts';
import { foldNode } from './fold.ts';
import { arithmeticRules } from './rules/arithmetic.ts';
import { controlRules } from './rules/control.ts';
import { movementRules } from './rules/movement.ts';
import type { Rule, Uses } from './rules/rule.ts';
import { structureRules } from './rules/structure.ts';
import { Shared } from './share.ts';

/** All rules, in the order in which they are tried. */
export const rules: readonly Rule[] = [
  ...structureRules,
  ...controlRules,
  ...arithmeticRules,
  ...movementRules,
];

/** Rules by the primitive at the root of their pattern. */
export function tableOf(list: readonly Rule[]): ReadonlyMap<PrimitiveName, readonly Rule[]> {
  const table = new Map<PrimitiveName, Rule[]>();
  for (const rule of list) for (const op of rule.on) table.set(op, [...(table.get(op) ?? []), rule]);
  return table;
}

const allRules = tableOf(rules);

/** Results of primitives with several, and of control flow, that something in the graph uses. */
function usesIn(graph: Graph): ReadonlySet<AnyTensor> {
  const used = new Set<AnyTensor>();
  const note = (tensor: AnyTensor): void => {
    if (tensor.node.outputs.length > 1 || bodiesOf(tensor.node).length > 0) used.add(tensor);
  };
  for (const node of graph.nodes) node.inputs.forEach(note);
  resultsOf(graph).forEach(note);
  return used;
}

/** A rule may make a node that another rule improves; a chain longer than this does not come up. */
const longestChain = 8;

/** One walk with the given rules. */
export function applyRules(
  graph: Graph,
  chosen: ReadonlyMap<PrimitiveName, readonly Rule[]> = allRules,
): Graph {
  const used = usesIn(graph);
  const uses: Uses = { isUsed: (tensor) => used.has(tensor) };
  const shared = new Shared();
  const firstThatApplies = (
    node: Node<PrimitiveName>,
    operands: readonly AnyTensor[],
  ): readonly AnyTensor[] | undefined => {
    for (const rule of chosen.get(node.op) ?? []) {
      const result = rule.apply(node, operands, uses);
      if (result !== undefined) return result;
    }
    return foldNode(node, operands);
  };
  const improved = (
    node: Node<PrimitiveName>,
    operands: readonly AnyTensor[],
    chain: number,
  ): readonly AnyTensor[] => {
    const result = firstThatApplies(node, operands);
    if (result === undefined)
      return operands.every((operand, i) => operand === node.inputs[i])
        ? node.outputs
        : applySame(node, operands);
    const next = result[0]!.node;
    // Only a node that the rule has just made can be improved: the others have been seen.
    const made = next.outputs.length === 1 && result.length === 1 && next.id > node.id;
    if (!made || chain === longestChain || !isPrimitiveName(next.op)) return result;
    const fresh = next as Node<PrimitiveName>;
    return shared.of(fresh, fresh.inputs, () => improved(fresh, fresh.inputs, chain + 1));
  };
  return transform(graph, {
    node: (node, operands) => shared.of(node, operands, () => improved(node, operands, 0)),
  });
}

/** The graph with the bodies inside its nodes simplified. */
const simplifyBodies = (graph: Graph): Graph =>
  transform(graph, {
    node: (node, operands) => {
      const params = withBodies(node, simplifyBody);
      return params === node.params ? undefined : apply(node.op, operands, params as never);
    },
  });

/** Bodies that are simple already: a body stays one object from walk to walk. */
const simple = new WeakSet<Graph>();
function simplifyBody(body: Graph): Graph {
  if (simple.has(body)) return body;
  const result = simplify(body);
  simple.add(result);
  return result;
}

const mostWalks = 6;

/** No result has lost its users, and no body has changed. */
const isSettled = (before: ReadonlySet<AnyTensor>, after: ReadonlySet<AnyTensor>): boolean =>
  before.size === after.size &&
  [...after].every((tensor) => bodiesOf(tensor.node).length === 0 || before.has(tensor));

/**
 * Simplifies. Values and gradients stay, bit for bit. A walk sees its operands simplified already; a further one is
 * needed only where it has left results without users, or a body that can be simplified once more.
 */
export function simplify(graph: Graph): Graph {
  let result = joinLoops(graph);
  for (let walk = 0; walk < mostWalks; walk++) {
    const before = usesIn(result);
    result = applyRules(simplifyBodies(result));
    if (isSettled(before, usesIn(result))) break;
  }
  return result;
}
