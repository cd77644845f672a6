/** Random programs of the other properties, with their gradients, on the compiled engine: near what the interpreter gives. */
import { grad } from '@cotangent/autodiff';
import { type AnyTensor, assembleGraph, closeGraph, type Graph, isFloat } from '@cotangent/graph';
import { specialize } from '@cotangent/rewrite';
import { sgd } from '@cotangent/train';
import { describe, test } from 'vitest';
import { examples, nearMisses } from '../examples.ts';
import { loopExamples, loopNearMisses } from '../loop-examples.ts';
import { gradientsOf, tangentsOf, valuesOf } from '../loops/laws.ts';
import { library, type Manner } from '../loops/library.ts';
import { type LoopProgram, loopPrograms } from '../loops/programs.ts';
import { type Built, build, feedsFor, feedsOf, type Program, programs, sizes } from '../programs.ts';
import { closeExample, exampleFeeds } from '../rewrites.ts';
import { holds } from '../runs.ts';
import { convolutional, recurrent } from './networks.ts';
import { runsAlike } from './programs.ts';
import { agreesOn } from './running.ts';

const tolerance = { f32: 2e-4, f64: 1e-9 } as const;

const specialized = (program: Program, graph: Graph, wild: boolean) => {
  const concrete = specialize(graph, sizes);
  return { graph: concrete, ...feedsFor(concrete, feedsOf(program, wild)) };
};

/** The gradient of a program's loss by everything that has one. */
function gradientOf({ loss, inputs, variables }: Built): Graph | undefined {
  if (loss === undefined) return undefined;
  const wrt = [...inputs, ...variables].filter(({ dtype }) => isFloat(dtype));
  const gradients: readonly AnyTensor[] = grad(loss, wrt as readonly AnyTensor[]);
  const outputs = gradients.map((tensor, i) => ({ name: `gradient${i}`, tensor }));
  return assembleGraph({ inputs, outputs, updates: [] });
}

describe('random programs', () => {
  test('give what the interpreter gives, and leave the same variables', () =>
    holds(
      programs(),
      (program) =>
        runsAlike(specialized(program, build(program, true).graph, false), tolerance[program.dtype], 2),
      80,
    ));

  test('have the gradients that the interpreter finds', () =>
    holds(
      programs(16),
      (program) => {
        const graph = gradientOf(build(program, true));
        if (graph !== undefined) runsAlike(specialized(program, graph, false), tolerance[program.dtype], 1);
      },
      60,
    ));
});

const fedLoop = ({ inputs, feeds }: LoopProgram, outputs: Readonly<Record<string, AnyTensor>>) => {
  const graph = closeGraph({ inputs, outputs });
  return {
    graph,
    inputs: Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!])),
    variables: {},
  };
};

describe('random loops', () => {
  const manners: readonly Manner[] = [{}, { remat: 2 }, { unroll: true }];

  test('give what the interpreter gives, and so do their derivatives', () =>
    holds(
      loopPrograms(2, 6),
      (program) => {
        const results = program.build(library(program.form));
        for (const outputs of [
          valuesOf(results),
          gradientsOf(program, results),
          tangentsOf(program, results),
        ])
          if (Object.keys(outputs).length > 0) runsAlike(fedLoop(program, outputs), 1e-10, 1);
      },
      60,
    ));

  test('do so in every manner of running', () =>
    holds(
      loopPrograms(1, 4),
      (program) => {
        for (const manner of manners) {
          const results = program.build(library(program.form, manner));
          runsAlike(fedLoop(program, { ...valuesOf(results), ...gradientsOf(program, results) }), 1e-10, 1);
        }
      },
      25,
    ));
});

describe('graphs on which rewrite rules fire, as they are', () => {
  const all = { ...examples, ...loopExamples, 'near misses': [...nearMisses, ...loopNearMisses] };

  test.each(Object.entries(all))('%s', (_, list) => {
    for (const example of list) {
      const graph = closeExample(example);
      for (let seed = 0; seed < 5; seed++) {
        const { inputs } = exampleFeeds(graph, seed);
        agreesOn(
          'body',
          graph,
          graph.inputs.map(({ name }) => inputs[name]!),
        );
      }
    }
  });
});

describe('a step of training', () => {
  // Adam would make steps of rounding errors: the bias before batch norm has a gradient of 0.
  test('of a convolutional network', () => runsAlike(convolutional(sgd({ learningRate: 0.1 })), 1e-4, 1));
  test.each(['lstm', 'gru'] as const)('of an %s', (kind) => runsAlike(recurrent(kind), 1e-4, 2));
});
