/** Graphs as text, one line per node, in the manner of SSA. */
import type { Graph } from './graph.ts';
import { isInput, isVariable } from './leaves.ts';
import type { AnyTensor, Node } from './node.ts';
import { definitionOf, isPrimitiveName } from './primitives/index.ts';
import { formatType } from './shape.ts';

type Printer = {
  print(value: unknown, numberOf?: () => number, ofBody?: (body: Graph) => string): string;
};

/**
 * The parameters of a node as compact text, which nodes are compared by: bodies that differ in the names of their
 * inputs alone read the same. Arrays are numbered by identity, or as `numberOf` says.
 */
export function printParams(
  node: Node,
  numberOf?: () => number,
  ofBody: (body: Graph) => string = (body) => [...bodyLines(body, numberOf, byPosition(body))].join('\n'),
): string {
  if (!isPrimitiveName(node.op)) return '';
  const kinds = definitionOf(node.op).params as Readonly<Record<string, Printer>>;
  const values = node.params as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  for (const name in kinds) parts.push(`${name}: ${kinds[name]!.print(values[name], numberOf, ofBody)}`);
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
}

type Naming = (leaf: AnyTensor) => string | undefined;
const byName: Naming = (leaf) =>
  isInput(leaf) ? `%${leaf.name}` : isVariable(leaf) ? `@${leaf.path}` : undefined;
const byPosition = ({ inputs }: Graph): Naming => {
  const positions = new Map<AnyTensor, number>(inputs.map((input, i) => [input, i]));
  return (leaf) => (positions.has(leaf) ? `%in${positions.get(leaf)}` : undefined);
};

/** The lines between the braces of a graph. */
function* bodyLines(graph: Graph, numberOf: (() => number) | undefined, leafName: Naming): Generator<string> {
  const numbers = new Map<Node, number>();
  const name = (tensor: AnyTensor): string =>
    leafName(tensor) ??
    `%${numbers.get(tensor.node)}${tensor.node.outputs.length === 1 ? '' : `.${tensor.index}`}`;
  const nested = (body: Graph): string => {
    const naming = leafName === byName ? byName : byPosition(body);
    const inputs = body.inputs.map((input) => `${naming(input)}: ${formatType(input)}`).join(', ');
    return `(${inputs}) {\n${[...bodyLines(body, numberOf, naming)].map((line) => `    ${line.replaceAll('\n', '\n  ')}\n`).join('')}  }`;
  };
  for (const node of graph.nodes) {
    if (node.inputs.length === 0 && !isPrimitiveName(node.op)) continue;
    numbers.set(node, numbers.size);
    const operands = node.inputs.map(name).join(', ');
    yield `%${numbers.get(node)} = ${node.op}(${operands})${printParams(node, numberOf, nested)} : ${node.outputs.map(formatType).join(', ')}`;
  }
  for (const { variable, value } of graph.updates) yield `update @${variable.path} = ${name(value)}`;
  const results = graph.outputs.map(({ name: label, tensor }) =>
    leafName === byName ? `${label}: ${name(tensor)}` : name(tensor),
  );
  yield `return ${results.join(', ')}`;
}

/** Lines of the text; a graph of a million nodes is better written line by line than as one string. */
export function* printLines(graph: Graph): Generator<string> {
  // Arrays are numbered as they come: the same graph reads the same wherever it was built.
  let arrays = 0;
  const leaf = (tensor: AnyTensor): string => `${byName(tensor)}: ${formatType(tensor)}`;
  yield `graph (${[...graph.inputs, ...graph.variables].map(leaf).join(', ')}) {`;
  for (const line of bodyLines(graph, () => arrays++, byName)) yield* `  ${line}`.split('\n');
  yield `}`;
}

/**
 * A graph as text.
 *
 * @example
 * ```ts
 * const x = input('x', ['batch', 3]);
 * printGraph(closeGraph({ outputs: { y: x.exp().sum('batch') } }));
 * // graph (%x: f32[batch, 3]) {
 * //   %0 = exp(%x) : f32[batch, 3]
 * //   %1 = reduceSum(%0) {axes: [0]} : f32[3]
 * //   return y: %1
 * // }
 * ```
 */
export const printGraph = (graph: Graph): string => [...printLines(graph)].join('\n');
