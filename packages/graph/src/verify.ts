/**
 * The verifier: is this graph well formed? It re-derives every type from the rules of the primitives.
 * What it holds: operands come before their users; parameters are of their kinds; inferred types are the recorded
 * ones; results and updates are of the graph; a value of a variable has the variable's type.
 */
import { CotangentError } from './errors.ts';
import { type Graph, resultsOf } from './graph.ts';
import { inferTypes, type Node } from './node.ts';
import { definitionOf, isPrimitiveName, type PrimitiveName } from './primitives/index.ts';
import { formatType, sameType } from './shape.ts';

/** @throws BAD_GRAPH with the node and the rule it breaks */
export function verify(graph: Graph): void {
  const wrong = graphProblem(graph);
  if (wrong !== undefined) throw new CotangentError('BAD_GRAPH', wrong);
}

function graphProblem(graph: Graph): string | undefined {
  const seen = new Set<Node>(graph.inputs.map(({ node }) => node));
  for (const node of graph.nodes) {
    const wrong = problemOf(node, seen);
    if (wrong !== undefined) return `node %${node.id} (${node.op}): ${wrong}`;
    seen.add(node);
  }
  for (const tensor of resultsOf(graph))
    if (!seen.has(tensor.node)) return `the result ${tensor} is not among the nodes of the graph`;
  for (const { variable, value } of graph.updates)
    if (!sameType(variable, value))
      return `the update of '${variable.path}' turns ${formatType(variable)} into ${formatType(value)}`;
  return undefined;
}

/** A body depends on its inputs and on nothing else. */
function bodyProblem(body: Graph): string | undefined {
  if (body.variables.length > 0 || body.updates.length > 0) return 'a body with variables or updates';
  const foreign = body.nodes.find(
    ({ op, outputs }) => op === 'input' && !body.inputs.some((input) => input === outputs[0]),
  );
  if (foreign !== undefined) return `a body that uses %${foreign.id}, which is not among its inputs`;
  return graphProblem(body);
}

function problemOf(node: Node, seen: ReadonlySet<Node>): string | undefined {
  const early = node.inputs.find((input) => !seen.has(input.node));
  if (early !== undefined) return `it uses ${early}, which does not come before it`;
  if (!isPrimitiveName(node.op)) return node.inputs.length === 0 ? undefined : 'a leaf has no operands';
  const wrong = paramProblem(node.op, node.params, bodyProblem);
  if (wrong !== undefined) return wrong;
  const types = inferTypes(node.op, node.inputs, node.params as never);
  const differ = types.findIndex(
    (type, i) => node.outputs[i] === undefined || !sameType(type, node.outputs[i]),
  );
  if (differ >= 0)
    return `result ${differ} is recorded as ${node.outputs[differ] ?? 'missing'} but its rule gives ${formatType(types[differ]!)}`;
  return types.length === node.outputs.length
    ? undefined
    : `it has ${node.outputs.length} results where its rule gives ${types.length}`;
}

/** What is wrong with the parameters of a primitive, or undefined. */
export function paramProblem(
  op: PrimitiveName,
  params: unknown,
  ofBody?: (body: Graph) => string | undefined,
): string | undefined {
  if (typeof params !== 'object' || params === null) return `its parameters are missing`;
  const kinds = definitionOf(op).params as Readonly<
    Record<string, { problem(value: unknown, inside: typeof ofBody): string | undefined }>
  >;
  const extra = Object.keys(params).find((name) => !Object.hasOwn(kinds, name));
  if (extra !== undefined) return `it has no parameter '${extra}'`;
  for (const [name, kind] of Object.entries(kinds)) {
    if (!Object.hasOwn(params, name)) return `the parameter '${name}' is missing`;
    const wrong = kind.problem((params as Record<string, unknown>)[name], ofBody);
    if (wrong !== undefined) return `the parameter '${name}': ${wrong}`;
  }
  return undefined;
}
