/** Graphs as text, one line per node, in the manner of SSA. */
import type { Graph } from './graph.ts';
import { isInput, isVariable } from './leaves.ts';
import type { AnyTensor, Node } from './node.ts';
import { definitionOf, isPrimitiveName } from './primitives/index.ts';
import { formatType } from './shape.ts';

/** The parameters of a node as compact text. Arrays are numbered by identity, or as `numberOf` says. */
export function printParams(node: Node, numberOf?: () => number): string {
  if (!isPrimitiveName(node.op)) return '';
  const kinds = definitionOf(node.op).params as Readonly<
    Record<string, { print(value: unknown, numberOf?: () => number): string }>
  >;
  const values = node.params as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  for (const name in kinds) parts.push(`${name}: ${kinds[name]!.print(values[name], numberOf)}`);
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
}

const isLeaf = (tensor: AnyTensor): boolean => isInput(tensor) || isVariable(tensor);

/** Lines of the text; a graph of a million nodes is better written line by line than as one string. */
export function* printLines(graph: Graph): Generator<string> {
  const numbers = new Map<Node, number>();
  // Arrays are numbered as they come: the same graph reads the same wherever it was built.
  let arrays = 0;
  const nextArray = () => arrays++;
  const name = (tensor: AnyTensor): string => {
    if (isInput(tensor)) return `%${tensor.name}`;
    if (isVariable(tensor)) return `@${tensor.path}`;
    return `%${numbers.get(tensor.node)}${tensor.node.outputs.length === 1 ? '' : `.${tensor.index}`}`;
  };
  const leaf = (tensor: AnyTensor): string => `${name(tensor)}: ${formatType(tensor)}`;
  yield `graph (${[...graph.inputs, ...graph.variables].map(leaf).join(', ')}) {`;
  for (const node of graph.nodes) {
    if (node.outputs.length === 1 && isLeaf(node.outputs[0]!)) continue;
    numbers.set(node, numbers.size);
    const operands = node.inputs.map(name).join(', ');
    yield `  %${numbers.get(node)} = ${node.op}(${operands})${printParams(node, nextArray)} : ${node.outputs.map(formatType).join(', ')}`;
  }
  for (const { variable, value } of graph.updates) yield `  update @${variable.path} = ${name(value)}`;
  yield `  return ${graph.outputs.map(({ name: label, tensor }) => `${label}: ${name(tensor)}`).join(', ')}`;
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
