/** Common subexpressions: nodes that say the same on the same operands are one. The lowest id stays. */
import {
  type AnyTensor,
  applySame,
  type Graph,
  isBarrier,
  type Node,
  type PrimitiveName,
  printParams,
  transform,
} from '@cotangent/graph';

/** What makes two nodes the same: primitive, parameters, operands. Equal texts mean equal nodes. */
export function signature(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): string {
  let text: string = node.op;
  for (const { node: operand, index } of operands)
    text += index === 0 ? ` ${operand.id}` : ` ${operand.id}.${index}`;
  for (const _ in node.params) return text + printParams(node);
  return text;
}

/** Ids below this leave room for two of them in the 53 bits of a whole number. */
const smallIds = 2 ** 26;

/** The operands as one number, for a node without parameters on one or two plain operands; else undefined. */
function shortSignature(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): number | undefined {
  const [a, b, c] = operands;
  if (a === undefined || c !== undefined || a.index !== 0 || a.node.id >= smallIds) return undefined;
  for (const _ in node.params) return undefined;
  if (b === undefined) return a.node.id;
  return b.index === 0 && b.node.id < smallIds ? (b.node.id + 1) * smallIds + a.node.id : undefined;
}

/** Remembers results by signature. Barriers are never merged. */
export class Shared {
  private readonly known = new Map<string, readonly AnyTensor[]>();
  /** The same by short signatures, which are made and compared faster. */
  private readonly short = new Map<PrimitiveName, Map<number, readonly AnyTensor[]>>();

  /** An earlier result that says the same, or what `make` makes. */
  of(
    node: Node<PrimitiveName>,
    operands: readonly AnyTensor[],
    make: () => readonly AnyTensor[],
  ): readonly AnyTensor[] {
    if (isBarrier(node)) return make();
    const number = shortSignature(node, operands);
    return number === undefined
      ? remembered(this.known, signature(node, operands), make)
      : remembered(this.shortOf(node.op), number, make);
  }

  private shortOf(op: PrimitiveName): Map<number, readonly AnyTensor[]> {
    let table = this.short.get(op);
    if (table === undefined) this.short.set(op, (table = new Map()));
    return table;
  }
}

function remembered<K>(
  table: Map<K, readonly AnyTensor[]>,
  key: K,
  make: () => readonly AnyTensor[],
): readonly AnyTensor[] {
  let result = table.get(key);
  if (result === undefined) table.set(key, (result = make()));
  return result;
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
