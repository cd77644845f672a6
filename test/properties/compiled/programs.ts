/** Whole programs on both engines: several calls, each from the state that the one before has left. */
import { compileGraph, type Engine, interpreter, State } from '@cotangent/engine';
import { CotangentError, type Graph, HostArray } from '@cotangent/graph';
import { arrayOf } from '../../cases/arrays.ts';
import { expectNear, expectSameBits } from '../same.ts';
import { engine } from './running.ts';

export interface Fed {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly variables: Readonly<Record<string, HostArray>>;
}

/** What a call gave, and what the variables were after it. */
export interface Called {
  readonly results: Readonly<Record<string, HostArray>> | undefined;
  readonly error: CotangentError | undefined;
  readonly variables: Readonly<Record<string, HostArray>>;
}

const arrayFrom = (value: unknown, graph: Graph, name: string): HostArray => {
  if (value instanceof HostArray) return value;
  const { dtype } = graph.outputs.find((output) => output.name === name)!.tensor;
  // Scalars come back as numbers.
  return arrayOf(dtype, [], [value as number]);
};

/** So many calls on an engine. */
export function callsOn(on: Engine<'sync'>, { graph, inputs, variables }: Fed, calls: number): Called[] {
  const state = new State({ engine: on });
  const program = compileGraph(graph, { state });
  for (const [path, value] of Object.entries(variables)) state.set(path, value);
  const list: Called[] = [];
  for (let i = 0; i < calls; i++) {
    let results: Called['results'];
    let error: Called['error'];
    try {
      const values = program(inputs as never) as Readonly<Record<string, unknown>>;
      results = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, arrayFrom(value, graph, name)]),
      );
    } catch (caught) {
      if (!(caught instanceof CotangentError)) throw caught;
      error = caught;
    }
    const after = Object.fromEntries(Object.keys(variables).map((path) => [path, state.get(path)]));
    list.push({ results, error, variables: after });
  }
  program.dispose();
  state.dispose();
  return list;
}

/** Bit for bit, or as near as a share of the largest number. */
export type Nearness = 'exact' | number;

export function expectAlike(actual: Called, wanted: Called, near: Nearness, what: string): void {
  const errors = [actual, wanted].map(({ error }) =>
    error === undefined ? 'none' : `${error.code}: ${error.message}`,
  );
  if (errors[0] !== errors[1])
    throw new Error(`${what}: the error is\n${errors[0]}\nwhere it should be\n${errors[1]}`);
  const compare = (got: HostArray, want: HostArray, name: string): void =>
    near === 'exact' ? expectSameBits(got, want, name) : expectNear(got, want, near, name);
  for (const [name, value] of Object.entries(wanted.results ?? {}))
    compare(actual.results![name]!, value, `${what}, ${name}`);
  for (const [path, value] of Object.entries(wanted.variables))
    compare(actual.variables[path]!, value, `${what}, the variable ${path}`);
}

/** Three calls on both engines. */
export function runsAlike(program: Fed, near: Nearness, calls = 3): void {
  const wanted = callsOn(interpreter(), program, calls);
  const actual = callsOn(engine, program, calls);
  wanted.forEach((call, i) => {
    expectAlike(actual[i]!, call, near, `call ${i + 1}`);
  });
}
