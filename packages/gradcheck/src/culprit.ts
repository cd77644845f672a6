/**
 * Finds the node to blame for a wrong derivative: every node is checked by itself, at the values that actually flowed
 * into it. If its two modes disagree, its rule may be right and the transpose of something in its linear part wrong.
 */
import { linearize } from '@cotangent/autodiff';
import type { Engine } from '@cotangent/engine';
import {
  type AnyTensor,
  apply,
  assembleGraph,
  bodiesOf,
  CotangentError,
  definitionOf,
  formatOrigin,
  type Graph,
  type HostArray,
  Input,
  isFloat,
  isPrimitiveName,
  isSource,
  type Node,
  NodeSet,
  type PrimitiveName,
  reachable,
  rebuildOn,
} from '@cotangent/graph';
import { compare, dotProductError, type Extent } from './compare.ts';
import { inside } from './inside.ts';
import { type Arrays, type Definition, randomLike, runner, Subject } from './subject.ts';

/** A node whose rule does not say what its values do. */
export interface Culprit {
  /** The primitive whose rule is to blame. */
  readonly op: PrimitiveName;
  /**
   * 'value': the node makes a value that is not finite. 'derivative': its forward rule. 'transpose': its reverse rule.
   * 'not finite': its derivative at these values. 'cut': it lets no derivative pass, by decree.
   */
  readonly rule: 'value' | 'derivative' | 'transpose' | 'not finite' | 'cut';
  /** The user's line that made it, and the layer, as far as they are known. */
  readonly line: string | undefined;
  readonly layer: string | undefined;
  /** The same in words. */
  readonly sentence: string;
}

export interface Search {
  readonly extent: Extent;
  readonly order: 1 | 2;
  readonly engine: Engine<'sync'>;
  readonly normal: () => number;
}

/** What the dot-product identity may miss by rounding. */
const mostRounding = 1e-9;
/** No more than these are named. */
const mostCulprits = 5;

/**
 * The nodes to blame, in the order in which they compute.
 *
 * @param definitions  the function; behind it its gradient, whose nodes are searched if those of the function are right
 */
export function culpritsIn(definitions: readonly Definition[], search: Search): Culprit[] {
  const graphs = definitions.map(({ inputs, results }) =>
    assembleGraph({
      inputs,
      outputs: results.map((tensor, i) => ({ name: `r${i}`, tensor })),
      updates: [],
    }),
  );
  for (const [i, graph] of graphs.entries()) {
    const { inputs, values } = definitions[i]!;
    const leaves = inputs.filter(({ dtype }) => isFloat(dtype));
    const found = searched(graph, values, search, leaves as readonly AnyTensor[]);
    if (found.length > 0) return found.slice(0, mostCulprits);
  }
  // Where no rule is wrong, a derivative may have been cut.
  const cuts = graphs[0]!.nodes.filter(isCut);
  return cuts.slice(0, mostCulprits).map((node) => accuse(node, 'cut'));
}

/** A graph with the values that flow through it. */
interface Flow {
  readonly graph: Graph;
  /** Values of its inputs, and those inputs that can vary. */
  readonly inputs: Arrays;
  readonly leaves: readonly AnyTensor[];
  readonly valueOf: (tensor: AnyTensor) => HostArray;
}

function searched(graph: Graph, inputs: Arrays, search: Search, leaves: readonly AnyTensor[]): Culprit[] {
  const flow: Flow = { graph, inputs, leaves, valueOf: flowIn(graph, inputs, search.engine) };
  const found: Culprit[] = [];
  for (const node of graph.nodes) {
    if (found.length === mostCulprits) break;
    if (!isPrimitiveName(node.op) || isSource(node)) continue;
    const operands = node.inputs.map(flow.valueOf);
    if (!operands.every(allFinite)) continue;
    const deeper = bodiesOf(node).length === 0 ? [] : insideOf(node, operands, search);
    const own = deeper.length > 0 ? deeper : judged(node, flow, search);
    for (const one of own) if (!found.some((other) => sameBlame(one, other))) found.push(one);
  }
  return found;
}

const sameBlame = (a: Culprit, b: Culprit): boolean =>
  a.op === b.op && a.rule === b.rule && a.line === b.line;

function insideOf(node: Node, operands: Arrays, search: Search): Culprit[] {
  if (!Object.hasOwn(inside, node.op)) return [];
  // The table holds what it needs under the name of this node's primitive.
  const look = inside[node.op as keyof typeof inside] as (
    node: Node,
    operands: Arrays,
  ) => ReturnType<(typeof inside)['call']>;
  return look(node, operands).flatMap(({ body, values }) => searched(body, values, search, body.inputs));
}

/** What a node by itself is to blame for. */
function judged(node: Node, flow: Flow, search: Search): Culprit[] {
  if (!node.outputs.map(flow.valueOf).every(allFinite)) return [accuse(node, 'value')];
  const definition = isDecree(node)
    ? decreed(node, flow, search)
    : alone(node as Node<PrimitiveName>, node.inputs.map(flow.valueOf), search);
  if (definition === undefined) return [];
  return subjectsOf(definition, search)
    .flatMap((subject) => {
      const verdicts = tryAll(() => compare(subject.subject, small(search), search.normal));
      if (verdicts === undefined) return [];
      // Where there is no reverse mode, there is nothing to disagree with.
      const identity = tryAll(() => dotProductError(subject.subject, search.normal)) ?? 0;
      if (verdicts.some(({ verdict }) => verdict === 'not finite')) return [accuse(node, 'not finite')];
      // The identity compares the modes with each other; only if they agree is it the forward rule that is wrong.
      if (identity > mostRounding) return transposeOf(node, subject.definition, search);
      return verdicts.some(({ verdict }) => verdict === 'wrong') ? [accuse(node, 'derivative')] : [];
    })
    .slice(0, 1);
}

