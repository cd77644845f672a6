/** Lives of values: which are needed from when to when, and how much memory they take at the worst moment. */
import {
  type AnyTensor,
  bodiesOf,
  bytesOf,
  countOf,
  type Graph,
  type Node,
  resultsOf,
} from '@cotangent/graph';

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
  change.forEach((bytes, i) => {
    alive += bytes;
    peakBytes = Math.max(peakBytes, alive + insideOf(graph.nodes[i]));
  });
  return { lives, peakBytes };
}

/** What a node needs while it runs: the values inside its largest body, but for those that it is given. */
function insideOf(node: Node | undefined): number {
  let most = 0;
  for (const body of node === undefined ? [] : bodiesOf(node)) {
    const given = body.inputs.reduce((sum, { shape, dtype }) => sum + countOf(shape) * bytesOf(dtype), 0);
    most = Math.max(most, memoryPlan(body).peakBytes - given);
  }
  return most;
}
