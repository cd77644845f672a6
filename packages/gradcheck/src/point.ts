/** The place where a derivative is checked: the float64 twin of a graph, and numbers for everything that flows in. */

import { initialValue } from '@cotangent/engine';
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
  type Input,
  isDimName,
  isFloat,
  isInput,
  leavesOf,
  type Nested,
  type Tree,
  type Variable,
} from '@cotangent/graph';
import { retype, specialize } from '@cotangent/rewrite';

export type PointValue = Nested | HostArray;

/** A leaf that varies, with its value. */
export interface Coordinate {
  readonly name: string;
  readonly leaf: Input | Variable;
  readonly value: HostArray;
}

export interface CheckPoint {
  readonly graph: Graph;
  /** Results with floating-point values. */
  readonly results: readonly AnyTensor[];
  readonly coordinates: readonly Coordinate[];
}

export const nameOf = (leaf: Input | Variable): string => (isInput(leaf) ? leaf.name : leaf.path);

/**
 * @param values  inputs by name and variables by path; variables left out have their initial values
 */
export function pointOf(
  outputs: Tree,
  values: Readonly<Record<string, PointValue>>,
  seed: number,
): CheckPoint {
  const named = Object.fromEntries(leavesOf(outputs).map((tensor, i) => [`output${i}`, tensor]));
  const closed = closeGraph({ outputs: named });
  const declared: (Input | Variable)[] = [...closed.inputs, ...closed.variables];
  const unknown = Object.keys(values).find((name) => !declared.some((leaf) => nameOf(leaf) === name));
  if (unknown !== undefined)
    throw new CotangentError(
      'EXTRA_INPUT',
      `the point names '${unknown}', which is no input or variable of the graph: there is ${declared.map((leaf) => `'${nameOf(leaf)}'`).join(', ')}`,
    );
  const given = new Map<string, HostArray>();
  for (const leaf of declared) {
    const value = values[nameOf(leaf)];
    if (value !== undefined) given.set(nameOf(leaf), asHost(value, leaf));
    else if (isInput(leaf))
      throw new CotangentError(
        'MISSING_INPUT',
        `the point has no value for the input '${leaf.name}' [${leaf.shape.join(', ')}]`,
      );
  }
  // Updates of variables are no part of the function that is differentiated.
  const pure = assembleGraph({ inputs: closed.inputs, outputs: closed.outputs, updates: [] });
  const graph = specialize(retype(pure, 'f64'), bindingsOf(declared, given));
  const coordinates = [...graph.inputs, ...graph.variables].map((leaf): Coordinate => {
    const name = nameOf(leaf);
    const value =
      given.get(name) ??
      initialValue((leaf as Variable).initializer, leaf.shape as readonly number[], leaf.dtype, seed, name);
    if (value.size !== countOf(leaf.shape))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `'${name}' is [${leaf.shape.join(', ')}], not [${value.shape.join(', ')}]`,
      );
    return { name, leaf, value };
  });
  return {
    graph,
    results: graph.outputs.map(({ tensor }) => tensor).filter(({ dtype }) => isFloat(dtype)),
    coordinates,
  };
}

const asHost = (value: PointValue, leaf: AnyTensor): HostArray => {
  const dtype = isFloat(leaf.dtype) ? 'f64' : leaf.dtype;
  return value instanceof HostArray ? convertHost(value, dtype) : fromNested(value, dtype);
};

function bindingsOf(leaves: readonly (Input | Variable)[], values: ReadonlyMap<string, HostArray>): Bindings {
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
