/** The reference engine: the interpreter behind the contract. Readable and synchronous; the definition of every result. */
import { convertHost, dtypes, type HostArray } from '@cotangent/graph';
import { prepare } from '@cotangent/interpreter';
import type { Engine, Executable, Stored } from './contract.ts';

interface HostStored extends Stored {
  readonly host: HostArray;
}

const hostOf = (stored: Stored): HostArray => (stored as HostStored).host;

const copyOf = (array: HostArray): HostArray => convertHost(array, array.dtype);

/** Kernels that only relabel share their operand's data: what leaves the engine must not be what it keeps. */
function ownCopies(outputs: readonly HostArray[], kept: readonly HostArray[]): HostArray[] {
  const shared = new Set(kept.map(({ data }) => data));
  return outputs.map((output) => {
    const result = shared.has(output.data) ? copyOf(output) : output;
    shared.add(result.data);
    return result;
  });
}

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
        const held = variables.map(hostOf);
        const { outputs, updates } = run(inputs, held, report);
        const constants = graph.outputs.flatMap(({ tensor }, i) =>
          tensor.node.op === 'constant' ? outputs[i]! : [],
        );
        const values = ownCopies(updates, inputs);
        return {
          outputs: ownCopies(outputs, [...inputs, ...held, ...values, ...constants]),
          updates: values.map((host) => ({ host })),
        };
      },
      dispose: () => {},
    };
  },
  store: (value): HostStored => ({ host: copyOf(value) }),
  read: hostOf,
  release: () => {},
});
