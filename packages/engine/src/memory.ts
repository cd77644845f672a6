/** Lives of values: which are needed from when to when, and how much memory they take at the worst moment. */
import { type AnyTensor, bytesOf, countOf, type Graph, resultsOf } from '@cotangent/graph';

export interface Life {
  readonly tensor: AnyTensor;
  readonly bytes: number;
  /** Index of the node that makes it. */
  readonly from: number;
  /** Index of the last node that uses it; the number of nodes for results. */
  readonly to: number;
}

export interface MemoryPlan {
  readonly lives: readonly Life[];
  /** The largest sum of bytes alive at once: a lower bound for any engine that keeps values whole. */
  readonly peakBytes: number;
}

/** Lives of all values of a graph whose dims are numbers, in the order of its nodes. */
export function memoryPlan(graph: Graph): MemoryPlan {
  const last = new Map<AnyTensor, number>();
  graph.nodes.forEach((node, i) => {
    for (const input of node.inputs) last.set(input, i);
  });
  for (const result of resultsOf(graph)) last.set(result, graph.nodes.length);
  const lives = graph.nodes.flatMap((node, from) =>
    node.outputs.map(
      (tensor): Life => ({
        tensor,
        bytes: countOf(tensor.shape) * bytesOf(tensor.dtype),
        from,
        to: last.get(tensor) ?? from,
      }),
    ),
  );
  const change = new Float64Array(graph.nodes.length + 2);
  for (const { bytes, from, to } of lives) {
    change[from]! += bytes;
    change[to + 1]! -= bytes;
  }
  let alive = 0;
  let peakBytes = 0;
  for (const bytes of change) peakBytes = Math.max(peakBytes, (alive += bytes));
  return { lives, peakBytes };
}
