/** Forward mode: pushes tangents through a graph, node by node in the order of their ids. */
import {
  type AnyTensor,
  definitionOf,
  derivedFrom,
  firstOf,
  inIdOrder,
  isFloat,
  isPrimitiveName,
  type Node,
  NodeSet,
  type PrimitiveName,
} from '@cotangent/graph';
import { jvpRules } from './rules/index.ts';
import type { Calculus, JvpRule, NodeOf, Tangent } from './tangent.ts';

/**
 * Tangents of `outputs`, given tangents of some tensors; everything else is held constant. New nodes are appended to
 * the same graph, and inherit the origin of the node they differentiate.
 */
export function pushForwardWith(
  calculus: Calculus,
  outputs: readonly AnyTensor[],
  seeds: ReadonlyMap<AnyTensor, Tangent>,
): Tangent[] {
  const tangents = new Map<AnyTensor, AnyTensor>();
  for (const [tensor, tangent] of seeds) if (tangent !== undefined) tangents.set(tensor, tangent);
  const first = firstOf(seeds.keys());
  for (const node of differentiated(outputs, first, seeds)) {
    if (!isPrimitiveName(node.op)) continue;
    const incoming = node.inputs.map((input) => tangents.get(input));
    if (incoming.every((tangent) => tangent === undefined)) continue;
    const outgoing = derivedFrom(node.origin, 'derivative of', () =>
      ruleOf(node.op as PrimitiveName)(incoming, node as NodeOf<PrimitiveName>, calculus),
    );
    outgoing.forEach((tangent, i) => {
      const output = node.outputs[i]!;
      // A value that is itself a starting point keeps the tangent it was given.
      if (tangent !== undefined && !seeds.has(output) && isFloat(output.dtype)) tangents.set(output, tangent);
    });
  }
  return outputs.map((output) => tangents.get(output));
}

/** The nodes that derivatives of `outputs` may pass, in order; those from `first` on, and not beyond a starting point. */
function differentiated(
  outputs: readonly AnyTensor[],
  first: number,
  seeds: ReadonlyMap<AnyTensor, unknown>,
): Node[] {
  const known = new NodeSet();
  const found: Node[] = [];
  const stack: Node[] = [];
  const visit = (tensor: AnyTensor): void => {
    const { node, dtype } = tensor;
    if (node.id < first || !isFloat(dtype) || seeds.has(tensor) || !known.add(node)) return;
    found.push(node);
    stack.push(node);
  };
  outputs.forEach(visit);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const through = isPrimitiveName(node.op) ? definitionOf(node.op).traits.through : undefined;
    if (through === undefined) node.inputs.forEach(visit);
    else node.inputs.slice(...through(node.params as never)).forEach(visit);
  }
  return inIdOrder(found);
}

/** The rule of a primitive known only at run time; it is applied to nodes of that primitive alone. */
const ruleOf = (op: PrimitiveName): JvpRule<PrimitiveName> =>
  jvpRules[op] as unknown as JvpRule<PrimitiveName>;
