/** What holds for whole programs: rewriting keeps them, text and JSON tell all of them, names are only sizes to come. */
import { grad } from '@cotangent/autodiff';
import { compile, State } from '@cotangent/engine';
import {
  type AnyTensor,
  assembleGraph,
  closeGraph,
  graphFromJson,
  graphToJson,
  type HostArray,
  printGraph,
  verify,
} from '@cotangent/graph';
import { applyRules, foldConstants, rules, shareCommon, simplify, specialize } from '@cotangent/rewrite';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../cases/arrays.ts';
import { engine, evaluate, expectSameMeaning } from './engine.ts';
import { examples, nearMisses } from './examples.ts';
import { build, feedsFor, feedsOf, programs, sizes } from './programs.ts';
import { alone, checkExample, keepsProgram, rewrites } from './rewrites.ts';
import { holds } from './runs.ts';
import { expectSameRecord } from './same.ts';

describe('random programs', () => {
  test('are well formed, with names and with numbers', () => {
    holds(
      programs(),
      (program) => {
        verify(build(program, true).graph);
        verify(build(program, false).graph);
      },
      100,
    );
  });

  test('simplify keeps every bit, and the gradients', () => {
    holds(programs(), (program) => keepsProgram(program, simplify, 'simplified'), 150);
  });

  test('each rewrite alone keeps every bit, and the gradients', () => {
    for (const [name, rewrite] of Object.entries(rewrites))
      holds(programs(16), (program) => keepsProgram(program, rewrite, name), 12);
  });

  test('what is simple stays as it is: simplify twice is simplify once', () => {
    holds(
      programs(),
      (program) => {
        const once = simplify(build(program, true).graph);
        expect(simplify(once).nodes.length).toBe(once.nodes.length);
      },
      60,
    );
  });

  test('named dimensions bound at the call give what declared numbers give', () => {
    holds(
      programs(),
      (program) => {
        const [named, fixed] = [build(program, true), build(program, false)];
        const feeds = feedsOf(program, false);
        const wanted = evaluate(fixed.graph, feedsFor(fixed.graph, feeds));
        const specialized = specialize(named.graph, sizes);
        verify(specialized);
        const direct = evaluate(specialized, feedsFor(specialized, feeds));
        expectSameRecord(direct.outputs, wanted.outputs, 'specialized', expectSameMeaning);
        const state = new State({ engine });
        const run = compile(
          { inputs: named.inputs, outputs: named.outputs, updates: named.updates },
          { state },
        );
        for (const { path } of run.graph.variables) state.set(path, feeds.variables[path]!);
        const results = run(feeds.inputs as never) as Readonly<Record<string, HostArray | number>>;
        for (const [name, value] of Object.entries(wanted.outputs)) {
          const result = results[name]!;
          const array = typeof result === 'number' ? arrayOf(value.dtype, [], [result]) : result;
          expectSameMeaning(array, value, name);
        }
        for (const [path, value] of Object.entries(wanted.updates))
          expectSameMeaning(state.get(path), value, path);
      },
      60,
    );
  });

  test('gradients of named dimensions are those of declared numbers', () => {
    holds(programs(), gradientsAgree, 60);
  });

  test('nodes that nothing needs change nothing', () => {
    holds(
      programs(),
      (program) => {
        const { graph, pool, outputs, inputs, updates } = build(program, false);
        const everything = closeGraph({
          inputs,
          outputs: { ...outputs, ...Object.fromEntries(pool.map((tensor, i) => [`node${i}`, tensor])) },
          updates,
        });
        const feeds = feedsOf(program, true);
        const wanted = evaluate(everything, feedsFor(everything, feeds));
        const actual = evaluate(graph, feedsFor(graph, feeds));
        expectSameRecord(
          actual.outputs,
          Object.fromEntries(graph.outputs.map(({ name }) => [name, wanted.outputs[name]!])),
          'dead code',
          expectSameMeaning,
        );
        expectSameRecord(actual.updates, wanted.updates, 'dead code: update', expectSameMeaning);
      },
      60,
    );
  });

  test('text and JSON tell all of a program', () => {
    holds(
      programs(),
      (program) => {
        for (const named of [true, false]) {
          const { graph } = build(program, named);
          const text = printGraph(graph);
          expect(printGraph(graphFromJson(graphToJson(graph)))).toBe(text);
          const copy = graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph))));
          verify(copy);
          expect(printGraph(copy)).toBe(text);
          if (named) continue;
          const feeds = feedsFor(graph, feedsOf(program, true));
          expectSameRecord(evaluate(copy, feeds).outputs, evaluate(graph, feeds).outputs, 'read from JSON');
          expectSameRecord(evaluate(copy, feeds).updates, evaluate(graph, feeds).updates, 'read from JSON');
        }
      },
      60,
    );
  });
});

describe('rewrite rules', () => {
  test('every rule has an example', () => {
    expect(Object.keys(examples).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
    let fired = 0;
    for (const example of examples[name]!) {
      const counted = {
        ...rule,
        apply: ((node, operands, uses) => {
          const result = rule.apply(node, operands, uses);
          if (result !== undefined) fired++;
          return result;
        }) as typeof rule.apply,
      };
      checkExample(example, alone(counted), name);
      checkExample(example, simplify, `simplified: ${name}`);
    }
    expect(fired, 'times that the rule fired').toBeGreaterThan(0);
  });

  test('what only looks like a pattern keeps its bits', () => {
    nearMisses.forEach((example, i) => {
      checkExample(example, simplify, `near miss ${i}`);
      checkExample(example, applyRules, `near miss ${i}`);
      checkExample(example, shareCommon, `near miss ${i}`);
      checkExample(example, foldConstants, `near miss ${i}`);
    });
  });
});

function gradientsAgree(program: Parameters<typeof build>[0]): void {
  const [named, fixed] = [build(program, true), build(program, false)].map(withGradient);
  if (named === undefined || fixed === undefined) return;
  const feeds = feedsOf(program, false);
  const specialized = specialize(named, sizes);
  verify(specialized);
  expectSameRecord(
    evaluate(specialized, feedsFor(specialized, feeds)).outputs,
    evaluate(fixed, feedsFor(fixed, feeds)).outputs,
    'gradient',
    expectSameMeaning,
  );
}

/** The gradient of a program's loss with respect to two inputs and a variable, as a graph. */
function withGradient({ loss, inputs, variables }: ReturnType<typeof build>) {
  if (loss === undefined) return undefined;
  const wrt: readonly AnyTensor[] = [inputs[0]!, inputs[1]!, variables[0]!];
  const gradients: readonly AnyTensor[] = grad(loss, wrt);
  const outputs = gradients.map((tensor, i) => ({ name: `gradient${i}`, tensor }));
  return assembleGraph({ inputs, outputs, updates: [] });
}
