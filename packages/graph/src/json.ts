/**
 * Graphs as JSON. What comes in is untrusted: every field is checked, sizes are bounded, types are derived again from
 * the rules, and nothing is ever evaluated.
 */

import { dtypes, isDType } from './dtype.ts';
import { CotangentError, show } from './errors.ts';
import { assembleBody, closeGraph, type Graph } from './graph.ts';
import { HostArray } from './host-array.ts';
import type { Initializer } from './initializers.ts';
import { type Input, input, isInput, isVariable, type Update, type Variable, variable } from './leaves.ts';
import { type AnyTensor, apply, type Node } from './node.ts';
import { constantValue, dims } from './params.ts';
import { definitionOf, isPrimitiveName } from './primitives/index.ts';
import { sameType } from './shape.ts';
import { paramProblem } from './verify.ts';

const format = 'cotangent-graph';
const version = 1;
/** More nodes than this are refused. */
const maximumNodes = 5_000_000;

/** A value: [node, result], nodes counted from 0 over leaves and operations. */
type Reference = readonly [number, number];

export interface GraphJson {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly nodes: readonly NodeJson[];
  readonly inputs: readonly Reference[];
  readonly outputs: readonly { readonly name: string; readonly value: Reference }[];
  readonly updates: readonly { readonly variable: Reference; readonly value: Reference }[];
}

export type NodeJson =
  | { readonly input: string; readonly dtype: string; readonly shape: readonly (number | string)[] }
  | {
      readonly variable: string;
      readonly dtype: string;
      readonly shape: readonly (number | string)[];
      readonly initializer: unknown;
      readonly trainable: boolean;
      readonly role: string;
    }
  | {
      readonly op: string;
      readonly inputs: readonly Reference[];
      readonly params: Readonly<Record<string, unknown>>;
    };

/** A graph as plain data for `JSON.stringify`. Regularizers, origins and reports of `debug` are not part of it. */
export function graphToJson(graph: Graph): GraphJson {
  const numbers = new Map<Node, number>();
  const nodes: NodeJson[] = [];
  const known = new Set(graph.nodes);
  const all = [
    ...graph.inputs.filter((leaf) => !known.has(leaf.node)).map(({ node }) => node),
    ...graph.nodes,
  ];
  for (const node of all) {
    numbers.set(node, nodes.length);
    nodes.push(nodeToJson(node, (tensor) => [numbers.get(tensor.node)!, tensor.index]));
  }
  const reference = (tensor: AnyTensor): Reference => [numbers.get(tensor.node)!, tensor.index];
  return {
    format,
    version,
    nodes,
    inputs: graph.inputs.map(reference),
    outputs: graph.outputs.map(({ name, tensor }) => ({ name, value: reference(tensor) })),
    updates: graph.updates.map((update) => ({
      variable: reference(update.variable),
      value: reference(update.value),
    })),
  };
}

function nodeToJson(node: Node, reference: (tensor: AnyTensor) => Reference): NodeJson {
  const leaf = node.outputs[0]!;
  const { dtype, shape } = leaf;
  if (isInput(leaf)) return { input: leaf.name, dtype, shape };
  if (isVariable(leaf)) {
    const { path, trainable, role } = leaf;
    return {
      variable: path,
      dtype,
      shape,
      initializer: initializerToJson(leaf.initializer),
      trainable,
      role,
    };
  }
  if (!isPrimitiveName(node.op))
    throw new CotangentError('BAD_GRAPH', `the leaf %${node.id} is neither input nor variable`);
  const kinds = definitionOf(node.op).params as Readonly<
    Record<string, { toJson(value: unknown, ofBody: typeof graphToJson): unknown }>
  >;
  const values = node.params as Readonly<Record<string, unknown>>;
  const params = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, kind.toJson(values[name], graphToJson)]),
  );
  return { op: node.op, inputs: node.inputs.map(reference), params };
}

const initializerToJson = (initializer: Initializer): unknown =>
  initializer.kind === 'array'
    ? { kind: 'array', array: constantValue.toJson(initializer.array) }
    : initializer;

const bad = (sentence: string): CotangentError =>
  new CotangentError('BAD_JSON', `this is not a graph: ${sentence}`);

