/** Common subexpressions: nodes that say the same on the same operands are one. The lowest id stays. */
import {
  type AnyTensor,
  definitionOf,
  type Graph,
  type Node,
  type PrimitiveName,
  printParams,
} from '@cotangent/graph';
import { applySame, transform } from './transform.ts';

/** What makes two nodes the same: primitive, parameters, operands. Equal texts mean equal nodes. */
export function signature(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): string {
  let text: string = node.op;
  for (const { node: operand, index } of operands)
    text += index === 0 ? ` ${operand.id}` : ` ${operand.id}.${index}`;
  for (const _ in node.params) return text + printParams(node);
  return text;
}

/** Remembers results by signature. Barriers are never merged. */
export class Shared {
  private readonly known = new Map<string, readonly AnyTensor[]>();

  /** An earlier result that says the same, or what `make` makes. */
  of(
    node: Node<PrimitiveName>,
    operands: readonly AnyTensor[],
    make: () => readonly AnyTensor[],
  ): readonly AnyTensor[] {
    if (definitionOf(node.op).traits.barrier === true) return make();
    const text = signature(node, operands);
    let result = this.known.get(text);
    if (result === undefined) this.known.set(text, (result = make()));
    return result;
  }
}

/** Merges common subexpressions. */
export function shareCommon(graph: Graph): Graph {
  const shared = new Shared();
  return transform(graph, {
    node: (node, operands) =>
      shared.of(node, operands, () =>
        operands.every((operand, i) => operand === node.inputs[i]) ? node.outputs : applySame(node, operands),
      ),
  });
}
