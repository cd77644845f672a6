/** Programs, states and engines: what they promise. */

import { grad } from '@cotangent/autodiff';
import {
  compile,
  compileGraph,
  compute,
  type Engine,
  initialValue,
  interpreter,
  memoryPlan,
  State,
  type Stored,
} from '@cotangent/engine';
import {
  type AnyTensor,
  closeGraph,
  glorotNormal,
  graphFromJson,
  graphToJson,
  HostArray,
  heUniform,
  input,
  lecunNormal,
  normal,
  orthogonal,
  truncatedNormal,
  uniform,
  variable,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';

const x = input('x', ['batch', 3]);

/** The interpreter behind promises, with storage that the host cannot see. */
const asynchronous = (): Engine<'async'> => {
  const inner = interpreter();
  const hidden = new WeakMap<Stored, Stored>();
  const wrap = (stored: Stored): Stored => {
    const handle: Stored = {};
    hidden.set(handle, stored);
    return handle;
  };
  return {
    ...inner,
    name: 'asynchronous',
    mode: 'async',
    compile: async (graph) => {
      const executable = inner.compile(graph);
      return {
        run: async (inputs, variables, report) => {
          const { outputs, updates } = executable.run(
            inputs,
            variables.map((one) => hidden.get(one)!),
            report,
          );
          return { outputs, updates: updates.map(wrap) };
        },
        dispose: () => executable.dispose(),
      };
    },
    store: (value) => wrap(inner.store(value)),
    read: async (stored) => inner.read(hidden.get(stored)!),
  };
};

describe('a program', () => {
  test('returns numbers for scalars, arrays otherwise, in the shape of its outputs', () => {
    const program = compile({
      inputs: [x],
      outputs: { total: x.sum(), parts: [x.sum('batch'), { first: x.at('batch', 0) }] },
    });
    const { total, parts } = program({
      x: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    expect(total).toBe(21);
    expect(parts[0].toNested()).toEqual([5, 7, 9]);
    expect(parts[1].first.toNested()).toEqual([1, 2, 3]);
  });

  test('serves every batch size', () => {
    const program = compile({ inputs: [x], outputs: x.mean('batch') });
    for (let size = 1; size < 40; size++)
      expect(program({ x: Array.from({ length: size }, () => [size, 0, 1]) }).toNested()).toEqual([
        size,
        0,
        1,
      ]);
  });

  test('updates all at once: two variables change places', () => {
    const [a, b] = [variable('a', [2], [1, 2]), variable('b', [2], [3, 4])];
    const swap = compile({ inputs: [], outputs: { a, b }, updates: [a.becomes(b), b.becomes(a)] });
    expect(swap({}).a.toNested()).toEqual([1, 2]);
    expect(swap.state.get('a').toNested()).toEqual([3, 4]);
    swap({});
    expect([swap.state.get('a').toNested(), swap.state.get('b').toNested()]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('hands out copies: what a caller does to a result changes nothing inside', () => {
    const w = variable('w', [2], [1, 2]);
    const identity = compile({ inputs: [x], outputs: { w, x, constant: ops.splat(7, [2], 'f32') } });
    const feed = new HostArray('f32', [1, 3], new Float32Array([1, 2, 3]));
    const result = identity({ x: feed });
    for (const array of [result.w, result.x, result.constant as HostArray]) array.data.fill(-1);
    expect(feed.data[0]).toBe(1);
    const again = identity({ x: feed });
    expect([again.w.toNested(), again.x.toNested(), (again.constant as HostArray).toNested()]).toEqual([
      [1, 2],
      [[1, 2, 3]],
      [7, 7],
    ]);
  });

  test('keeps its own copy of a feed that a variable becomes', () => {
    const [v, fed] = [variable('v', [3]), input('fed', [3])];
    const [w, flat] = [variable('w', [3]), input('flat', [1, 3])];
    const take = compile({
      inputs: [fed, flat],
      outputs: v,
      updates: [v.becomes(fed), w.becomes(flat.reshape([3]))],
    });
    const values = new Float32Array([1, 2, 3]);
    take({ fed: values, flat: new HostArray('f32', [1, 3], values) });
    values.fill(-1);
    for (const path of ['v', 'w']) expect(take.state.get(path).toNested()).toEqual([1, 2, 3]);
    expect(take({ fed: values, flat: [[0, 0, 0]] }).toNested()).toEqual([1, 2, 3]);
  });

  test('takes an input that nothing uses, and one twice', () => {
    const unused = input('unused', []);
    expect(compile({ inputs: [x, unused], outputs: x.add(x).sum() })({ x: [[1, 2, 3]], unused: 0 })).toBe(12);
  });

  test('shares its variables with others through the state', () => {
    const w = variable('w', [], 1);
    const step = compile({ inputs: [], outputs: w, updates: [w.becomes(w.add(1))] });
    const read = compile({ inputs: [], outputs: w.mul(10) }, { state: step.state });
    step({});
    expect(read({})).toBe(20);
  });

  test('computes in float64 with all its bits', () => {
    const wide = input('wide', [2], 'f64');
    const fine = 1 + 2 ** -40;
    expect(compute(wide.mul(1).sum(), { wide: [fine, 0] })).toBe(fine);
  });

  test('reports values by name', () => {
    const seen: [string, unknown][] = [];
    const program = compile(
      { inputs: [x], outputs: x.mul(2).debug('doubled').sum() },
      { report: (label, value) => void seen.push([label, value.toNested()]) },
    );
    program({ x: [[1, 2, 3]] });
    expect(seen).toEqual([['doubled', [[2, 4, 6]]]]);
  });

  test('comes back from JSON and runs', () => {
    const w = variable(
      'w',
      [3, 2],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    );
    const graph = closeGraph({ outputs: { y: x.matmul(w) }, updates: [w.becomes(w.mul(2))] });
    const program = compileGraph(graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph)))));
    const run = () =>
      ((program as (feeds: object) => unknown)({ x: [[1, 2, 3]] }) as { y: HostArray }).y.toNested();
    expect([run(), run()]).toEqual([[[4, 5]], [[8, 10]]]);
  });

  test('knows the memory that its values need', () => {
    const program = compile({ inputs: [x], outputs: x.exp().sum() });
    const { peakBytes, lives } = program.memory({ batch: 1000 });
    expect(peakBytes).toBeGreaterThanOrEqual(2 * 1000 * 3 * 4);
    expect(peakBytes).toBeLessThan(3 * 1000 * 3 * 4);
    expect(memoryPlan(program.specialized({ batch: 1000 })).lives).toHaveLength(lives.length);
  });
});

describe('an asynchronous engine', () => {
  test('promises what a synchronous one returns', async () => {
    const w = variable('w', [3], [1, 2, 3]);
    const loss = x.mul(w).square().mean();
    const spec = {
      inputs: [x],
      outputs: { loss },
      updates: [w.becomes(w.sub(grad(loss, w).mul(0.1)))],
    } as const;
    const [now, later] = [compile(spec), compile(spec, { engine: asynchronous() })];
    for (let i = 0; i < 3; i++)
      expect(
        await later({
          x: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        }),
      ).toEqual(
        now({
          x: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        }),
      );
    expect(await later.state.get('w')).toEqual(now.state.get('w'));
    later.dispose();
  });

  test('compiles ahead', async () => {
    const program = compile({ inputs: [x], outputs: x.sum() }, { engine: asynchronous() });
    await program.prepare({ batch: 2 });
    expect(
      await program({
        x: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      }),
    ).toBe(12);
  });
});

describe('initial values', () => {
  const shape = [3, 3, 40, 60];
  const moments = (array: HostArray) => {
    const values = [...array.data];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      mean,
      variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length,
      largest: Math.max(...values.map(Math.abs)),
    };
  };
  // 21,600 draws: the variance of a sample is within a few percent of its expectation.
  test.each([
    ['glorotNormal', glorotNormal(), 2 / (9 * 100)],
    ['heUniform', heUniform(), 2 / (9 * 40)],
    ['lecunNormal', lecunNormal(), 1 / (9 * 40)],
    ['normal', normal(0, 0.5), 0.25],
    ['uniform', uniform(-1, 1), 1 / 3],
  ])('of %s have the variance of the paper', (_, initializer, variance) => {
    const found = moments(initialValue(initializer, shape, 'f64', 1, 'w'));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.05);
    expect(Math.abs(found.mean)).toBeLessThan(5 * Math.sqrt(variance / 21_600));
  });
  test('that are truncated stay within two deviations', () => {
    expect(moments(initialValue(truncatedNormal(0, 1), shape, 'f64', 1, 'w')).largest).toBeLessThanOrEqual(2);
  });
  test('that are orthogonal have orthonormal columns or rows', () => {
    for (const size of [
      [5, 3],
      [3, 5],
      [2, 2, 4],
    ]) {
      const { data } = initialValue(orthogonal(), size, 'f64', 1, 'w');
      const columns = size.at(-1)!;
      const rows = data.length / columns;
      const [count, dot] =
        rows < columns
          ? [
              rows,
              (i: number, j: number) =>
                Array.from({ length: columns }, (_, k) => data[i * columns + k]! * data[j * columns + k]!),
            ]
          : [
              columns,
              (i: number, j: number) =>
                Array.from({ length: rows }, (_, k) => data[k * columns + i]! * data[k * columns + j]!),
            ];
      for (let i = 0; i < count; i++)
        for (let j = 0; j < count; j++)
          expect(dot(i, j).reduce((sum, term) => sum + term, 0)).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  });
  test('depend on seed and path alone', () => {
    const value = (seed: number, path: string) => initialValue(normal(), [4], 'f32', seed, path);
    expect(value(1, 'a/kernel')).toEqual(value(1, 'a/kernel'));
    expect(value(2, 'a/kernel')).not.toEqual(value(1, 'a/kernel'));
    expect(value(1, 'b/kernel')).not.toEqual(value(1, 'a/kernel'));
    const alone = compile({ inputs: [], outputs: variable('w', [4], normal()) }, { seed: 1 });
    const among = compile(
      { inputs: [], outputs: [variable('other', [9], normal()), variable('w', [4], normal())] },
      { seed: 1 },
    );
    expect(among.state.get('w')).toEqual(alone.state.get('w'));
  });
});

test('a state keeps a variable apart from programs that want it in another shape', () => {
  const state = new State({ engine: interpreter() });
  compile({ inputs: [], outputs: variable('w', [2]) }, { state });
  expect(() => compile({ inputs: [], outputs: variable('w', [3]) as AnyTensor }, { state })).toThrow(
    "the variable 'w' is f32[3] in this program, but the state holds f32[2]",
  );
});

test('the gradient of a strided slice along a named dimension has the shape of its input, however long it is', () => {
  const rows = input('rows', ['time', 2]);
  const every = rows.slice('time', 0, undefined, 2).square().sum();
  const slope = compile({ inputs: [rows], outputs: grad(every, rows) });
  expect(
    slope({
      rows: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    }).toNested(),
  ).toEqual([
    [2, 4],
    [0, 0],
    [10, 12],
  ]);
  expect(
    slope({
      rows: [
        [1, 2],
        [3, 4],
      ],
    }).toNested(),
  ).toEqual([
    [2, 4],
    [0, 0],
  ]);
  expect(slope({ rows: new Float32Array(0) }).shape).toEqual([0, 2]);
});

test('the version of a state changes whenever a variable does, and only then', () => {
  const state = new State({ engine: interpreter() });
  const seen = new Set([state.version]);
  const changes = (what: () => unknown, does = true): void => {
    what();
    expect(seen.has(state.version)).toBe(!does);
    seen.add(state.version);
  };
  const [w, kept] = [variable('w', [], 1), variable('kept', [], 0, { role: 'state' })];
  changes(() => state.ensure(w, []));
  changes(() => state.ensure(w, []), false);
  changes(() => state.set('w', 2));
  changes(() => state.get('w'), false);
  changes(() => compile({ inputs: [], outputs: w.mul(2) }, { state })({}), false);
  changes(() => compile({ inputs: [], outputs: w, updates: [w.becomes(w.add(1))] }, { state })({}));
  changes(() => state.ensure(kept, []));
  changes(() => state.reset());
  expect(() => state.set('w', [1, 2])).toThrow('cannot hold');
  changes(() => undefined, false);
});
