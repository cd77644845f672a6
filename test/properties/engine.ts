/**
 * The engine that the laws are held against. The suite runs all of them twice: on the interpreter, and, where
 * `ENGINE=wasm` is in the environment, on the compiled engine (see `vitest.config.ts`).
 */
import {
  type CompileOptions,
  compute as computeOn,
  type Engine,
  type Feeds,
  interpreter,
  type ResultOf,
  setDefaultEngine,
} from '@cotangent/engine';
import type { Graph, HostArray, Tree } from '@cotangent/graph';
import { wasm } from '@cotangent/wasm';
// Sets a default engine, which is to be another one here.
import 'cotangent';
import { expectNear, expectSameBits } from './same.ts';

const engines: Readonly<Record<string, () => Engine<'sync'>>> = {
  interpreter,
  wasm: () => wasm({ threads: 1 }),
};

const name = process.env.ENGINE ?? 'interpreter';
const make = engines[name];
if (make === undefined) throw new Error(`ENGINE is ${name}: there is ${Object.keys(engines).join(', ')}`);
export const engine = make();
setDefaultEngine(() => engine);

/**
 * When graphs that mean the same give the same value. The interpreter goes node by node, and what is folded is its work:
 * nothing that keeps the meaning of a graph changes a bit. A compiled engine rounds sums as they are fused and has functions
 * of its own, within their bounds.
 */
export const expectSameMeaning =
  name === 'interpreter'
    ? expectSameBits
    : (actual: HostArray, wanted: HostArray, what: string): void =>
        expectNear(actual, wanted, wanted.dtype === 'f64' ? 1e-9 : 1e-4, what);

export interface Ran {
  readonly outputs: readonly HostArray[];
  readonly updates: readonly HostArray[];
}

export interface Prepared {
  /** Values in the order of the graph's inputs and variables. */
  run(inputs: readonly HostArray[], variables: readonly HostArray[]): Ran;
  dispose(): void;
}

/** A graph on an engine, on arrays of the host. */
export function prepareOn(on: Engine<'sync'>, graph: Graph): Prepared {
  const executable = on.compile(graph);
  return {
    run: (inputs, variables) => {
      const stored = variables.map((value) => on.store(value));
      try {
        const { outputs, updates } = executable.run(inputs, stored, () => {});
        const values = updates.map((update) => on.read(update));
        for (const update of updates) on.release(update);
        return { outputs, updates: values };
      } finally {
        for (const one of stored) on.release(one);
      }
    },
    dispose: () => executable.dispose(),
  };
}

/** Values of the leaves: inputs by name, variables by path. */
export interface LeafValues {
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly variables: Readonly<Record<string, HostArray>>;
}

/** Values of the results: outputs by name, new values of variables by path. */
export interface Results {
  readonly outputs: Readonly<Record<string, HostArray>>;
  readonly updates: Readonly<Record<string, HostArray>>;
}

/** A graph, once. */
export function evaluate(graph: Graph, { inputs, variables }: LeafValues): Results {
  const prepared = prepareOn(engine, graph);
  try {
    const { outputs, updates } = prepared.run(
      graph.inputs.map(({ name }) => inputs[name]!),
      graph.variables.map(({ path }) => variables[path]!),
    );
    return {
      outputs: Object.fromEntries(graph.outputs.map(({ name }, i) => [name, outputs[i]!])),
      updates: Object.fromEntries(graph.updates.map(({ variable }, i) => [variable.path, updates[i]!])),
    };
  } finally {
    prepared.dispose();
  }
}

/** Tensors, once. */
export const compute = <O extends Tree>(
  outputs: O,
  feeds: Feeds = {},
  options: CompileOptions<'sync'> = {},
): ResultOf<O> => computeOn(outputs, feeds, { engine, ...options });
