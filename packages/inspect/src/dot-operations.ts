/** The picture in full: a node per operation, leaves and results, layers as frames. */
import { type Graph, isInput, isVariable, type Node, printParams } from '@cotangent/graph';
import { type Drawing, describeType, type PictureOptions } from './dot.ts';
import { clustersOf, dotEdge, dotNode } from './dot-parts.ts';
import { boundType } from './flops.ts';
import { membersOf } from './members.ts';
import { viewKey } from './view.ts';

export function drawOperations(
  graph: Graph,
  { bindings = {}, derivatives = false }: Pick<PictureOptions, 'bindings' | 'derivatives'>,
): Drawing {
  const members = membersOf(graph);
  const forward = (node: Node): boolean => members.get(node)!.purpose === 'forward';
  const all = derivatives || !graph.outputs.some(({ tensor }) => forward(tensor.node));
  const nodes = graph.nodes.filter((node) => all || forward(node));
  const shown = new Set(nodes);
  // A path with something inside: the frame is the layer itself.
  const clusters = clustersOf(nodes.flatMap((node) => framed(members.get(node)!.path)));
  const edges: string[] = [];
  for (const node of nodes) {
    const { path, purpose } = members.get(node)!;
    const cluster = path === undefined ? clusters.root : clusters.of(`${path}/`);
    cluster.lines.push(operation(node, purpose !== 'forward', cluster.path));
    for (const tensor of node.inputs) {
      const label = describeType(boundType(tensor, bindings));
      edges.push(dotEdge(viewKey(tensor.node), viewKey(node), label, isVariable(tensor)));
    }
  }
  graph.outputs.forEach(({ name, tensor }, i) => {
    if (!shown.has(tensor.node)) return;
    clusters.root.lines.push(dotNode(`out${i}`, 'output', name, []));
    edges.push(dotEdge(viewKey(tensor.node), `out${i}`, describeType(boundType(tensor, bindings))));
  });
  if (all)
    graph.updates.forEach(({ variable, value }, i) => {
      clusters.root.lines.push(dotNode(`update${i}`, 'output', variable.path, ['update']));
      edges.push(dotEdge(viewKey(value.node), `update${i}`, describeType(boundType(value, bindings))));
    });
  return { root: clusters.root, edges };
}

const framed = (path: string | undefined): string[] =>
  path === undefined || path === '' ? [] : [`${path}/`];

function operation(node: Node, derived: boolean, frame: string): string {
  const leaf = node.outputs[0]!;
  if (isInput(leaf)) return dotNode(viewKey(node), 'input', leaf.name, []);
  if (isVariable(leaf)) {
    const own =
      frame !== '' && leaf.path.startsWith(`${frame}/`) ? leaf.path.slice(frame.length + 1) : leaf.path;
    return dotNode(viewKey(node), 'variable', own, []);
  }
  const params = printParams(node)
    .trim()
    .replace(/^\{|\}$/g, '');
  return dotNode(
    viewKey(node),
    derived ? 'derivative' : 'layer',
    node.op,
    params === '' ? [] : lines(params),
  );
}

/** Parameters one to a line, the first few; empty lists say nothing. */
function lines(params: string): string[] {
  const parts = params.split(/, (?=\w+: )/).filter((part) => !part.endsWith(': []'));
  return parts.length <= 3 ? parts : [...parts.slice(0, 3), '…'];
}