/** What has no reverse mode has no rule of it to blame. */
function tryAll<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof CotangentError) return undefined;
    throw error;
  }
}

/** A few directions are enough: a wrong rule is wrong almost everywhere. */
const small = ({ extent }: Search): Extent => ({ ...extent, mostEntries: 4, mostResults: 4, samples: 2 });

function subjectsOf(definition: Definition, { order, normal }: Search) {
  const first = new Subject(definition);
  const list = [{ subject: first, definition }];
  if (order === 1) return list;
  const second = tryAll(() => first.gradientDefinition(randomLike(first.results, normal)));
  return second === undefined ? list : [...list, { subject: new Subject(second), definition: second }];
}

/** The primitive on inputs of the types of its operands. */
function alone(node: Node<PrimitiveName>, values: Arrays, { engine }: Search): Definition | undefined {
  const inputs = node.inputs.map(({ shape, dtype }, i) => new Input(`operand ${i}`, shape, dtype));
  const varying = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  const results = apply(node.op, inputs, node.params).filter(({ dtype }) => isFloat(dtype));
  return varying.length === 0 || results.length === 0
    ? undefined
    : { inputs, values, varying, results, engine };
}

const throughOf = (node: Node): readonly [number, number] | undefined =>
  isPrimitiveName(node.op) ? definitionOf(node.op).traits.through?.(node.params as never) : undefined;
/** Its derivative is what somebody says it is, and passes some operands alone. */
const isDecree = (node: Node): boolean => throughOf(node) !== undefined;
const isCut = (node: Node): boolean => {
  const through = throughOf(node);
  return through !== undefined && through[0] === through[1];
};

/** A value with a rule as a function of what it is derived by: the rule is held against what the value really does. */
function decreed(
  node: Node,
  { graph, inputs: values, leaves }: Flow,
  { engine }: Search,
): Definition | undefined {
  const [from, to] = throughOf(node)!;
  const primals = node.inputs.slice(from, to);
  if (primals.length === 0 || leaves.length === 0) return undefined;
  const own = primals.map(({ shape, dtype }, i) => new Input(`primal ${i}`, shape, dtype));
  const now = rebuildOn(graph.nodes, new Map(primals.map((primal, i) => [primal, own[i]! as AnyTensor])));
  const at = runner(graph.inputs, primals, engine)(values);
  return {
    inputs: [...graph.inputs, ...own],
    values: [...values, ...at],
    varying: own.map((_, i) => graph.inputs.length + i),
    results: node.outputs.map(now),
    engine,
  };
}

/** The node in the linear part whose transpose is wrong; the one that it belongs to if none is wrong by itself. */
function transposeOf(node: Node, definition: Definition, search: Search): Culprit[] {
  const { inputs, values, varying, results, engine } = definition;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const tangents = wrt.map(({ shape, dtype }, i) => new Input(`direction ${i}`, shape, dtype));
  const linear = linearize([...results], wrt)(tangents as readonly AnyTensor[] as AnyTensor[]);
  const dependent = new NodeSet();
  for (const tangent of tangents) dependent.add(tangent.node);
  const parts = reachable(linear).filter((part) => {
    const touched = part.inputs.some((operand) => dependent.has(operand.node));
    if (touched) dependent.add(part);
    return touched;
  });
  const all = [...inputs, ...tangents];
  const flowing = [...new Set(parts.flatMap((part) => part.inputs))];
  const at = runner(all, flowing, engine)([...values, ...randomLike(wrt, search.normal)]);
  for (const part of parts) {
    const operands = part.inputs.map((operand) => at[flowing.indexOf(operand)]!);
    const varyingHere = part.inputs.flatMap((operand, i) => (dependent.has(operand.node) ? [i] : []));
    const piece = alone(part as Node<PrimitiveName>, operands, search);
    if (piece === undefined) continue;
    const identity = tryAll(() =>
      dotProductError(new Subject({ ...piece, varying: varyingHere }), search.normal),
    );
    if (identity !== undefined && identity > mostRounding)
      return [accuse(part, 'transpose', part.op === node.op ? node : part)];
  }
  return [accuse(node, 'transpose')];
}

/** The values of all tensors of a graph. */
function flowIn(graph: Graph, inputs: Arrays, engine: Engine<'sync'>): (tensor: AnyTensor) => HostArray {
  const tensors = graph.nodes.flatMap(({ outputs }) => outputs);
  const values = runner(graph.inputs, tensors, engine)(inputs);
  const places = new Map(tensors.map((tensor, i) => [tensor, i]));
  return (tensor) => values[places.get(tensor)!]!;
}

const allFinite = ({ data }: HostArray): boolean => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
};

const faults: Readonly<Record<Culprit['rule'], (op: string) => string>> = {
  value: (op) => `'${op}' makes a value that is not finite from finite ones`,
  derivative: (op) => `the derivative of '${op}' is not that of its values`,
  transpose: (op) => `the transpose of '${op}' is not that of its forward rule, so reverse mode is wrong`,
  'not finite': (op) => `the derivative of '${op}' is not finite at these values`,
  cut: (op) => `'${op}' lets no derivative pass`,
};

function accuse(node: Node, rule: Culprit['rule'], place: Node = node): Culprit {
  const line = formatOrigin(place.origin);
  const { layer } = place;
  const where = [
    layer === undefined ? [] : `in layer '${layer}'`,
    line === undefined ? [] : `at ${line}`,
  ].flat();
  return {
    // Nodes that are judged are applications of primitives.
    op: node.op as PrimitiveName,
    rule,
    line,
    layer,
    sentence: `${faults[rule](node.op)}${where.length === 0 ? '' : ` (${where.join(', ')})`}`,
  };
}
