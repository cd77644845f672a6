/** The reference engine: the interpreter behind the contract. Readable and synchronous; the definition of every result. */
import { CotangentError, convertHost, dtypes, type Graph, type HostArray } from '@cotangent/graph';
import { prepare, prepareCareful } from '@cotangent/interpreter';
import type { Engine, Eventually, Executable, Mode, Stored } from './contract.ts';

interface HostStored {
  readonly host: HostArray;
}

const hostOf = (stored: Stored): HostArray => (stored as HostStored).host;

const copyOf = (array: HostArray): HostArray => convertHost(array, array.dtype);

/**
 * An engine that interprets graphs in plain JavaScript.
 *
 * @example
 * ```ts
 * const program = compile({ inputs: [x], outputs: x.square() }, { engine: interpreter() });
 * program({ x: [[1, 2, 3]] }).toNested(); // [[1, 4, 9]]
 * ```
 */
export const interpreter = (): Engine<'sync'> => ({
  name: 'interpreter',
  mode: 'sync',
  dtypes,
  supports: () => true,
  compile: (graph): Executable<'sync'> => {
    const run = prepare(graph);
    return {
      run: (inputs, variables, report) => {
        const { outputs, updates } = run(inputs, variables.map(hostOf), report);
        // Kernels that only relabel share data with feeds and constants: what leaves the engine is a copy, and a feed
        // belongs to the caller.
        const fed = new Set(inputs.map(({ data }) => data.buffer));
        return {
          outputs: outputs.map(copyOf),
          updates: updates.map((host) => ({ host: fed.has(host.data.buffer) ? copyOf(host) : host })),
        };
      },
      dispose: () => {},
    };
  },
  store: (value): HostStored => ({ host: copyOf(value) }),
  read: (stored) => copyOf(hostOf(stored)),
  release: () => {},
});

/**
 * A program that stops at the first node which makes NaN or an infinity that is used. Whatever the engine, the graph is
 * interpreted, node by node, on the engine's variables: speed is not what such a search is for.
 */
export function carefulExecutable<M extends Mode>(
  engine: Engine<M>,
  graph: Graph,
): Eventually<M, Executable<M>> {
  if (engine.mode === 'async')
    throw new CotangentError(
      'ENGINE_LACKS',
      `the engine '${engine.name}' answers later, and debug.nan needs its variables at once: use a synchronous engine`,
    );
  const run = prepareCareful(graph);
  const executable: Executable<'sync'> = {
    run: (inputs, variables, report) => {
      // Engines of the mode 'sync' give what they are asked for.
      const values = variables.map((stored) => engine.read(stored) as HostArray);
      const { outputs, updates } = run(inputs, values, report);
      return { outputs: outputs.map(copyOf), updates: updates.map((value) => engine.store(value)) };
    },
    dispose: () => {},
  };
  // The mode was looked at above.
  return executable as Executable<Mode> as Eventually<M, Executable<M>>;
}
