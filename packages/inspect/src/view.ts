/**
 * A graph as a graphology graph, for analysis, layout and pictures by others. It is a view, not the storage: some 1.4 kB a
 * node with its edges.
 */
import {
  CotangentError,
  formatShape,
  type Graph,
  isInput,
  isVariable,
  type Node,
  printParams,
} from '@cotangent/graph';
import { MultiDirectedGraph } from 'graphology';
import { membersOf, type Purpose } from './members.ts';

export interface ViewNode {
  /** What a picture would write: the name of a leaf or result, the operation otherwise. */
  readonly label: string;
  readonly kind: 'input' | 'variable' | 'operation' | 'output' | 'update';
  /** The primitive; `input`, `variable`, `output` or `update` otherwise. */
  readonly op: string;
  readonly params: string;
  /** Of the first result, such as `[batch, 10]`. */
  readonly shape: string;
  readonly dtype: string;
  /** Path of the layer, undefined outside of layers. */
  readonly layer: string | undefined;
  readonly purpose: Purpose;
}

export interface ViewEdge {
  /** Which operand of the target. */
  readonly operand: number;
  /** Which result of the source. */
  readonly result: number;
  readonly shape: string;
}

export interface ViewGraph {
  /** Keys of the nodes of each layer, by path. */
  readonly layers: Readonly<Record<string, readonly string[]>>;
}

export type GraphView = MultiDirectedGraph<ViewNode, ViewEdge, ViewGraph>;

/** Measured: 199,000 nodes with 400,000 edges took 280 MB and, on a busy machine, 12 seconds. */
const defaultMaximumNodes = 200_000;

/** The key of a node in the view. */
export const viewKey = (node: Node): string => `n${node.id}`;

/**
 * The graph as a graphology `MultiDirectedGraph`. Keys: `n<id>` for nodes (insertion order is topological),
 * `output:<name>` and `update:<path>` for results, which are nodes of their own.
 *
 * @throws BAD_ARGUMENT for more than `maximumNodes` nodes (200,000 by default)
 * @example
 * ```ts
 * const view = toGraphology(graph);
 * view.filterNodes((_, { kind }) => kind === 'variable');
 * view.inNeighbors('output:loss');
 * ```
 */
export function toGraphology(
  graph: Graph,
  { maximumNodes = defaultMaximumNodes }: { readonly maximumNodes?: number } = {},
): GraphView {
  const all = [...new Set([...graph.inputs.map(({ node }) => node), ...graph.nodes])];
  if (all.length > maximumNodes)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `a graph of ${all.length} nodes is more than the ${maximumNodes} that a graphology view takes: pass a larger maximumNodes (a million nodes take some 1.4 GB), or look at summarize(graph)`,
    );
  const members = membersOf(graph);
  const view: GraphView = new MultiDirectedGraph<ViewNode, ViewEdge, ViewGraph>();
  const layers = new Map<string, string[]>();
  for (const node of all) {
    const key = viewKey(node);
    const { path: layer, purpose } = members.get(node) ?? { path: undefined, purpose: 'forward' };
    view.addNode(key, { ...nodeAttributes(node), layer, purpose });
    if (layer !== undefined) {
      const keys = layers.get(layer);
      if (keys === undefined) layers.set(layer, [key]);
      else keys.push(key);
    }
    node.inputs.forEach((tensor, operand) => {
      const shape = formatShape(tensor.shape);
      view.addDirectedEdge(viewKey(tensor.node), key, { operand, result: tensor.index, shape });
    });
  }
  const results = [
    ...graph.outputs.map(({ name, tensor }) => ({ op: 'output' as const, label: name, tensor })),
    ...graph.updates.map(({ variable, value }) => ({
      op: 'update' as const,
      label: variable.path,
      tensor: value,
    })),
  ];
  for (const { op, label, tensor } of results) {
    const [shape, dtype] = [formatShape(tensor.shape), tensor.dtype];
    const key = `${op}:${label}`;
    const purpose = op === 'update' ? 'update' : 'forward';
    view.addNode(key, { label, kind: op, op, params: '', shape, dtype, layer: undefined, purpose });
    view.addDirectedEdge(viewKey(tensor.node), key, { operand: 0, result: tensor.index, shape });
  }
  view.setAttribute('layers', Object.fromEntries(layers));
  return view;
}

function nodeAttributes(node: Node): Omit<ViewNode, 'layer' | 'purpose'> {
  const first = node.outputs[0]!;
  const name = isInput(first) ? first.name : isVariable(first) ? first.path : undefined;
  return {
    label: name ?? node.op,
    kind: isInput(first) ? 'input' : isVariable(first) ? 'variable' : 'operation',
    op: node.op,
    params: printParams(node).trim(),
    shape: formatShape(first.shape),
    dtype: first.dtype,
  };
}
