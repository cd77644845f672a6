/** The place where a derivative is checked: the float64 twin of a graph, and numbers for everything that flows in. */

import { bindFeeds, type Feed, initialValue, type Slot, State } from '@cotangent/engine';
import {
  type AnyTensor,
  assembleGraph,
  type Bindings,
  CotangentError,
  convertHost,
  type DType,
  type Graph,
  HostArray,
  Input,
  isFloat,
  isInput,
  rebuildOn,
  show,
  substituteDim,
  type Variable,
  zerosHost,
} from '@cotangent/graph';
import { retype, specialize } from '@cotangent/rewrite';
import { type Checkable, partsOf, type Values } from './checkable.ts';

export type { Checkable, Values } from './checkable.ts';
export type PointValue = Feed;
type Point = Readonly<Record<string, PointValue>>;

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

/**
 * @param values      inputs by name and variables by path; variables left out have the values of a state, or initial ones
 * @param seed        of initial values; undefined if nobody has said it
 * @param givenState  comes before the state of what is checked
 */
export function pointOf(
  checked: Checkable,
  values: Point,
  seed: number | undefined,
  givenState?: Values,
): CheckPoint {
  const { graph: closed, state: own, ones } = partsOf(checked);
  checkState(givenState);
  checkNames(values, [...closed.inputs, ...closed.variables]);
  const states = [givenState, own].filter((state) => state !== undefined);
  const feeds = new Map<Leaf, Feed>();
  for (const leaf of [...closed.inputs, ...closed.variables]) {
    const name = nameOf(leaf);
    const known = isInput(leaf) ? undefined : states.find((state) => state.has(name));
    const feed = (Object.hasOwn(values, name) ? values[name] : undefined) ?? known?.get(name);
    if (feed !== undefined) feeds.set(leaf, feed);
  }
  if (seed === undefined)
    checkFixed(
      withoutUpdates(closed).variables.filter((leaf) => !feeds.has(leaf)),
      new Set(closed.updates.map(({ variable }) => variable.path)),
    );
  const fed = closed.inputs.filter((leaf) => leaf !== ones || feeds.has(leaf));
  const { given, bindings } = bound([...fed, ...closed.variables.filter((leaf) => feeds.has(leaf))], feeds);
  if (ones !== undefined && !given.has(ones.name)) given.set(ones.name, onesFor(ones, bindings));
  // What the sizes do not allow is refused in updates, too; then these are no part of the function that is differentiated.
  const sized = withoutUpdates(specialize(retype(closed, 'f64'), bindings));
  const coordinates = [...sized.inputs, ...sized.variables].map((leaf): Coordinate => {
    const name = nameOf(leaf);
    const value = given.get(name) ?? firstValue(leaf as Variable, seed ?? 0);
    const varies = isFloat(leaf.dtype) && (isInput(leaf) || leaf.role === 'parameter');
    return { name, leaf: new Input(name, leaf.shape, leaf.dtype), value, varies };
  });
  return asFunction(sized, coordinates);
}

const withoutUpdates = ({ inputs, outputs }: Graph): Graph => assembleGraph({ inputs, outputs, updates: [] });

function checkState(state: unknown): void {
  if (state !== undefined && !(state instanceof State))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the option state of gradcheck holds values of variables: give program.state or trainer.variables, not ${show(state)}`,
    );
}

function checkNames(values: unknown, declared: readonly Leaf[]): asserts values is Point {
  const isRecord =
    typeof values === 'object' &&
    values !== null &&
    !Array.isArray(values) &&
    !ArrayBuffer.isView(values) &&
    !(values instanceof HostArray);
  if (!isRecord)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the point is a record of values by the names of inputs and variables, as in { ${declared[0] === undefined ? 'x' : nameOf(declared[0])}: … }, not ${show(values)}`,
    );
  const unknown = Object.keys(values).find((name) => !declared.some((leaf) => nameOf(leaf) === name));
  if (unknown !== undefined)
    throw new CotangentError(
      'EXTRA_INPUT',
      `the point names '${unknown}', which is no input or variable of the graph: there is ${quoted(declared)}`,
    );
}

/** Values as arrays, floats in float64, and the sizes that they give to names. */
function bound(leaves: readonly Leaf[], feeds: ReadonlyMap<Leaf, Feed>) {
  const slots = leaves.map((leaf): Slot => {
    const [name, dtype] = [nameOf(leaf), wide(leaf.dtype)];
    return { name, shape: leaf.shape, dtype, ...(isInput(leaf) ? {} : { what: 'variable' }) };
  });
  const entries = leaves.flatMap((leaf) => {
    const feed = feeds.get(leaf);
    return feed === undefined ? [] : [[nameOf(leaf), isFloat(leaf.dtype) ? widened(feed) : feed] as const];
  });
  const { arrays, bindings } = bindFeeds(slots, Object.fromEntries(entries));
  const given = new Map(slots.map(({ name }, i) => [name, arrays[i]!]));
  for (const [name, array] of given) checkFinite(name, array);
  return { given, bindings };
}

const wide = (dtype: DType): DType => (isFloat(dtype) ? 'f64' : dtype);

/** Floats of either width are values of a float. */
function widened(feed: Feed): Feed {
  if (feed instanceof HostArray) return isFloat(feed.dtype) ? convertHost(feed, 'f64') : feed;
  return feed instanceof Float32Array ? Float64Array.from(feed) : feed;
}

/** At infinity there is no slope, and NaN is no place. */
function checkFinite(name: string, { dtype, shape, data }: HostArray): void {
  if (!isFloat(dtype)) return;
  const at = data.findIndex((entry: number) => !Number.isFinite(entry));
  if (at < 0) return;
  let rest = at;
  const index = shape.toReversed().map((size) => {
    const place = rest % size;
    rest = (rest - place) / size;
    return place;
  });
  throw new CotangentError(
    'NOT_FINITE',
    `the point holds ${data[at]} for '${name}'${index.length === 0 ? '' : ` at [${index.toReversed().join(', ')}]`}: a slope is measured between finite numbers`,
  );
}

function onesFor({ shape, dtype }: Input, bindings: Bindings): HostArray {
  const array = zerosHost(
    wide(dtype),
    shape.map((dim) => Number(substituteDim(dim, bindings))),
  );
  array.data.fill(1);
  return array;
}

const firstValue = ({ initializer, shape, dtype, path }: Variable, seed: number): HostArray =>
  initialValue(initializer, shape as readonly number[], dtype, seed, path);

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
