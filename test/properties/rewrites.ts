/** The laws of rewriting: what a rewritten graph must keep. */
import { grad } from '@cotangent/autodiff';
import {
  type AnyTensor,
  closeGraph,
  type Graph,
  type HostArray,
  isFloat,
  type Tensor,
  verify,
} from '@cotangent/graph';
import { add, mul, sum, tanh } from '@cotangent/graph/ops';
import {
  applyRules,
  foldConstants,
  type Rule,
  rules,
  shareCommon,
  simplify,
  tableOf,
} from '@cotangent/rewrite';
import { drawn } from '../cases/arrays.ts';
import { Random, specials } from '../cases/random.ts';
import { evaluate, expectSameMeaning } from './engine.ts';
import type { Example } from './examples.ts';
import { build, feedsFor, feedsOf, type Program } from './programs.ts';
import { expectNear, expectSameRecord, outcome } from './same.ts';

export type Rewrite = (graph: Graph) => Graph;

/** One rule at a time. */
export const alone = (rule: Rule): Rewrite => {
  const table = tableOf([rule]);
  return (graph) => applyRules(graph, table);
};

export const rewrites: Readonly<Record<string, Rewrite>> = {
  simplify,
  shareCommon,
  foldConstants,
  ...Object.fromEntries(rules.map((rule) => [rule.name, alone(rule)])),
};

/** A rewritten graph is well formed, and computes the same bits: outputs and updates. */
export function keepsBits(
  graph: Graph,
  rewrite: Rewrite,
  feeds: ReturnType<typeof feedsOf>,
  what: string,
): Graph {
  const rewritten = rewrite(graph);
  verify(rewritten);
  const wanted = outcome(() => evaluate(graph, feedsFor(graph, feeds)));
  const actual = outcome(() => evaluate(rewritten, feedsFor(rewritten, feeds)));
  if ('code' in wanted || 'code' in actual) {
    if (JSON.stringify(wanted) !== JSON.stringify(actual))
      throw new Error(`${what}: ${JSON.stringify(actual)} where it should be ${JSON.stringify(wanted)}`);
    return rewritten;
  }
  expectSameRecord(actual.value.outputs, wanted.value.outputs, what, expectSameMeaning);
  expectSameRecord(actual.value.updates, wanted.value.updates, `${what}: update`, expectSameMeaning);
  return rewritten;
}

/** Values with everything that arithmetic is careless about. */
export function exampleFeeds(graph: Graph, seed: number): ReturnType<typeof feedsOf> {
  const random = new Random(seed);
  const draw = (source: Random) => (source.chance(0.5) ? source.pick(specials) : source.real(-3, 3));
  const value = ({ shape, dtype }: AnyTensor): HostArray =>
    drawn(random, dtype, shape as readonly number[], { wild: true, draw });
  return { inputs: Object.fromEntries(graph.inputs.map((leaf) => [leaf.name, value(leaf)])), variables: {} };
}

export const closeExample = (example: Example): Graph =>
  closeGraph({ outputs: Object.fromEntries(example().map((tensor, i) => [`out${i}`, tensor])) });

/** A loss whose second derivatives see every output. */
const lossOf = (tensors: readonly AnyTensor[]): AnyTensor | undefined => {
  const terms = tensors.filter(({ dtype }) => isFloat(dtype)).map((tensor) => sum(tanh(mul(tensor, 0.5))));
  return terms.length === 0 || terms.some(({ dtype }) => dtype !== terms[0]!.dtype)
    ? undefined
    : terms.reduce((a, b) => add(a, b));
};

/** The gradients of a graph with respect to its float inputs. */
function gradientsOf(graph: Graph): Graph | undefined {
  const loss = lossOf(graph.outputs.map(({ tensor }) => tensor));
  const wrt = graph.inputs.filter(({ dtype }) => isFloat(dtype)) as readonly AnyTensor[];
  if (loss === undefined || wrt.length === 0) return undefined;
  const gradients = grad(loss as Tensor<[], 'f32'>, wrt as readonly Tensor[]);
  const outputs = Object.fromEntries(gradients.map((tensor, i) => [`gradient${i}`, tensor]));
  return closeGraph({ inputs: graph.inputs, outputs });
}

/** The gradient of a rewritten graph is the gradient of the graph, up to rounding. */
export function keepsGradients(
  graph: Graph,
  rewritten: Graph,
  feeds: ReturnType<typeof feedsOf>,
  what: string,
): void {
  const [before, after] = [gradientsOf(graph), gradientsOf(rewritten)];
  if (before === undefined || after === undefined) return;
  const wanted = outcome(() => evaluate(before, feedsFor(before, feeds)).outputs);
  const actual = outcome(() => evaluate(after, feedsFor(after, feeds)).outputs);
  if ('code' in wanted || 'code' in actual) {
    if (JSON.stringify(wanted) !== JSON.stringify(actual))
      throw new Error(`${what}: ${JSON.stringify(actual)}`);
    return;
  }
  for (const [name, array] of Object.entries(wanted.value))
    expectNear(actual.value[name]!, array, array.dtype === 'f32' ? 1e-4 : 1e-9, `${what}: ${name}`);
}

/** A program under one rewrite: bits on wild numbers, gradients on ordinary ones. */
export function keepsProgram(program: Program, rewrite: Rewrite, what: string): void {
  const { graph } = build(program, false);
  keepsBits(graph, rewrite, feedsOf(program, true), what);
  const rewritten = keepsBits(graph, rewrite, feedsOf(program, false), what);
  keepsGradients(graph, rewritten, feedsOf(program, false), what);
}

/** An example of a rule: it fires, and keeps bits and gradients. */
export function checkExample(example: Example, rewrite: Rewrite, what: string): void {
  const graph = closeExample(example);
  for (let seed = 0; seed < 20; seed++) {
    const rewritten = keepsBits(graph, rewrite, exampleFeeds(graph, seed), what);
    const random = new Random(seed);
    const tame = Object.fromEntries(
      graph.inputs.map(({ name, dtype, shape }) => [name, drawn(random, dtype, shape as readonly number[])]),
    );
    if (seed < 3) keepsGradients(graph, rewritten, { inputs: tame, variables: {} }, what);
  }
}
