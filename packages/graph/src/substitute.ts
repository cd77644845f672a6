/** Tensors in place of others in a graph that is there already, whichever of them was built first. */
import { type AnyTensor, apply, fail, firstOf, type Node } from './node.ts';
import { atOrigin } from './origin.ts';
import type { PrimitiveName } from './primitives/index.ts';

/**
 * What tensors become when others take the places of some that they depend on. Unlike with `rebuildOn`, what takes a place
 * may have been built after the nodes that use the place, and may use such places itself.
 *
 * @throws UPDATE_CONFLICT if something would come to depend on itself
 */
export function substitute(
  tensors: readonly AnyTensor[],
  replaced: ReadonlyMap<AnyTensor, AnyTensor>,
): readonly AnyTensor[] {
  if (replaced.size === 0) return tensors;
  const first = firstOf(replaced.keys());
  const built = new Map<Node, readonly AnyTensor[]>();
  const behind = (tensor: AnyTensor): AnyTensor => {
    let found = tensor;
    for (let next = replaced.get(found); next !== undefined; next = replaced.get(found)) found = next;
    return found;
  };
  /** The node has to be built before others can be; what is older than all places stays as it is. */
  const isOpen = ({ node }: AnyTensor): boolean => node.id >= first && !built.has(node);
  const now = (tensor: AnyTensor): AnyTensor => {
    const found = behind(tensor);
    return built.get(found.node)?.[found.index] ?? found;
  };
  const waiting = new Set<Node>();
  const stack = tensors.map(behind).filter(isOpen);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { node } = top;
    const needed = node.inputs.map(behind).filter(isOpen);
    if (needed.some((operand) => waiting.has(operand.node)))
      throw fail(
        'UPDATE_CONFLICT',
        'two updates of variables need what the other gives: make them in one place',
      );
    if (needed.length > 0 && !built.has(node)) {
      waiting.add(node);
      for (const operand of needed) stack.push(operand);
      continue;
    }
    stack.pop();
    waiting.delete(node);
    if (!built.has(node)) built.set(node, again(node, node.inputs.map(now)));
  }
  return tensors.map(now);
}

/** The node on other operands; the same one on its own. */
function again(node: Node, operands: readonly AnyTensor[]): readonly AnyTensor[] {
  if (operands.every((operand, i) => operand === node.inputs[i])) return node.outputs;
  // A node with operands is an application of a primitive.
  return atOrigin(node.origin, () => apply(node.op as PrimitiveName, operands, node.params as never));
}
