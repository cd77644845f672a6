/** One graph on both engines: what comes out, or the error that is raised instead. */
import {
  type AnyTensor,
  assembleGraph,
  CotangentError,
  type Graph,
  type HostArray,
  type Input,
  type PrimitiveName,
} from '@cotangent/graph';
import { prepare } from '@cotangent/interpreter';
import { wasm } from '@cotangent/wasm';
import type { Sample } from '../../cases/index.ts';
import { prepareOn } from '../engine.ts';
import { applied } from '../running.ts';
import { expectJudged, type Judgement, judge } from './judge.ts';

/** One memory for all that a file of tests runs: what a program leaves behind is there for the next. */
export const engine = wasm({ threads: 1 });

export type Outcome =
  | { readonly outputs: readonly HostArray[]; readonly updates: readonly HostArray[] }
  | { readonly error: CotangentError };

export function outcomeOf(run: () => Exclude<Outcome, { readonly error: CotangentError }>): Outcome {
  try {
    return run();
  } catch (error) {
    if (error instanceof CotangentError) return { error };
    throw error;
  }
}

export const interpreted = (
  graph: Graph,
  inputs: readonly HostArray[],
  variables: readonly HostArray[] = [],
): Outcome => outcomeOf(() => prepare(graph)(inputs, variables));

export function compiled(
  graph: Graph,
  inputs: readonly HostArray[],
  variables: readonly HostArray[] = [],
): Outcome {
  const prepared = prepareOn(engine, graph);
  try {
    return outcomeOf(() => prepared.run(inputs, variables));
  } finally {
    prepared.dispose();
  }
}

/** Tensors of inputs as a graph. */
export const graphOf = (inputs: readonly Input[], results: readonly AnyTensor[]): Graph =>
  assembleGraph({ inputs, outputs: results.map((tensor, i) => ({ name: `r${i}`, tensor })), updates: [] });

/** Holds the compiled engine to the interpreter on a graph: values as judged, errors word for word. */
export function agreesOn(how: Judgement, graph: Graph, operands: readonly HostArray[]): void {
  const wanted = interpreted(graph, operands);
  const actual = compiled(graph, operands);
  if ('error' in wanted || 'error' in actual) expectSameError(actual, wanted);
  else expectJudged(how, { graph, operands, actual: actual.outputs, wanted: wanted.outputs });
}

/** On a sample of a primitive. */
export function agrees(op: PrimitiveName, sample: Sample<PrimitiveName>, how = judge[op]): void {
  const { inputs, results } = applied(op, sample);
  agreesOn(how, graphOf(inputs, results), sample.operands);
}

export function expectSameError(actual: Outcome, wanted: Outcome): void {
  const [got, want] = [actual, wanted].map((one) =>
    'error' in one ? `${one.error.code}: ${one.error.message}` : 'no error',
  );
  if (got !== want) throw new Error(`the error is\n${got}\nwhere it should be\n${want}`);
}
