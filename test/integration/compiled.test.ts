/** The compiled engine where users meet it: reports, values given back, disposal, memory, workers, shared variables. */
import { compile, State } from '@cotangent/engine';
import {
  type CotangentError,
  customJvp,
  debug,
  HostArray,
  input,
  normal,
  variable,
  whileLoop,
} from '@cotangent/graph';
import { gatherAt } from '@cotangent/graph/ops';
import { explain, WasmEngine, wasm } from '@cotangent/wasm';
import { describe, expect, test } from 'vitest';
import { says } from './says.ts';

const single = () => wasm({ threads: 1 });
const row = (...values: number[]) => new HostArray('f32', [values.length], Float32Array.from(values));

describe('options', () => {
  test('threads are a whole number that a machine may have', async () => {
    for (const threads of [0, 1.5, 65, -1])
      await says(() => wasm({ threads }), 'BAD_ARGUMENT', `from 1 to 64, not ${threads}`);
  });
});

describe('values', () => {
  test('of a custom rule with several values are each its own', () => {
    const x = input('x', [3]);
    const [a, b] = customJvp([x.mul(2), x.mul(5)], [x], ([dx]) => [dx!.mul(2), dx!.mul(5)]);
    const program = compile({ inputs: [x], outputs: a!.add(b!.mul(100)) }, { engine: single() });
    expect(program({ x: [1, 2, 3] }).toNested()).toEqual([502, 1004, 1506]);
  });

  test('that padding cuts off are there for whoever else needs them', () => {
    const x = input('x', [6]);
    const y = x.mul(3);
    for (const padding of [
      [-2, -2],
      [-8, 3],
      [1, -3],
    ] as const) {
      const q = y.pad([padding]).sum();
      const program = compile({ inputs: [x], outputs: y.mul(q.add(1)) }, { engine: single() });
      const plain = compile({ inputs: [x], outputs: y.mul(q.add(1)) });
      expect(program({ x: [1, 2, 3, 4, 5, 6] }).toNested()).toEqual(
        plain({ x: [1, 2, 3, 4, 5, 6] }).toNested(),
      );
    }
  });
});

describe('reports', () => {
  test('see values on the way, and cannot run programs on the engine that reports', async () => {
    const engine = single();
    const x = input('x', [2]);
    const seen: string[] = [];
    const other = compile({ inputs: [x], outputs: x.sum() }, { engine });
    const program = compile(
      { inputs: [x], outputs: debug(x.mul(2), 'double').add(x) },
      {
        engine,
        report: (label, value) => {
          seen.push(`${label} ${value.toNested()}`);
          if (value.data[0] === 200) other({ x: [1, 1] });
        },
      },
    );
    expect(program({ x: [1, 2] }).toNested()).toEqual([3, 6]);
    expect(seen).toEqual(['double 2,4']);
    await says(() => program({ x: [100, 2] }), 'BAD_ARGUMENT', 'give that program an engine of its own');
    expect(program({ x: [1, 2] }).toNested()).toEqual([3, 6]);
  });
});

describe('memory', () => {
  test('a value is given back once, however often it is said', async () => {
    const engine = single();
    const stored = engine.store(row(1, 2));
    engine.release(stored);
    engine.release(stored);
    const [a, b] = [engine.store(row(3, 4)), engine.store(row(5, 6))];
    expect([engine.read(a).toNested(), engine.read(b).toNested()]).toEqual([
      [3, 4],
      [5, 6],
    ]);
    await says(() => engine.read(stored), 'BAD_ARGUMENT', 'was given back');
  });

  test('ten thousand steps leave it as after a hundred', () => {
    const engine = single();
    const w = variable('w', [30, 30], normal(0, 0.1));
    const x = input('x', [30]);
    const next = w.mul(0.999).add(x.reshape([30, 1]).mul(0.001));
    const program = compile({ inputs: [x], outputs: next.sum(), updates: [w.becomes(next)] }, { engine });
    const feed = { x: new HostArray('f32', [30], new Float32Array(30).fill(1)) };
    const taken: number[] = [];
    for (let step = 1; step <= 10_000; step++) {
      program(feed);
      if (step === 100 || step === 10_000) taken.push(engine.heap.used, engine.heap.memory.buffer.byteLength);
    }
    expect(taken.slice(2)).toEqual(taken.slice(0, 2));
  });

  test('that is not to be had is told with what it is for', async () => {
    const x = input('x', [1 << 16, 1 << 14]);
    const program = () =>
      compile({ inputs: [x], outputs: x.exp().cumsum(0).sum() }, { engine: single() }).prepare();
    await says(
      program,
      'OUT_OF_MEMORY',
      'exp f32[65536, 16384] (4096.0 MiB, at ',
      'compiled.test.ts:',
      'use smaller batches',
    );
  });

  test('of a program is given back with it', async () => {
    const engine = single();
    const x = input('x', [1000]);
    const before = engine.heap.used;
    const program = compile({ inputs: [x], outputs: x.sort() }, { engine });
    program.prepare();
    expect(engine.heap.used).toBeGreaterThan(before);
    program.dispose();
    expect(engine.heap.used).toBe(before);
  });
});

