/** Evaluation: a graph and arrays in, arrays out. For a graph that runs many times, see `prepare`. */
import {
  CotangentError,
  describeLeaf,
  formatType,
  type Graph,
  type HostArray,
  type Input,
  type Node,
  sameType,
  type Variable,
} from '@cotangent/graph';
import { prepare, runKernel } from './prepare.ts';

/** Values of the leaves: inputs by name, variables by path. */
export interface Feeds {
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly variables: Readonly<Record<string, HostArray>>;
}

/** Values of the results: outputs by name, new values of variables by path. */
export interface Results {
  outputs: Record<string, HostArray>;
  updates: Record<string, HostArray>;
}

/**
 * Computes everything that a graph computes. All updates are simultaneous: nothing sees a new value.
 *
 * @throws MISSING_INPUT or UNKNOWN_VARIABLE if a leaf has no value; SHAPE_MISMATCH or DTYPE_MISMATCH if the value is of
 *   another type; UNBOUND_DIMENSION if a dimension of the graph is not a number
 * @example
 * ```ts
 * const x = input('x', [2]);
 * const graph = closeGraph({ outputs: { y: x.add(1) } });
 * evaluate(graph, { inputs: { x: fromNested([1, 2]) }, variables: {} }).outputs.y.toNested(); // [2, 3]
 * ```
 */
export function evaluate(graph: Graph, feeds: Feeds): Results {
  const inputs = graph.inputs.map((input) => fed(input, feeds.inputs, input.name, 'MISSING_INPUT'));
  const variables = graph.variables.map((variable) =>
    fed(variable, feeds.variables, variable.path, 'UNKNOWN_VARIABLE'),
  );
  const { outputs, updates } = prepare(graph)(inputs, variables);
  return {
    outputs: Object.fromEntries(graph.outputs.map(({ name }, i) => [name, outputs[i]])),
    updates: Object.fromEntries(graph.updates.map(({ variable }, i) => [variable.path, updates[i]])),
  };
}

/** The results of one node on given operands: what constant folding asks for. */
export const evaluateNode = (node: Node, operands: readonly HostArray[]): HostArray[] =>
  runKernel(node, operands);

function fed(
  leaf: Input | Variable,
  values: Readonly<Record<string, HostArray>>,
  name: string,
  code: 'MISSING_INPUT' | 'UNKNOWN_VARIABLE',
): HostArray {
  if (!Object.hasOwn(values, name)) throw new CotangentError(code, `${describeLeaf(leaf)} has no value`);
  const value = values[name];
  if (!sameType(leaf, value))
    throw new CotangentError(
      leaf.dtype === value.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
      `${describeLeaf(leaf)} of ${leaf.dtype} was given a value ${formatType(value)}`,
      { shapes: [formatType(leaf), formatType(value)] },
    );
  return value;
}
