/**
 * A closed graph: leaves, results and updates of variables. Closing finds what the results depend on and lifts the
 * update marks it meets. Nodes are kept in id order, which is topological order. Nothing here recurses on depth.
 */

import { applyPending, type Mark, marksOf, type PendingUpdate } from './dsl/marks.ts';
import { CotangentError } from './errors.ts';
import { BodyInput, type Input, isInput, isVariable, type Update, type Variable } from './leaves.ts';
import { type AnyTensor, fail, type Node } from './node.ts';
import { substitute } from './substitute.ts';

export interface Graph {
  /** In the order they were listed. */
  readonly inputs: readonly Input[];
  /** In the order of their nodes. */
  readonly variables: readonly Variable[];
  /** Results by name, in order. */
  readonly outputs: readonly NamedOutput[];
  readonly updates: readonly Update[];
  /** Everything that is needed, leaves included, in topological order. */
  readonly nodes: readonly Node[];
}

export interface NamedOutput {
  readonly name: string;
  readonly tensor: AnyTensor;
}

/** Nodes by id, a byte for each in pages: visiting a million nodes costs a tenth of a set of objects. */
export class NodeSet {
  private readonly pages: (Uint8Array | undefined)[] = [];

  /** True if the node was not there before. */
  add({ id }: Node): boolean {
    this.pages[id >>> 12] ??= new Uint8Array(4096);
    const page = this.pages[id >>> 12]!;
    if (page[id & 4095] === 1) return false;
    page[id & 4095] = 1;
    return true;
  }

  has({ id }: Node): boolean {
    return this.pages[id >>> 12]?.[id & 4095] === 1;
  }
}

/** Something for each node, by id in pages like `NodeSet`. */
export class NodeMap<T> {
  private readonly pages: (T | undefined)[][] = [];

  get({ id }: Node): T | undefined {
    return this.pages[id >>> 12]?.[id & 4095];
  }

  set({ id }: Node, value: T): void {
    this.pages[id >>> 12] ??= [];
    this.pages[id >>> 12]![id & 4095] = value;
  }
}

/**
 * All nodes that some tensors depend on, themselves included, in id order.
 *
 * @param first  nodes with smaller ids are left out, with all that they depend on
 * @param known  nodes that were found before are not found again; new ones join
 */
export function reachable(roots: Iterable<AnyTensor>, first = 0, known = new NodeSet()): Node[] {
  const stack: Node[] = [];
  const found: Node[] = [];
  const visit = (node: Node): void => {
    if (node.id < first || !known.add(node)) return;
    found.push(node);
    stack.push(node);
  };
  for (const root of roots) visit(root.node);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const input of node.inputs) visit(input.node);
  }
  return inIdOrder(found);
}

/**
 * Nodes by id. Ids of one graph lie close together, so each node is put at its place in a table; a comparison sort of
 * a million nodes takes ten times longer.
 */
export function inIdOrder(nodes: Node[]): Node[] {
  let [least, most] = [Infinity, -Infinity];
  for (const { id } of nodes) {
    if (id < least) least = id;
    if (id > most) most = id;
  }
  if (most - least > 8 * nodes.length + 1000) return nodes.sort((a, b) => a.id - b.id);
  const places = new Int32Array(nodes.length === 0 ? 0 : most - least + 1);
  nodes.forEach((node, i) => {
    places[node.id - least] = i + 1;
  });
  const sorted: Node[] = [];
  for (const place of places) if (place > 0) sorted.push(nodes[place - 1]!);
  return sorted;
}

/** The marks that results carry, one for each update, in the order in which they were made; those on nodes from `first` on. */
export function marksOn(roots: Iterable<AnyTensor>, first = 0): Mark[] {
  const found = new Map<PendingUpdate, Mark>();
  for (const mark of marksIn(reachable(roots, first)))
    if (!found.has(mark.pending)) found.set(mark.pending, mark);
  return [...found.values()];
}

/** The marks among some nodes, the oldest first. */
function marksIn(nodes: readonly Node[]): Mark[] {
  const found: Mark[] = [];
  for (const node of nodes) {
    if (node.op === 'tag') found.push(...marksOf(node));
  }
  return found.sort((a, b) => a.made - b.made);
}

/** The updates that results carry as marks, in the order in which they were made. */
export const pendingUpdates = (roots: Iterable<AnyTensor>): PendingUpdate[] =>
  marksOn(roots).map(({ pending }) => pending);

interface Lifted {
  readonly roots: readonly AnyTensor[];
  readonly updates: readonly Update[];
}

