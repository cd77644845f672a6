/** Programs at the edges: nothing to compute, nothing to store, the same thing twice, and programs that look alike. */
import { compile, compileGraph, interpreter, State } from '@cotangent/engine';
import {
  type AnyTensor,
  closeGraph,
  constant,
  type DType,
  fill,
  type HostArray,
  input,
  scan,
  uniform,
  variable,
  whileLoop,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { wasm } from '@cotangent/wasm';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { type Fed, runsAlike } from './programs.ts';
import { engine } from './running.ts';

const f32 = (shape: readonly number[], ...values: number[]): HostArray => arrayOf('f32', shape, values);
const exactly = (fed: Fed): void => runsAlike(fed, 'exact');

const x = input('x', [3]);
const values = f32([3], 1, -2, 3);

describe('outputs', () => {
  test('that are inputs, constants, variables, views of them, or one thing twice', () => {
    const w = variable('w', [3], [0, 0, 0]);
    const y = x.mul(2);
    const outputs = {
      x,
      again: x,
      w,
      y,
      same: y,
      turned: ops.reverse(x),
      ahead: ops.slice(w, 0, 1),
      flat: y.reshape([1, 3]),
      five: fill(5, [2, 2]),
      array: constant([1.5, 2.5]),
      yes: fill(true, [3], 'bool') as AnyTensor,
    };
    exactly({
      graph: closeGraph({ inputs: [x], outputs, updates: [w.becomes(y)] }),
      inputs: { x: values },
      variables: { w: f32([3], 7, 8, 9) },
    });
  });

  test('of no kind at all: a program may have updates alone', () => {
    const w = variable('w', [3], [0, 0, 0]);
    exactly({
      graph: closeGraph({ inputs: [x], outputs: {}, updates: [w.becomes(x)] }),
      inputs: { x: values },
      variables: { w: values },
    });
    expect(compile({ inputs: [], outputs: {} }, { engine })({})).toEqual({});
  });

  test('are copies: what a caller does to them changes nothing inside', () => {
    const w = variable('w', [2], [1, 2]);
    const identity = compile({ inputs: [x], outputs: { w, x, seven: fill(7, [2]) } }, { engine });
    const feed = f32([3], 1, 2, 3);
    const result = identity({ x: feed });
    for (const array of Object.values(result)) array.data.fill(-1);
    const again = identity({ x: feed });
    expect(Object.values(again).map((array) => array.toNested())).toEqual([
      [1, 2],
      [1, 2, 3],
      [7, 7],
    ]);
  });
});

describe('updates', () => {
  const [a, b, c] = [variable('a', [3]), variable('b', [3]), variable('c', [3])];
  const variables = { a: f32([3], 1, 2, 3), b: f32([3], 4, 5, 6), c: f32([3], 7, 8, 9) };

  test('happen at once: three variables go round', () =>
    exactly({
      graph: closeGraph({
        inputs: [],
        outputs: { a, b, c },
        updates: [a.becomes(b), b.becomes(c), c.becomes(a)],
      }),
      inputs: {},
      variables,
    }));

  test('may give one value to two variables, and a variable to itself', () => {
    const total = a.add(b);
    exactly({
      graph: closeGraph({ outputs: { total }, updates: [a.becomes(total), b.becomes(total), c.becomes(c)] }),
      inputs: {},
      variables,
    });
  });

  test('see old values, also through views and sums of what is replaced', () =>
    exactly({
      graph: closeGraph({
        outputs: { sum: a.sum(), turned: ops.reverse(a) },
        updates: [
          a.becomes(ops.reverse(a) as typeof a),
          b.becomes(ops.add(ops.broadcastTo(ops.sum(a), [3]), ops.reverse(b)) as typeof b),
          c.becomes(ops.sub(c, a) as typeof c),
        ],
      }),
      inputs: {},
      variables,
    }));

  test('of what a loop carries and returns', () => {
    const [last, rows] = scan({ init: a, xs: variable('rows', [4, 3]) }, (carry, row) => [
      carry.add(row),
      carry.mul(row),
    ]);
    const [rowsVariable] = closeGraph({ outputs: { rows } }).variables.filter(({ path }) => path === 'rows');
    exactly({
      graph: closeGraph({
        outputs: { rows },
        updates: [a.becomes(last), rowsVariable!.becomes(rows as never)],
      }),
      inputs: {},
      variables: { a: variables.a, rows: f32([4, 3], ...Array.from({ length: 12 }, (_, i) => (i % 5) - 2)) },
    });
  });
});

describe('nothing', () => {
  const dtypes: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool'];

  test.each(dtypes)('in tensors of %s, moved and joined', (dtype) => {
    const none = input('none', [0, 3], dtype);
    const outputs = {
      none,
      turned: ops.transpose(none),
      joined: ops.concat([none, none], 0),
      padded: ops.pad(none, [
        [1, 1],
        [0, 0],
      ]),
      sorted: ops.sort(none, 0),
      largest: ops.max(none, 1),
      flat: ops.reshape(none, [0]),
    };
    exactly({
      graph: closeGraph({ inputs: [none], outputs }),
      inputs: { none: arrayOf(dtype, [0, 3], []) },
      variables: {},
    });
  });

  test('summed, multiplied and convolved', () => {
    const [none, some] = [input('none', [0, 3]), input('some', [3, 0])];
    const outputs = {
      zeros: ops.matmul(some, none),
      empty: ops.matmul(none, some),
      total: ops.sum(none),
      columns: ops.sum(none, 0),
      product: ops.prod(none, 0),
      highest: ops.max(none, 0),
      running: ops.cumsum(none, 0),
      scores: ops.softmax(none, 1),
      images: ops.conv(ops.reshape(none, [0, 3, 1, 1]), fill(1, [2, 1, 1, 4]), {}),
    };
    exactly({
      graph: closeGraph({ inputs: [none, some], outputs }),
      inputs: { none: f32([0, 3]), some: f32([3, 0]) },
      variables: {},
    });
  });

  test('done in loops of no step: carries stay, rows are empty', () => {
    const [last, rows] = scan({ init: x, xs: input('xs', [0, 3]) }, (carry, row) => [carry.add(row), carry]);
    const still = whileLoop(
      { init: x, maxSteps: 4 },
      (now) => now.sum().greater(1e9),
      (now) => now.mul(2),
    );
    const graph = closeGraph({ outputs: { last, rows, still } });
    exactly({ graph, inputs: { x: values, xs: f32([0, 3]) }, variables: {} });
  });

  test('used: an input that nobody reads is fed all the same', () => {
    const unused = input('unused', [5]);
    exactly({
      graph: closeGraph({ inputs: [unused, x], outputs: { y: x.add(x) } }),
      inputs: { x: values, unused: f32([5], 1, 2, 3, 4, 5) },
      variables: {},
    });
  });
});

describe('programs that look alike are told apart', () => {
  const run = (tensor: AnyTensor): readonly number[] => {
    const program = compileGraph(closeGraph({ inputs: [x], outputs: { y: tensor } }), { engine });
    const { y } = program({ x: values }) as unknown as { readonly y: HostArray };
    program.dispose();
    return Array.from(y.data);
  };

  test('by the sign of a zero', () => {
    const scaled = (zero: number) => run(ops.where(ops.greater(x, 10), x, zero));
    expect(scaled(0)).toEqual([0, 0, 0]);
    expect(scaled(-0)).toEqual([-0, -0, -0]);
    expect(scaled(0)).toEqual([0, 0, 0]);
  });

  test('by the entries of arrays, also where those were changed meanwhile', () => {
    const array = f32([3], 1, 2, 3);
    expect(run(ops.add(x, ops.constantOfArray(array)))).toEqual([2, 0, 6]);
    expect(run(ops.add(x, ops.constantOfArray(f32([3], 1, 2, 4))))).toEqual([2, 0, 7]);
    expect(run(ops.add(x, ops.constantOfArray(f32([3], 1, 2, 3))))).toEqual([2, 0, 6]);
  });

  test('by parameters', () => {
    const sorted = (descending: boolean) => run(ops.sort(x, 0, { descending }));
    expect([sorted(false), sorted(true), sorted(false)]).toEqual([
      [-2, 1, 3],
      [3, 1, -2],
      [-2, 1, 3],
    ]);
    const slices = [0, 1].map((start) => run(ops.slice(x, 0, start, start + 2)));
    expect(slices).toEqual([
      [1, -2],
      [-2, 3],
    ]);
  });

  test('by the sentences of their checks', () => {
    const failing = (message: string) => () => run(ops.check(x, ops.all(ops.greater(x, 0)), x, message));
    expect(failing('one {0}')).toThrow('one 1');
    expect(failing('two {1}')).toThrow('two -2');
    expect(failing('one {0}')).toThrow('one 1');
  });

  test('by which variable becomes which', () => {
    const [a, b] = [variable('a', [], 1), variable('b', [], 2)];
    const step = (swapped: boolean) => {
      const state = new State({ engine });
      const updates = swapped ? [a.becomes(b.mul(10))] : [b.becomes(a.mul(10))];
      compile({ inputs: [], outputs: { a, b }, updates }, { state })({});
      const after = [state.get('a').data[0], state.get('b').data[0]];
      state.dispose();
      return after;
    };
    expect([step(true), step(false)]).toEqual([
      [20, 2],
      [1, 10],
    ]);
  });

  test('by the labels of what they report', () => {
    const reported = (label: string) => {
      const seen: unknown[] = [];
      const program = compile(
        { inputs: [x], outputs: ops.sum(ops.debug(ops.mul(x, 2), label)) },
        { engine, report: (name, value) => void seen.push([name, value.toNested()]) },
      );
      program({ x: values });
      return seen;
    };
    expect(reported('one')).toEqual([['one', [2, -4, 6]]]);
    expect(reported('two')).toEqual([['two', [2, -4, 6]]]);
  });
});

describe('reports', () => {
  test('show views as they are, not what they are views of', () => {
    const matrix = input('matrix', [2, 3]);
    const views = {
      turned: ops.transpose(matrix),
      part: ops.slice(matrix, 1, 0, 2),
      backwards: ops.reverse(matrix),
      repeated: ops.broadcastTo(ops.sum(matrix, 0), [4, 3]),
      flat: ops.reshape(ops.transpose(matrix), [6]),
    };
    const seen = (on: ReturnType<typeof interpreter> | typeof engine) => {
      const list: unknown[] = [];
      const sums = Object.entries(views).map(([label, view]) => ops.sum(ops.debug(view, label)));
      const program = compile(
        { inputs: [matrix], outputs: sums },
        { engine: on, report: (label, value) => void list.push([label, value.toNested()]) },
      );
      program({ matrix: f32([2, 3], 1, 2, 3, 4, 5, 6) });
      return list.sort();
    };
    expect(seen(engine)).toEqual(seen(interpreter()));
  });

  test('come in the order of the interpreter, from inside of loops and branches as well', () => {
    const seen = (on: ReturnType<typeof interpreter> | typeof engine) => {
      const list: unknown[] = [];
      const [last] = scan({ init: fill(0, []), xs: x }, (total, entry) => [
        ops.debug(total.add(ops.debug(entry, 'entry')), 'total') as typeof total,
      ]);
      const program = compile(
        { inputs: [x], outputs: ops.debug(ops.mul(last, 2), 'end') },
        { engine: on, report: (label, value) => void list.push([label, value.toNested()]) },
      );
      program({ x: values });
      return list;
    };
    expect(seen(engine)).toEqual(seen(interpreter()));
  });
});

describe('memory', () => {
  test('is given back: a thousand programs need no more than one', () => {
    const own = wasm({ threads: 1 });
    const before = own.heap.memory.buffer.byteLength;
    for (let i = 0; i < 1000; i++) {
      const program = compile({ inputs: [x], outputs: fill(1, [10_000]).mul(x.sum()) }, { engine: own });
      program({ x: values });
      program.state.dispose();
      program.dispose();
    }
    expect(own.heap.memory.buffer.byteLength - before).toBeLessThan(2 ** 20);
  });

  test('of values that a disposed program has kept to use again is given back, too', () => {
    const own = wasm({ threads: 1 });
    const w = variable('w', [100_000], uniform(0, 1));
    const before = own.heap.used;
    const program = compile(
      { inputs: [], outputs: w.sum(), updates: [w.becomes(w.add(1))] },
      { engine: own },
    );
    for (let call = 0; call < 3; call++) program({});
    program.dispose();
    // What the state releases after its program goes to nobody.
    program.state.dispose();
    expect(own.heap.used).toBe(before);
  });

  test('grows while programs and their variables live', () => {
    const own = wasm({ threads: 1 });
    const programs = Array.from({ length: 20 }, (_, i) => {
      const w = variable('w', [100_000], uniform(i, i));
      return compile({ inputs: [], outputs: w.sum(), updates: [w.becomes(w.add(1))] }, { engine: own });
    });
    for (let call = 0; call < 3; call++)
      expect(programs.map((program) => program({}))).toEqual(programs.map((_, i) => 100_000 * (i + call)));
  });
});
