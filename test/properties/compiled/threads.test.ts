/** However many threads work on a step, and however often it is run: the same bits. */
import { closeGraph, cond, fill, input, scan, type Tensor, variable, whileLoop } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type WasmEngine, wasm } from '@cotangent/wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawn } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { parameters } from '../runs.ts';
import { convolutional, recurrent } from './networks.ts';
import { largeDots, type Sized } from './products.ts';
import { callsOn, expectAlike, type Fed } from './programs.ts';
import { graphOf } from './running.ts';
import { largeSize, type WholeProgram, wholePrograms } from './whole.ts';

const engines: WasmEngine[] = [];
const several = () => engines.slice(1);

beforeAll(async () => {
  for (const threads of [1, 2, 3, 4]) {
    const engine = wasm({ threads });
    await engine.awaken();
    engines.push(engine);
  }
});
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

/** Steps that threads have shared so far. */
const shared = (): number[] => several().map(({ threads }) => threads.steps);

/** The same on all engines, twice each; says whether all threads were called for it. */
function sameOnAll(program: Fed, calls = 2): boolean {
  const before = shared();
  const [wanted, ...others] = engines.flatMap((engine) => [1, 2].map(() => callsOn(engine, program, calls)));
  others.forEach((run, i) => {
    run.forEach((call, k) => {
      expectAlike(call, wanted![k]!, 'exact', `run ${i + 2}, call ${k + 1}`);
    });
  });
  return shared().every((steps, i) => steps > before[i]!);
}

/** Numbers that are rounded, in place of whole ones: the order of additions shows. */
function rounded({ graph, inputs, variables }: WholeProgram): Fed {
  const random = new Random(graph.nodes.length);
  const real = (values: WholeProgram['inputs']) =>
    Object.fromEntries(
      Object.entries(values).map(([name, { dtype, shape }]) => [
        name,
        drawn(random, dtype, shape, { draw: (source) => source.real(-4, 4) }),
      ]),
    );
  return { graph, inputs: real(inputs), variables: real(variables) };
}

const fedBy = ({ inputs, results, values }: Sized): Fed => ({
  graph: graphOf(inputs, results),
  inputs: Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!])),
  variables: {},
});

/** Many programs, some of which are large enough to be shared. */
function many<T>(arbitrary: fc.Arbitrary<T>, fed: (one: T) => Fed, runs: number): void {
  let together = 0;
  fc.assert(
    fc.property(arbitrary, (one) => {
      if (sameOnAll(fed(one))) together++;
    }),
    parameters<[T]>(runs),
  );
  expect(together, 'programs that threads have shared').toBeGreaterThan(0);
}

describe('one, two, three and four threads give the same bits', () => {
  test('in a step of a convolutional network', () => {
    expect(sameOnAll(convolutional(), 3)).toBe(true);
  });

  test.each(['lstm', 'gru'] as const)('in a step of an %s over time', (kind) => {
    expect(sameOnAll(recurrent(kind), 3)).toBe(true);
  });

  test.each([[[630_000]], [[900, 700]], [[3, 200_001]], [[200_001, 3]], [[65, 97, 99]]])(
    'in reductions of %j, which are cut the same way',
    (shape) => {
      const x = input('x', shape);
      const axes = [shape.map((_, axis) => axis), ...shape.map((_, axis) => [axis])];
      const outputs = Object.fromEntries(
        axes.flatMap((over) => [
          [`sum over ${over}`, ops.sum(ops.mul(x, x), over)],
          [`largest over ${over}`, ops.max(x, over)],
          [`softmax over ${over}`, ops.sum(ops.exp(ops.sub(x, ops.max(x, over, { keepDims: true }))), over)],
        ]),
      );
      const graph = closeGraph({ inputs: [x], outputs });
      const values = drawn(new Random(2), 'f32', shape, { draw: (source) => source.real(-4, 4) });
      expect(sameOnAll({ graph, inputs: { x: values }, variables: {} }, 1)).toBe(true);
    },
  );

  test('in products whose rows are shared', () => many(largeDots('real'), fedBy, 12));

  test('in large steps of a loop while a condition holds, with branches inside', () => {
    const x = input('x', [200, 200]);
    const damped = (m: Tensor<[200, 200], 'f32'>) => ops.tanh(ops.mul(ops.matmul(m, m), 0.05)) as typeof m;
    const last = whileLoop(
      { init: { m: x as Tensor<[200, 200], 'f32'>, count: fill(0, [], 'i32') }, maxSteps: 9 },
      ({ m, count }) => count.less(8).and(m.abs().max().greater(0)),
      ({ m, count }) => ({
        m: cond(
          m.sum().greater(0),
          () => damped(m).add(ops.reverse(m, [0]) as typeof m),
          () => damped(damped(m).sub(m.transpose())),
        ),
        count: count.add(1),
      }),
    );
    const [, rows] = scan({ init: last.m, length: 4 }, (m) => {
      const next = cond(
        m.sum().greater(0),
        () => m.neg(),
        () => damped(m),
      );
      return [next, next.sum(0)];
    });
    const graph = closeGraph({ inputs: [x], outputs: { m: last.m, rows } });
    const values = drawn(new Random(6), 'f32', [200, 200], { draw: (source) => source.real(-1, 1) });
    expect(sameOnAll({ graph, inputs: { x: values }, variables: {} }, 3)).toBe(true);
  });

  test('in programs with loops and branches', () => many(wholePrograms(largeSize), rounded, 24));
});

describe('a step that threads share', () => {
  const x = input('x', [300, 400]);
  const w = variable('w', [400, 300]);
  const product = ops.matmul(x, w);
  const graph = closeGraph({
    inputs: [x],
    outputs: {
      y: ops.sum(ops.check(product, ops.all(ops.less(x, 5)), ops.max(x).reshape([1]), '{0} is too large')),
    },
    updates: [
      w.becomes(ops.sub(w, ops.mul(ops.matmul(ops.transpose(x), ops.tanh(product)), 0.001)) as typeof w),
    ],
  });
  const fed = (most: number): Fed => {
    const random = new Random(3);
    return {
      graph,
      inputs: { x: drawn(random, 'f32', [300, 400], { draw: (source) => source.real(-1, most) }) },
      variables: { w: drawn(random, 'f32', [400, 300], { draw: (source) => source.real(-1, 1) }) },
    };
  };

  test('may fail: every engine says so with the same sentence, keeps its variables, and goes on', () => {
    const [before] = several().map((engine) => callsOn(engine, fed(1), 2));
    expect(sameOnAll(fed(6))).toBe(true);
    for (const engine of several()) {
      const [failed] = callsOn(engine, fed(6), 1);
      expect(failed!.error?.code).toBe('CHECK_FAILED');
      expect(failed!.variables.w).toEqual(fed(6).variables.w);
      expect(callsOn(engine, fed(1), 2)).toEqual(before);
    }
  });
});