/** Composes pending updates variable by variable, until no new marks are met. */
function liftUpdates(roots: readonly AnyTensor[], explicit: readonly Update[]): Lifted {
  const lifted = new Map<Variable, { value: AnyTensor; seen: Set<PendingUpdate> }>();
  for (const update of explicit) {
    if (lifted.has(update.variable))
      throw fail(
        'UPDATE_CONFLICT',
        `the variable '${update.variable.path}' has two updates in one program: compose them into one value`,
      );
    lifted.set(update.variable, { value: update.value, seen: new Set() });
  }
  const explicitly = new Set(lifted.keys());
  const places = new Map<AnyTensor, AnyTensor>();
  const known = new NodeSet();
  let fresh = reachable([...roots, ...explicit.map(({ value }) => value)], 0, known);
  while (fresh.length > 0) {
    const values: AnyTensor[] = [];
    for (const { pending } of marksIn(fresh)) {
      const { variable } = pending;
      if (explicitly.has(variable))
        throw fail(
          'UPDATE_CONFLICT',
          `the variable '${variable.path}' is updated by the program and by a layer in it: leave out one of them`,
        );
      const chain = lifted.get(variable) ?? { value: variable, seen: new Set() };
      lifted.set(variable, chain);
      if (chain.seen.has(pending)) continue;
      chain.value = applyPending(pending, chain.value, chain.seen.size, places);
      chain.seen.add(pending);
      values.push(chain.value);
    }
    fresh = reachable(values, 0, known);
  }
  const all = substitute([...roots, ...[...lifted.values()].map(({ value }) => value)], places);
  const updates = [...lifted.keys()].map((variable, i) => ({ variable, value: all[roots.length + i]! }));
  return { roots: all.slice(0, roots.length), updates };
}

let closings = 0;
/** What is built from now on belongs to a new program: draws of random layers are counted from 0 again. */
export const beginProgram = (): void => {
  closings++;
};
/** How many graphs have been closed: calls of a layer are counted from one closing to the next. */
export const closingsSoFar = (): number => closings;

export interface ClosingSpec {
  /** Inputs in the order in which calls may list them; those found but not listed are an error. */
  readonly inputs?: readonly Input[];
  readonly outputs: Readonly<Record<string, AnyTensor>>;
  readonly updates?: readonly Update[];
}

/**
 * Closes a graph over its results.
 *
 * @throws MISSING_INPUT if the results depend on an input that is not listed; DUPLICATE_NAME if two inputs or two
 *   variables share a name; UPDATE_CONFLICT if two updates of a variable contradict each other
 */
export function closeGraph({ inputs, outputs, updates = [] }: ClosingSpec): Graph {
  closings++;
  const lifted = liftUpdates(Object.values(outputs), updates);
  return assembleGraph({
    ...(inputs === undefined ? {} : { inputs }),
    outputs: Object.keys(outputs).map((name, i) => ({ name, tensor: lifted.roots[i]! })),
    updates: lifted.updates,
  });
}

/** A graph over results whose updates are already lifted: what transformations of graphs end with. */
export function assembleGraph({
  inputs,
  outputs,
  updates,
}: {
  readonly inputs?: readonly Input[];
  readonly outputs: readonly NamedOutput[];
  readonly updates: readonly Update[];
}): Graph {
  const roots = outputs.map(({ tensor }) => tensor);
  const nodes = reachable([...roots, ...updates.flatMap(({ variable, value }) => [variable, value])]);
  const leaves = nodes.flatMap((node) => (node.inputs.length === 0 ? node.outputs : []));
  const found = leaves.filter(isInput);
  const listed = inputs ?? found;
  const known = new Set(inputs);
  const leaked = found.find((leaf) => leaf instanceof BodyInput && !known.has(leaf));
  if (leaked instanceof BodyInput)
    throw fail(
      'LEAKED_TENSOR',
      `a value inside the body of ${leaked.of}, made from its parameter '${leaked.name}', is used outside of it: return it from the body`,
    );
  const unlisted = inputs && found.find((leaf) => !known.has(leaf));
  if (unlisted !== undefined)
    throw fail(
      'MISSING_INPUT',
      listed.some(({ name }) => name === unlisted.name)
        ? `the outputs depend on another input '${unlisted.name}' than the one among the inputs of the program: call input('${unlisted.name}', …) once, and use what it gives`
        : `the outputs depend on the input '${unlisted.name}', which is not among the inputs of the program: add it`,
    );
  const variables = leaves.filter(isVariable);
  unique(
    'input',
    listed.map(({ name }) => name),
  );
  unique(
    'variable',
    variables.map(({ path }) => path),
  );
  return { inputs: listed, variables, outputs, updates, nodes };
}

function unique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new CotangentError(
        'DUPLICATE_NAME',
        `two different ${what}s are called '${name}': give ${what === 'variable' ? "their layers a name, as in linear({ units: 10, name: 'head' })" : 'each its own name'}`,
      );
    seen.add(name);
  }
}

/** The graph of a body: a function of its inputs alone. */
export function assembleBody(inputs: readonly Input[], outputs: readonly NamedOutput[]): Graph {
  const body = assembleGraph({ inputs, outputs, updates: [] });
  const [variable] = body.variables;
  if (variable !== undefined)
    throw new CotangentError('BAD_GRAPH', `a body reads the variable '${variable.path}', not a parameter`);
  return body;
}

/** Everything a graph computes: outputs and new values of variables. */
export const resultsOf = (graph: Graph): AnyTensor[] => [
  ...graph.outputs.map(({ tensor }) => tensor),
  ...graph.updates.map(({ value }) => value),
];
