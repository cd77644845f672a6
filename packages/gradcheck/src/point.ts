/** The place where a derivative is checked: the float64 twin of a graph, and numbers for everything that flows in. */

import { initialValue, type State } from '@cotangent/engine';
import {
  type AnyTensor,
  assembleGraph,
  type Bindings,
  CotangentError,
  closeGraph,
  convertHost,
  countOf,
  fromNested,
  type Graph,
  HostArray,
  Input,
  isDimName,
  isFloat,
  isInput,
  isTensor,
  leavesOf,
  type Nested,
  rebuildOn,
  type Tree,
  type Variable,
} from '@cotangent/graph';
import { retype, specialize } from '@cotangent/rewrite';

export type PointValue = Nested | HostArray;

/** Where the values of variables are: what programs and trainers have. */
export type Values = State<'sync'>;

/**
 * What can be checked: tensors, a closed graph, a compiled program, a trainer. The last two bring the values of their
 * variables along.
 */
export type Checkable =
  | Tree
  | Graph
  | { readonly graph: Graph; readonly state: Values }
  | { readonly loss: AnyTensor; readonly variables: Values };

/** A leaf of the graph, with its value. */
export interface Coordinate {
  readonly name: string;
  readonly leaf: Input;
  readonly value: HostArray;
  /** Varies unless told otherwise: an input or a parameter, of floats. */
  readonly varies: boolean;
}

/** A function of arrays: every leaf is an input. */
export interface CheckPoint {
  readonly graph: Graph;
  /** Results with floating-point values. */
  readonly results: readonly AnyTensor[];
  readonly coordinates: readonly Coordinate[];
}

type Leaf = Input | Variable;
const nameOf = (leaf: Leaf): string => (isInput(leaf) ? leaf.name : leaf.path);
const quoted = (leaves: readonly Leaf[]): string =>
  leaves.map((leaf) => `'${nameOf(leaf)}'`).join(', ') || 'none';

/** The graph and the values that come with what is checked. */
function parts(checked: Checkable): { readonly graph: Graph; readonly state?: Values } {
  if (!isTensor(checked) && typeof checked === 'function' && 'graph' in checked)
    return checked as { readonly graph: Graph; readonly state: Values };
  if (!isTensor(checked) && 'nodes' in checked && 'updates' in checked) return { graph: checked as Graph };
  if (!isTensor(checked) && 'variables' in checked && isTensor((checked as { loss?: unknown }).loss)) {
    const { loss, variables } = checked as { readonly loss: AnyTensor; readonly variables: Values };
    return { graph: closeGraph({ outputs: { loss } }), state: variables };
  }
  const named = leavesOf(checked as Tree).map((tensor, i) => [`output${i}`, tensor] as const);
  return { graph: closeGraph({ outputs: Object.fromEntries(named) }) };
}

/**
 * @param values  inputs by name and variables by path; variables left out have the values of the state, or initial ones
 * @param seed    of initial values; undefined if nobody has said it
 */
export function pointOf(
  checked: Checkable,
  values: Readonly<Record<string, PointValue>>,
  seed: number | undefined,
  givenState?: Values,
): CheckPoint {
  const { graph: closed, state = givenState } = parts(checked);
  // Updates of variables are no part of the function that is differentiated.
  const pure = assembleGraph({ inputs: closed.inputs, outputs: closed.outputs, updates: [] });
  const declared: Leaf[] = [...closed.inputs, ...closed.variables];
  const unknown = Object.keys(values).find((name) => !declared.some((leaf) => nameOf(leaf) === name));
  if (unknown !== undefined)
    throw new CotangentError(
      'EXTRA_INPUT',
      `the point names '${unknown}', which is no input or variable of the graph: there is ${quoted(declared)}`,
    );
  const given = new Map<string, HostArray>();
  for (const leaf of declared) {
    const name = nameOf(leaf);
    const value = values[name] ?? (!isInput(leaf) && state?.has(name) ? state.get(name) : undefined);
    if (value !== undefined) given.set(name, asHost(value, leaf));
    else if (isInput(leaf))
      throw new CotangentError(
        'MISSING_INPUT',
        `the point has no value for the input '${leaf.name}' [${leaf.shape.join(', ')}]: its inputs are ${quoted(closed.inputs)}`,
      );
  }
  if (seed === undefined)
    checkFixed(
      pure.variables.filter((leaf) => !given.has(leaf.path)),
      new Set(closed.updates.map(({ variable }) => variable.path)),
    );
  const sized = specialize(retype(pure, 'f64'), bindingsOf(declared, given));
  const coordinates = [...sized.inputs, ...sized.variables].map((leaf): Coordinate => {
    const name = nameOf(leaf);
    const value =
      given.get(name) ??
      initialValue(
        (leaf as Variable).initializer,
        leaf.shape as readonly number[],
        leaf.dtype,
        seed ?? 0,
        name,
      );
    if (value.size !== countOf(leaf.shape))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `'${name}' is [${leaf.shape.join(', ')}], not [${value.shape.join(', ')}]`,
      );
    const varies = isFloat(leaf.dtype) && (isInput(leaf) || leaf.role === 'parameter');
    return { name, leaf: new Input(name, leaf.shape, leaf.dtype), value, varies };
  });
  return asFunction(sized, coordinates);
}

/** The graph with an input in place of each leaf. */
function asFunction(graph: Graph, coordinates: readonly Coordinate[]): CheckPoint {
  const leaves: readonly AnyTensor[] = [...graph.inputs, ...graph.variables];
  const now = rebuildOn(
    graph.nodes,
    new Map(leaves.map((leaf, i) => [leaf, coordinates[i]!.leaf as AnyTensor])),
  );
  const outputs = graph.outputs.map(({ name, tensor }) => ({ name, tensor: now(tensor) }));
  const pure = assembleGraph({ inputs: coordinates.map(({ leaf }) => leaf), outputs, updates: [] });
  return {
    graph: pure,
    results: outputs.map(({ tensor }) => tensor).filter(({ dtype }) => isFloat(dtype)),
    coordinates,
  };
}

/** What draws random numbers, or changes from call to call, has to stand somewhere for a derivative to have a meaning. */
function checkFixed(open: readonly Variable[], updated: ReadonlySet<string>): void {
  const key = open.find(({ role }) => role === 'key');
  if (key !== undefined)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the function draws random numbers from the key '${key.path}', which nothing fixes: give the option seed, as in { seed: 1 }, or a value for '${key.path}' in the point`,
    );
  const moving = open.find(({ role, path }) => role !== 'counter' && updated.has(path));
  if (moving !== undefined)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the results depend on '${moving.path}', which the model itself changes from call to call: give a value for it in the point, the option state, or the option seed for its first value`,
    );
}

const asHost = (value: PointValue, leaf: AnyTensor): HostArray => {
  const dtype = isFloat(leaf.dtype) ? 'f64' : leaf.dtype;
  return value instanceof HostArray ? convertHost(value, dtype) : fromNested(value, dtype);
};

function bindingsOf(leaves: readonly Leaf[], values: ReadonlyMap<string, HostArray>): Bindings {
  const bindings: Record<string, number> = {};
  for (const leaf of leaves) {
    const value = values.get(nameOf(leaf));
    if (value === undefined) continue;
    if (value.shape.length !== leaf.shape.length)
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `'${nameOf(leaf)}' is [${leaf.shape.join(', ')}], not [${value.shape.join(', ')}]`,
      );
    leaf.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && isDimName(dim)) bindings[dim] ??= value.shape[axis]!;
    });
  }
  return bindings;
}