describe('failures', () => {
  test('stop a loop, and are the first that happened', async () => {
    const x = input('x', [4]);
    const places = input('places', [1, 1], 'i32');
    const [sum] = whileLoop(
      { init: [x], maxSteps: 5 },
      ([a]) => a!.min().less(100),
      ([a]) => [a!.add(gatherAt(x, places).sum())],
    );
    const program = compile({ inputs: [x, places], outputs: sum! }, { engine: single() });
    await says(
      () => program({ x: [0, 0, 0, 0], places: [[9]] }),
      'INDEX_OUT_OF_RANGE',
      'index 9 at [0] of the indices is out of range',
    );
  });

  test('name the line of their own program, however alike another one is', async () => {
    const [i, j] = [input('i', [2], 'i32'), input('j', [2], 'i32')];
    const engine = single();
    const one = compile({ inputs: [i, j], outputs: i.div(j) }, { engine });
    const other = compile({ inputs: [i, j], outputs: i.div(j) }, { engine });
    const lines = [one, other].map((program) => {
      try {
        program({ i: [1, 2], j: [1, 0] });
        return undefined;
      } catch (error) {
        return (error as CotangentError).line;
      }
    });
    expect(lines[0]).toMatch(/compiled\.test\.ts/);
    expect(lines[1]).toMatch(/compiled\.test\.ts/);
    expect(lines[0]).not.toBe(lines[1]);
  });

  test('leave no memory taken', async () => {
    const engine = single();
    const x = input('x', [4]);
    const places = input('places', [1, 1], 'i32');
    const w = variable('w', [1000], normal(0, 1));
    const program = compile(
      { inputs: [x, places], outputs: gatherAt(x, places), updates: [w.becomes(w.mul(2))] },
      { engine },
    );
    program({ x: [1, 2, 3, 4], places: [[0]] });
    // Two values of the variable go around: one that is held, and one that waits.
    program({ x: [1, 2, 3, 4], places: [[0]] });
    const before = engine.heap.used;
    for (let turn = 0; turn < 20; turn++)
      await says(() => program({ x: [1, 2, 3, 4], places: [[7]] }), 'INDEX_OUT_OF_RANGE');
    expect(engine.heap.used).toBe(before);
  });
});

describe('programs that share variables', () => {
  test('see what the other has written', () => {
    const state = new State({ engine: single(), seed: 1 });
    const w = variable('w', [2], normal(0, 1));
    const x = input('x', [2]);
    const add = compile({ inputs: [x], outputs: w, updates: [w.becomes(w.add(x))] }, { state });
    const double = compile({ inputs: [], outputs: w, updates: [w.becomes(w.mul(2))] }, { state });
    state.set('w', [1, 2]);
    add({ x: [1, 1] });
    double({});
    add({ x: [0, 1] });
    expect(double({}).toNested()).toEqual([4, 7]);
    add.dispose();
    expect(double({}).toNested()).toEqual([8, 14]);
  });

  test('two that write one variable in turn keep old values apart', () => {
    const state = new State({ engine: single() });
    const w = variable('w', [3], normal(0, 1));
    const one = compile({ inputs: [], outputs: w, updates: [w.becomes(w.add(1))] }, { state });
    const ten = compile({ inputs: [], outputs: w, updates: [w.becomes(w.add(10))] }, { state });
    state.set('w', [0, 0, 0]);
    for (let turn = 0; turn < 20; turn++) [one, ten][turn % 2]!({});
    expect((state.get('w') as HostArray).toNested()).toEqual([110, 110, 110]);
  });
});