type Fields = Readonly<Record<string, unknown>>;
function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(`${what} is ${show(value)}`);
  return value as Fields;
}
function list(value: unknown, what: string, limit = 100_000): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${what} is ${show(value)}, not a list`);
  if (value.length > limit) throw bad(`${what} has ${value.length} entries, more than the ${limit} allowed`);
  return value;
}
function name(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 1000 || value === '__proto__')
    throw bad(`${what} is ${show(value)}, not a name`);
  return value;
}

/**
 * A graph from untrusted JSON data.
 *
 * @throws BAD_JSON with the place of the first mistake
 */
export function graphFromJson(json: unknown): Graph {
  const { inputs, outputs, updates } = partsFromJson(json, 0);
  return closed(() => closeGraph({ inputs, outputs: Object.fromEntries(outputs), updates }));
}

/** Loops within loops deeper than this are refused. */
const deepestBody = 32;

function bodyFromJson(json: unknown, depth: number): Graph {
  if (depth > deepestBody) throw bad(`bodies are nested deeper than ${deepestBody}`);
  const { inputs, outputs, updates } = partsFromJson(json, depth);
  if (updates.length > 0) throw bad('a body has updates');
  return closed(() =>
    assembleBody(
      inputs,
      outputs.map(([name, tensor]) => ({ name, tensor })),
    ),
  );
}

function closed(close: () => Graph): Graph {
  try {
    return close();
  } catch (error) {
    throw error instanceof CotangentError ? bad(error.sentence) : error;
  }
}

function partsFromJson(
  json: unknown,
  depth: number,
): { inputs: Input[]; outputs: [string, AnyTensor][]; updates: Update[] } {
  const top = fields(json, 'it');
  if (top.format !== format) throw bad(`its format is ${show(top.format)}, not '${format}'`);
  if (top.version !== version)
    throw bad(`its version is ${show(top.version)}, and only ${version} is known here`);
  const built: (readonly AnyTensor[])[] = [];
  const reference: Lookup = (value, what) => {
    const [node, index] = list(value, what, 2) as [unknown, unknown];
    const tensor =
      Number.isInteger(node) && Number.isInteger(index)
        ? built[node as number]?.[index as number]
        : undefined;
    if (tensor === undefined) throw bad(`${what} refers to ${show(value)}, which does not come before it`);
    return tensor;
  };
  list(top.nodes, 'nodes', maximumNodes).forEach((entry, i) => {
    try {
      built.push(nodeFromJson(fields(entry, `node ${i}`), `node ${i}`, reference, depth));
    } catch (error) {
      if (error instanceof CotangentError && error.code !== 'BAD_JSON')
        throw bad(`node ${i}: ${error.sentence}`);
      throw error;
    }
  });
  const outputs: [string, AnyTensor][] = list(top.outputs, 'outputs').map((entry, i) => {
    const output = fields(entry, `output ${i}`);
    return [name(output.name, `the name of output ${i}`), reference(output.value, `output ${i}`)];
  });
  if (new Set(outputs.map(([label]) => label)).size !== outputs.length)
    throw bad('two outputs have one name');
  const updates = list(top.updates, 'updates').map((entry, i) => {
    const update = fields(entry, `update ${i}`);
    const target = reference(update.variable, `update ${i}`);
    const value = reference(update.value, `update ${i}`);
    if (!isVariable(target)) throw bad(`update ${i} is not of a variable`);
    if (!sameType(target, value)) throw bad(`update ${i} changes the type of '${target.path}'`);
    return { variable: target, value };
  });
  const inputs = list(top.inputs, 'inputs').map((entry, i) => {
    const leaf = reference(entry, `input ${i}`);
    if (!isInput(leaf)) throw bad(`input ${i} refers to something else`);
    return leaf;
  });
  return { inputs, outputs, updates };
}

type Lookup = (value: unknown, what: string) => AnyTensor;

function nodeFromJson(entry: Fields, what: string, reference: Lookup, depth: number): readonly AnyTensor[] {
  if ('op' in entry) {
    const op = name(entry.op, `the operation of ${what}`);
    if (!isPrimitiveName(op)) throw bad(`${what} has the unknown operation ${show(op)}`);
    const kinds = definitionOf(op).params as Readonly<
      Record<string, { fromJson(value: unknown, ofBody: (json: unknown) => Graph): unknown }>
    >;
    const given = fields(entry.params, `the parameters of ${what}`);
    const wrong = paramProblem(op, given);
    if (wrong !== undefined) throw bad(`${what} (${op}): ${wrong}`);
    const inside = (json: unknown): Graph => bodyFromJson(json, depth + 1);
    const params = Object.fromEntries(
      Object.entries(kinds).map(([key, kind]) => [key, kind.fromJson(given[key], inside)]),
    );
    const operands = list(entry.inputs, `the operands of ${what}`).map((value, i) =>
      reference(value, `operand ${i} of ${what}`),
    );
    return apply(op, operands, params as never);
  }
  if (!isDType(entry.dtype))
    throw bad(`${what} has the dtype ${show(entry.dtype)}, not one of ${dtypes.join(', ')}`);
  const wrong = dims.problem(entry.shape);
  if (wrong !== undefined) throw bad(`${what}: ${wrong}`);
  const shape = entry.shape as readonly (number | string)[];
  if ('input' in entry) return [input(name(entry.input, `the name of ${what}`), shape, entry.dtype)];
  if (!('variable' in entry)) throw bad(`${what} is neither input, variable nor operation`);
  if (typeof entry.trainable !== 'boolean') throw bad(`${what} does not say whether it is trainable`);
  const options = { dtype: entry.dtype, trainable: entry.trainable, role: roleFromJson(entry.role, what) };
  return [
    variable(
      name(entry.variable, `the path of ${what}`),
      shape,
      initializerFromJson(entry.initializer, what),
      options,
    ),
  ];
}

const roles = ['parameter', 'statistic', 'slot', 'counter', 'key', 'state'] as const;
function roleFromJson(value: unknown, what: string): Variable['role'] {
  const role = roles.find((known) => known === value);
  if (role === undefined) throw bad(`${what} has the role ${show(value)}, not one of ${roles.join(', ')}`);
  return role;
}

/** Fields that each kind of initializer has, and what they hold. */
const initializerFields: Readonly<
  Record<
    Exclude<Initializer['kind'], 'array' | 'nested'>,
    Readonly<Record<string, 'number' | readonly string[]>>
  >
> = {
  constant: { value: 'number' },
  uniform: { low: 'number', high: 'number' },
  normal: { mean: 'number', deviation: 'number' },
  truncatedNormal: { mean: 'number', deviation: 'number' },
  varianceScaling: {
    scale: 'number',
    fan: ['in', 'out', 'average'],
    distribution: ['uniform', 'normal', 'truncatedNormal'],
  },
  orthogonal: { gain: 'number' },
  key: {},
};

/** An initializer from untrusted data. */
export function initializerFromJson(value: unknown, what: string): Initializer {
  const entry = fields(value, `the initializer of ${what}`);
  if (entry.kind === 'array') {
    const wrong = constantValue.problem(entry.array);
    if (wrong !== undefined) throw bad(`the initializer of ${what}: ${wrong}`);
    const array = constantValue.fromJson(entry.array);
    if (!(array instanceof HostArray)) throw bad(`the initializer of ${what} is a number, not an array`);
    return { kind: 'array', array };
  }
  if (entry.kind === 'nested') {
    const text = JSON.stringify(entry.values);
    if (typeof text !== 'string' || !/^[[\]\d.,eE+\-truefals]*$/.test(text))
      throw bad(`the initializer of ${what} has values that are not numbers`);
    return { kind: 'nested', values: JSON.parse(text) };
  }
  const kind = entry.kind as keyof typeof initializerFields;
  if (typeof kind !== 'string' || !Object.hasOwn(initializerFields, kind))
    throw bad(`the initializer of ${what} is of the unknown kind ${show(entry.kind)}`);
  const wanted = initializerFields[kind];
  for (const [key, type] of Object.entries(wanted)) {
    const fits = type === 'number' ? typeof entry[key] === 'number' : type.includes(entry[key] as string);
    if (!fits) throw bad(`the initializer of ${what}: ${key} is ${show(entry[key])}`);
  }
  // Exactly the checked fields are copied; they are those of this kind.
  return Object.fromEntries([
    ['kind', kind],
    ...Object.keys(wanted).map((key) => [key, entry[key]]),
  ]) as unknown as Initializer;
}
