/** The reference engine: the interpreter behind the contract. Readable and synchronous; the definition of every result. */
import { convertHost, dtypes, type HostArray } from '@cotangent/graph';
import { prepare, prepareCareful } from '@cotangent/interpreter';
import type { Engine, Executable, Stored } from './contract.ts';

interface HostStored extends Stored {
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
  compile: (graph, { watchFinite = false }): Executable<'sync'> => {
    const run = watchFinite ? prepareCareful(graph) : prepare(graph);
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
