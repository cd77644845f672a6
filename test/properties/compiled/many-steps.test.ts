/** Bodies of so many kernels that the driver cuts them into functions: in loops, in branches, and in those of others. */
import { type AnyTensor, closeGraph, cond, input, scan, type Tensor, whileLoop } from '@cotangent/graph';
import { type WasmEngine, wasm } from '@cotangent/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { callsOn, expectAlike, runsAlike } from './programs.ts';

type Numbers = Tensor<[number], 'i32'>;

/** A row of steps, none of which can be part of another: every sum is needed whole by the next. Whole numbers: no rounding. */
function row(start: AnyTensor, steps: number): Numbers {
  let value = start as Numbers;
  for (let i = 0; i < steps; i++) value = value.add(value.sum().rem(97)) as Numbers;
  return value;
}

const many = 400;
const bodies: Readonly<Record<string, (x: Numbers) => AnyTensor>> = {
  scan: (x) => scan({ init: x, length: 3 }, (c) => [row(c, many)])[0],
  'scan in a scan': (x) =>
    scan({ init: x, length: 2 }, (c) => [scan({ init: c, length: 2 }, (d) => [row(d, many)])[0]])[0],
  while: (x) =>
    whileLoop(
      { init: x },
      (c) => row(c, many).sum().less(4_000_000),
      (c) => row(c, many),
    ),
  'while in a scan': (x) =>
    scan({ init: x, length: 2 }, (c) => [
      whileLoop(
        { init: c, maxSteps: 2 },
        (d) => d.sum().less(1e9),
        (d) => row(d, many),
      ) as Numbers,
    ])[0],
  branches: (x) =>
    scan({ init: x, length: 4 }, (c) => [
      cond(
        c.sum().rem(2).equal(0),
        () => row(c, many),
        () => row(c.mul(3).rem(1009), many),
      ),
    ])[0],
};

const program = (name: string, size: number) => {
  const x = input('x', [size], 'i32') as unknown as Numbers;
  return {
    graph: closeGraph({ inputs: [x as never], outputs: { y: bodies[name]!(x) } }),
    inputs: {
      x: arrayOf(
        'i32',
        [size],
        Array.from({ length: size }, (_, i) => (7 * i) % 31),
      ),
    },
    variables: {},
  };
};

describe.each(Object.keys(bodies))('%s', (name) => {
  test('gives what the interpreter gives', () => runsAlike(program(name, 5), 'exact', 1));
});

/** Beside work that is shared, a loop whose many steps one thread does alone. */
function small() {
  const [x, wide] = [input('x', [5], 'i32') as unknown as Numbers, input('wide', [300_000], 'i32')];
  const [last] = scan({ init: x, length: 3 }, (c) => [row(c, many)]);
  return {
    graph: closeGraph({ inputs: [x as never, wide], outputs: { total: wide.mul(3).sum(), last } }),
    inputs: {
      x: arrayOf('i32', [5], [1, 2, 3, 4, 5]),
      wide: arrayOf(
        'i32',
        [300_000],
        Array.from({ length: 300_000 }, (_, i) => i % 7),
      ),
    },
    variables: {},
  };
}

describe('by several threads', () => {
  let engine: WasmEngine;
  beforeAll(async () => {
    engine = wasm({ threads: 3 });
    await engine.awaken();
  });
  afterAll(() => engine.dispose());

  test.each([...Object.keys(bodies), 'a small loop'])('%s', (name) => {
    const fed = name in bodies ? program(name, 60_000) : small();
    const single = wasm({ threads: 1 });
    const before = engine.threads.steps;
    const [wanted] = callsOn(single, fed, 1);
    const [actual] = callsOn(engine, fed, 1);
    expectAlike(actual!, wanted!, 'exact', name);
    expect(engine.threads.steps).toBeGreaterThan(before);
  });
});
