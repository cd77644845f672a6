/**
 * Derivatives run a loop again to keep what they need of it. The two loops are one: bodies of the same inputs give the
 * results of both. Bodies are compared by identity, so this comes before anything that rebuilds them.
 */
import {
  type AnyTensor,
  apply,
  assembleBody,
  bodiesOf,
  type Graph,
  isNodeOf,
  Names,
  type Node,
  type PrimitiveName,
  transform,
  withBodies,
} from '@cotangent/graph';

/** How many results of a node belong to carries: the others may come and go. */
function carriedResults(node: Node): number | undefined {
  if (isNodeOf(node, 'call') || isNodeOf(node, 'cond')) return 0;
  if (isNodeOf(node, 'scan')) return node.params.carries;
  return undefined;
}

const idOf = (tensor: AnyTensor): string => `${tensor.node.id}.${tensor.index}`;
const idsOf = (tensors: readonly AnyTensor[]): string => tensors.map(idOf).join(' ');

/** Nodes with equal keys differ in their free results alone. */
function keyOf(node: Node, carried: number): string {
  const bodies = bodiesOf(node);
  const plain = Object.entries(node.params).filter(([, value]) => !bodies.includes(value as Graph));
  const shared = bodies.map(
    ({ inputs, outputs }) =>
      `${idsOf(inputs)}>${idsOf(outputs.slice(0, carried).map(({ tensor }) => tensor))}`,
  );
  return [node.op, idsOf(node.inputs), JSON.stringify(plain), ...shared].join('|');
}

/** Several nodes as one: the results of each, as places among the results of all. */
interface Union {
  readonly leader: Node;
  /** The tensors of each body that give a result. */
  readonly columns: AnyTensor[][];
  /** Where the columns of free results stand, by the ids of their tensors. */
  readonly known: Map<string, number>;
  readonly places: Map<Node, number[]>;
}

function unions(graph: Graph): ReadonlyMap<Node, Union> {
  const byKey = new Map<string, Union>();
  const found = new Map<Node, Union>();
  for (const node of graph.nodes) {
    const carried = carriedResults(node);
    if (carried === undefined) continue;
    const key = keyOf(node, carried);
    let union = byKey.get(key);
    if (union === undefined)
      byKey.set(key, (union = { leader: node, columns: [], known: new Map(), places: new Map() }));
    union.places.set(node, placesIn(union, bodiesOf(node), carried));
    found.set(node, union);
  }
  return found;
}

/** Where the results of a node stand among the columns, to which new ones are added; carries stand first. */
function placesIn({ columns, known }: Union, bodies: readonly Graph[], carried: number): number[] {
  return bodies[0]!.outputs.map((_, i) => {
    const column = bodies.map(({ outputs }) => outputs[i]!.tensor);
    if (i < carried) {
      columns[i] ??= column;
      return i;
    }
    const key = idsOf(column);
    let place = known.get(key);
    if (place === undefined) known.set(key, (place = columns.push(column) - 1));
    return place;
  });
}

/** Joins loops, branches and calls that differ only in what they give; inside bodies as well. */
export function joinLoops(graph: Graph): Graph {
  if (graph.nodes.every((node) => bodiesOf(node).length === 0)) return graph;
  const found = unions(graph);
  const leaders = new Map<Union, readonly AnyTensor[]>();
  return transform(graph, {
    node: (node, operands) => {
      if (bodiesOf(node).length === 0) return undefined;
      const union = found.get(node);
      if (union === undefined) return again(node, operands, withBodies(node, joinLoops));
      let results = leaders.get(union);
      if (results === undefined) leaders.set(union, (results = joined(union, operands)));
      return union.places.get(node)!.map((place) => results[place]!);
    },
  });
}

function joined({ leader, columns, places }: Union, operands: readonly AnyTensor[]): readonly AnyTensor[] {
  let which = 0;
  const params = withBodies(leader, (body) => {
    const position = which++;
    // A result that is given twice is given once.
    const whole =
      places.size === 1 && columns.length === body.outputs.length
        ? body
        : bodyWith(
            body,
            columns.map((column) => column[position]!),
          );
    return joinLoops(whole);
  });
  return again(leader, operands, params);
}

function bodyWith(body: Graph, results: readonly AnyTensor[]): Graph {
  const names = new Names();
  return assembleBody(
    body.inputs,
    results.map((tensor, i) => ({ name: names.unique(body.outputs[i]?.name ?? 'kept'), tensor })),
  );
}

function again(node: Node, operands: readonly AnyTensor[], params: Node['params']): readonly AnyTensor[] {
  const same = params === node.params && operands.every((operand, i) => operand === node.inputs[i]);
  return same ? node.outputs : apply(node.op as PrimitiveName, operands, params as never);
}
