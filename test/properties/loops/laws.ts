/** What holds for a program with a loop: it computes what plain loops compute, and so do its derivatives. */
import { grad, hvp, jvp, linearize, vjp } from '@cotangent/autodiff';
import {
  type AnyTensor,
  closeGraph,
  type Graph,
  graphFromJson,
  graphToJson,
  type HostArray,
  printGraph,
  type Tensor,
  verify,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { simplify, specialize } from '@cotangent/rewrite';
import { evaluate, expectSameMeaning } from '../engine.ts';
import { expectNear, expectSameRecord } from '../same.ts';
import { unrolled } from './control.ts';
import { library, type Manner } from './library.ts';
import type { LoopProgram, Results } from './programs.ts';
import { isFloating } from './steps.ts';

type Values = Readonly<Record<string, HostArray>>;
type Outputs = Readonly<Record<string, AnyTensor>>;

/** How far apart two orders of rounding may lie, by the kind of output. */
const tolerances = { value: 1e-12, gradient: 1e-10, tangent: 1e-10, second: 1e-9 } as const;
type Kind = keyof typeof tolerances;

const named = (kind: Kind, what: string, tensors: readonly AnyTensor[]): [string, AnyTensor][] =>
  tensors.map((tensor, i) => [`${kind} ${what}${i}`, tensor]);

/** Σ xᵢ·yᵢ over all tensors. */
const inner = (a: readonly AnyTensor[], b: readonly AnyTensor[]): AnyTensor =>
  a.map((x, i) => ops.sum(ops.mul(x, b[i]!))).reduce((x, y) => ops.add(x, y));

export const valuesOf = ({ outputs }: Results): Outputs => Object.fromEntries(named('value', '', outputs));

/** The functions of autodiff on lists of any types. */
type Scalar = Tensor<[], 'f64'>;
const gradient = (loss: AnyTensor, wrt: readonly AnyTensor[]): readonly AnyTensor[] =>
  grad(loss as Scalar, wrt as readonly Tensor[]);

export function gradientsOf(program: LoopProgram, { loss }: Results): Outputs {
  return loss === undefined ? {} : Object.fromEntries(named('gradient', '', gradient(loss, program.wrt)));
}

/** Forward mode, twice; and reverse mode from cotangents of all floats. */
export function tangentsOf({ wrt, directions }: LoopProgram, { outputs }: Results): Outputs {
  const floats = outputs.filter(isFloating);
  if (floats.length === 0) return {};
  const tangents = jvp(floats, wrt, [...directions]);
  const cotangents = floats.map((x) => ops.cos(x));
  return Object.fromEntries([
    ...named('tangent', 'jvp ', tangents),
    ...named('tangent', 'linearize ', linearize(floats, wrt)([...directions])),
    ...named('gradient', 'vjp ', vjp(floats, wrt, cotangents)),
  ]);
}

/** Second derivatives in all four orders of modes. */
export function secondOf({ wrt, directions }: LoopProgram, { outputs, loss }: Results): Outputs {
  if (loss === undefined) return {};
  const floats = outputs.filter(isFloating);
  const slope = jvp(loss, wrt, [...directions]);
  return Object.fromEntries([
    ...named('second', 'forward over reverse ', hvp(loss as Scalar, wrt, [...directions])),
    ...named('second', 'reverse over reverse ', gradient(inner(gradient(loss, wrt), directions), wrt)),
    ...named('second', 'reverse over forward ', gradient(slope, wrt)),
    ...named('second', 'forward over forward ', jvp(jvp(floats, wrt, [...directions]), wrt, [...directions])),
  ]);
}

const everything = (program: LoopProgram, results: Results): Outputs => ({
  ...valuesOf(results),
  ...gradientsOf(program, results),
  ...tangentsOf(program, results),
  ...secondOf(program, results),
});

const closed = ({ inputs }: LoopProgram, outputs: Outputs): Graph => closeGraph({ inputs, outputs });
const run = ({ feeds, bindings }: LoopProgram, graph: Graph): Values => {
  const sized = Object.keys(bindings).length === 0 ? graph : specialize(graph, bindings);
  return evaluate(sized, { inputs: feeds, variables: {} }).outputs;
};

export function expectAllNear(actual: Values, wanted: Values, what: string): void {
  for (const [name, array] of Object.entries(wanted)) {
    const kind = name.split(' ')[0] as Kind;
    expectNear(actual[name]!, array, tolerances[kind], `${what}, ${name}`);
  }
}

/** Values and derivatives are those of plain loops, in each manner of running. */
export function agreesWithLoops(
  program: LoopProgram,
  manners: Readonly<Record<string, Manner>>,
  built = program,
): void {
  const wanted = run(program, closed(program, everything(program, program.build(unrolled))));
  for (const [name, manner] of Object.entries(manners)) {
    const graph = closed(built, everything(built, built.build(library(built.form, manner))));
    verify(graph);
    expectAllNear(run(built, graph), wanted, name);
  }
}

/** The graphs of values, of gradients and of second derivatives are well formed, and survive rewriting and JSON. */
export function survivesTransformations(program: LoopProgram, manner: Manner = {}): void {
  const results = program.build(library(program.form, manner));
  const graphs = {
    values: valuesOf(results),
    gradients: gradientsOf(program, results),
    tangents: tangentsOf(program, results),
    second: secondOf(program, results),
  };
  for (const [name, outputs] of Object.entries(graphs)) {
    const graph = closed(program, outputs);
    verify(graph);
    const wanted = run(program, graph);
    const simple = simplify(graph);
    verify(simple);
    const reached = run(program, simple);
    expectSameRecord(reached, wanted, `${name}, simplified`, expectSameMeaning);
    for (const [form, one, own] of [
      ['graph', graph, wanted],
      ['simple', simple, reached],
    ] as const) {
      const copy = graphFromJson(JSON.parse(JSON.stringify(graphToJson(one))));
      verify(copy);
      if (printGraph(copy) !== printGraph(one)) throw new Error(`${name}, ${form}: JSON changed the text`);
      expectSameRecord(run(program, copy), own, `${name}, ${form} from JSON`);
    }
  }
}

/** The derivative of a graph that was simplified is the derivative of the graph. */
export function differentiatesSimplified(program: LoopProgram): void {
  const results = program.build(library(program.form));
  if (results.loss === undefined) return;
  const simple = simplify(closed(program, { ...valuesOf(results), loss: results.loss }));
  const tensors = simple.outputs.map(({ tensor }) => tensor);
  const again = { outputs: tensors.slice(0, -1), loss: tensors.at(-1)! };
  const wanted = run(program, closed(program, everything(program, program.build(unrolled))));
  expectAllNear(
    run(program, closed(program, everything(program, again))),
    wanted,
    'simplified, then derived',
  );
}
