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

const engines: Readonly<Record<string, () => Engine<'sync'>>> = {
  interpreter,
  wasm: () => wasm({ threads: 1 }),
};

export const engine: Engine<'sync'> = engines[process.env.ENGINE ?? 'interpreter']!();
setDefaultEngine(() => engine);

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
export function prepareOn(engine: Engine<'sync'>, graph: Graph): Prepared {
  const executable = engine.compile(graph, { donated: new Set() });
  return {
    run: (inputs, variables) => {
      const stored = variables.map((value) => engine.store(value));
      try {
        const { outputs, updates } = executable.run(inputs, stored, () => {});
        const values = updates.map((update) => engine.read(update));
        for (const update of updates) engine.release(update);
        return { outputs, updates: values };
      } finally {
        for (const one of stored) engine.release(one);
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