describe('what was disposed of', () => {
  test('says so: an engine', async () => {
    const engine = single();
    const x = input('x', [2]);
    const program = compile({ inputs: [x], outputs: x.sum() }, { engine });
    program({ x: [1, 2] });
    engine.dispose();
    await says(() => program({ x: [1, 2] }), 'BAD_ARGUMENT', 'was disposed of');
    await says(() => engine.store(row(1)), 'BAD_ARGUMENT', 'was disposed of');
    await says(() => engine.awaken(), 'BAD_ARGUMENT', 'was disposed of');
  });

  test('says so: a program and a state', async () => {
    const w = variable('w', [2], normal(0, 1));
    const program = compile({ inputs: [], outputs: w.sum() }, { engine: single() });
    const other = compile({ inputs: [], outputs: w.mul(2) }, { state: program.state });
    program({});
    program.dispose();
    await says(() => program({}), 'BAD_ARGUMENT', 'the program was disposed of');
    other({});
    program.state.dispose();
    await says(() => other({}), 'BAD_ARGUMENT', 'the state was disposed of');
  });

  test('is not needed for what never was: a variable too large is refused before its values are drawn', () =>
    says(
      () =>
        compile({ inputs: [], outputs: variable('w', [60_000, 60_000], normal(0, 1)) }, { engine: single() }),
      'OUT_OF_MEMORY',
      "the variable 'w' is f32[60000, 60000], 13732.9 MiB",
      'cannot have more than 4096.0 MiB',
    ));
});

describe('a worker that breaks down in the middle of a step', () => {
  test('leaves variables as they were, and the next step has new workers', async () => {
    const engine = new WasmEngine({ threads: 2 });
    await engine.awaken();
    const w = variable('w', [400, 400], normal(0, 1));
    const program = compile(
      { inputs: [], outputs: w.sum(), updates: [w.becomes(w.matmul(w).mul(0.01))] },
      { engine },
    );
    program.prepare();
    const before = program.state.get('w').toNested();
    // The worker is to compile what it finds at the place of the module: nonsense.
    const { bytes } = engine.heap;
    const magic = [0, 97, 115, 109, 1, 0, 0, 0];
    for (let at = 0; at < bytes.length - 8; at += 64)
      if (magic.every((byte, i) => bytes[at + i] === byte)) bytes[at + 1] = 0;
    await says(() => program({}), 'ENGINE_FAILED', 'no variable has changed');
    expect(program.state.get('w').toNested()).toEqual(before);
    engine.dispose();
  });
});

describe('explain', () => {
  const x = input('x', ['batch', 3]);
  const program = compile({ inputs: [x], outputs: x.exp().sum(1) }, { engine: single() });

  test('names kernels, and times them on feeds of the right types alone', async () => {
    const explained = explain(program, { bindings: { batch: 2 }, profile: true });
    expect(explained.kernels.map(({ name }) => name)).toEqual(['exp+reduceSum']);
    expect(explained.kernels[0]!.milliseconds).toBeGreaterThanOrEqual(0);
    const wrong = new HostArray('f32', [5, 3], new Float32Array(15));
    await says(
      () => explain(program, { bindings: { batch: 2 }, profile: true, feeds: { x: wrong } }),
      'SHAPE_MISMATCH',
      "the feed 'x' is a host array f32[2, 3], not f32[5, 3]",
    );
    await says(
      () => explain(program, { bindings: { batch: 2 }, profile: true, feeds: { X: wrong } }),
      'EXTRA_INPUT',
      "there is no input 'X'",
    );
  });

  test('refuses what it does not know', async () => {
    await says(() => explain(program, { batch: 2 } as never), 'BAD_ARGUMENT', 'batch');
    await says(() => explain(program, { bindings: { batch: -1 } }), 'BAD_ARGUMENT', "the size of 'batch'");
    await says(() => wasm({ thread: 1 } as never), 'BAD_ARGUMENT', 'thread');
    await says(
      () => compile({ inputs: [x], outputs: x }, { engine: wasm as never }),
      'BAD_ARGUMENT',
      'an engine is made by a call',
    );
  });
});
