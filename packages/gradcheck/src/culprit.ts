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
import { accuse, type Culprit } from './blame.ts';
import { compare, dotProductError, type Extent, linearityError } from './compare.ts';
import { insideOf } from './inside.ts';
import { type Arrays, type Definition, type Run, randomLike, runner, Subject } from './subject.ts';

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
  const varying = definitions[0]!.varying.map((i) => definitions[0]!.inputs[i]!);
  return graphs[0]!.nodes.flatMap((node) => cutAt(node, varying)).slice(0, mostCulprits);
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
    const own = judged(node, flow, search);
    const deeper = own.length === 0 || bodiesOf(node).length === 0 ? [] : foundInside(node, operands, search);
    for (const one of deeper.length > 0 ? deeper : own)
      if (!found.some((other) => sameBlame(one, other))) found.push(one);
  }
  return found;
}

const sameBlame = (a: Culprit, b: Culprit): boolean =>
  a.op === b.op && a.rule === b.rule && a.line === b.line;

/** The first step of a loop, or branch, in which a node is to blame. */
function foundInside(node: Node, operands: Arrays, search: Search): Culprit[] {
  const programs = new Map<Graph, Run>();
  const run = (body: Graph, values: Arrays): Arrays => {
    const results = body.outputs.map(({ tensor }) => tensor);
    const program = programs.get(body) ?? runner(body.inputs, results, search.engine);
    programs.set(body, program);
    return program(values);
  };
  for (const { body, values } of insideOf(node, operands, run)) {
    const found = searched(body, values, search, body.inputs);
    if (found.length > 0) return found;
  }
  return [];
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
      const bent = tryAll(() => linearityError(subject.subject, search.normal)) ?? 0;
      if (bent > mostRounding) return [accuse(node, 'not linear')];
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
/** What a node keeps from its derivative, though its value depends on it. */
function cutAt(node: Node, varying: readonly Input[]): Culprit[] {
  const through = throughOf(node);
  if (through === undefined) return [];
  const [from, to] = through;
  const primals = node.inputs.slice(from, to);
  if (primals.length === 0) return [accuse(node, 'cut')];
  // With the primals taken away, what is left of the value is what has no derivative.
  const now = rebuildOn(
    reachable(node.inputs.slice(0, from)),
    new Map(primals.map((primal) => [primal, new Input('primal', primal.shape, primal.dtype) as AnyTensor])),
  );
  const left = new Set(reachable(node.inputs.slice(0, from).map(now)));
  const names = varying.filter((leaf) => left.has(leaf.node)).map(({ name }) => `'${name}'`);
  return names.length === 0 ? [] : [accuse(node, 'cut', node, names.join(', '))];
}

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
