/** Walking back from results, without recursion. */
import { type AnyTensor, inIdOrder, type Node } from '@cotangent/graph';

/** Nodes that the roots depend on, in id order, none older than `first`: older ones cannot depend on it. */
export function reachable(roots: Iterable<AnyTensor>, first: number): Node[] {
  const seen = new Set<Node>();
  const stack: Node[] = [];
  const visit = ({ node }: AnyTensor): void => {
    if (node.id < first || seen.has(node)) return;
    seen.add(node);
    stack.push(node);
  };
  for (const root of roots) visit(root);
  for (let node = stack.pop(); node !== undefined; node = stack.pop())
    for (const input of node.inputs) visit(input);
  return inIdOrder([...seen]);
}
