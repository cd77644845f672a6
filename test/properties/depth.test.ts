/** Nothing recurses on depth: a chain of 100,000 nodes goes through everything. */
import { grad, hvp, jvp } from '@cotangent/autodiff';
import { compile } from '@cotangent/engine';
import {
  type AnyTensor,
  closeGraph,
  graphFromJson,
  graphToJson,
  input,
  printLines,
  scan,
  variable,
  verify,
} from '@cotangent/graph';
import { add, sin, splat } from '@cotangent/graph/ops';
import { retype, simplify, specialize } from '@cotangent/rewrite';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../cases/arrays.ts';
import { chainOf } from './chain.ts';
import { compute, engine, evaluate } from './engine.ts';

const length = 100_000;
const feed = arrayOf('f32', [4], [0.1, 0.2, 0.3, 0.4]);

/** The chain by hand, in double precision: value and slope for one number. */
function byHand(start: number, steps: number): readonly [number, number] {
  let [y, slope] = [start, 1];
  for (let i = 0; i < steps; i++) {
    if (i % 3 === 0) [y, slope] = [y * 1.0001, slope * 1.0001];
    else if (i % 3 === 1) y += 0.1;
    else [y, slope] = [Math.sin(y), slope * Math.cos(y)];
  }
  return [y, slope];
}

describe('a chain of 100,000 nodes', () => {
  const { x, loss } = chainOf(length);
  const gradient = grad(loss, x as AnyTensor);

  test('is differentiated, verified, simplified, specialized, retyped', () => {
    const graph = closeGraph({ outputs: { loss, gradient } });
    expect(graph.nodes.length).toBeGreaterThan(2 * length);
    verify(graph);
    verify(simplify(graph));
    verify(specialize(graph, {}));
    verify(retype(graph, 'f64'));
  });

  test('is compiled and run', () => {
    const run = compile({ inputs: [x], outputs: { loss, gradient } });
    const results = run({ x: feed } as never) as { loss: number; gradient: { data: Float32Array } };
    const values = Array.from(feed.data, (start) => byHand(start, length));
    expect(results.loss).toBeCloseTo(
      values.reduce((total, [value]) => total + value, 0),
      2,
    );
    values.forEach(([, slope], i) => {
      expect(results.gradient.data[i]).toBeCloseTo(slope, 4);
    });
  });

  test('is printed line by line, and goes through JSON', () => {
    const graph = closeGraph({ outputs: { loss, gradient } });
    let lines = 0;
    for (const line of printLines(graph)) lines += line === '' ? 0 : 1;
    expect(lines).toBeGreaterThan(2 * length);
    const copy = graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph))));
    expect(copy.nodes.length).toBe(graph.nodes.length);
  });

  test('has directional and second derivatives', () => {
    // Compiling what is not simplified takes two kilobytes a node.
    const { x, loss } = chainOf(engine.name === 'interpreter' ? length : length / 10);
    const ones = splat(1, [4], 'f32');
    const outputs = {
      push: jvp(loss, x as AnyTensor, ones),
      curve: hvp(loss, x as AnyTensor, ones),
      twice: grad(add(loss, loss), x as AnyTensor),
    };

    const { outputs: values } = evaluate(closeGraph({ outputs }), { inputs: { x: feed }, variables: {} });
    for (const { data } of Object.values(values)) expect(data.every(Number.isFinite)).toBe(true);
  });
});

test('the slope of a short chain is the slope by hand', () => {
  const { x, loss } = chainOf(30);
  const { outputs } = evaluate(closeGraph({ outputs: { gradient: grad(loss, x as AnyTensor) } }), {
    inputs: { x: feed },
    variables: {},
  });
  feed.data.forEach((start, i) => {
    expect(outputs.gradient!.data[i]).toBeCloseTo(byHand(start, 30)[1], 5);
  });
});

test('a node with 50,000 users, and one with 5,000 operands', () => {
  const { x } = chainOf(1);
  const users = Array.from({ length: 50_000 }, () => add(x, 1));
  let total = users[0]!;
  for (const user of users.slice(1)) total = add(total, user);
  const run = compile({ inputs: [x], outputs: total });
  const result = run({ x: feed } as never) as unknown as { data: Float32Array };
  expect(result.data[0]! / 50_000).toBeCloseTo(1.1, 2);
});

test('derivatives by as many tensors as there are, and updates of them', () => {
  const many = Array.from({ length: 130_000 }, (_, i) => variable(`w${i}`, [], 1));
  const [first, last] = [many[0]!, many.at(-1)!];
  const loss = first.mul(last).mul(3);
  const gradients = grad(loss, many);
  expect(compute({ first: gradients[0]!, last: gradients.at(-1)! })).toEqual({ first: 3, last: 3 });
  expect(compute(jvp(loss, many, many))).toBe(6);
  const updates = many.map((one) => one.becomes(one.add(1)));
  const program = compile({ inputs: [], outputs: loss, updates });
  expect([program({}), program({})]).toEqual([3, 12]);
});

/** Seconds that something takes, the fastest of a few. */
function seconds(body: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    body();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

test('derivatives of bodies take time in proportion to their size', () => {
  const x = input('x', [2]);
  const timeOf = (size: number): number => {
    const long = (c: AnyTensor): AnyTensor => {
      let value = c;
      for (let i = 0; i < size; i++) value = sin(value);
      return value;
    };
    return seconds(() => {
      const [c] = scan({ init: x, length: 2 }, (c) => [long(c) as typeof c]);
      simplify(closeGraph({ outputs: { slope: grad(c.sum(), x) } }));
    });
  };
  timeOf(500);
  // 8 times the nodes; in quadratic time it would be 64 times as long.
  expect(timeOf(16_000) / timeOf(2_000)).toBeLessThan(24);
}, 60_000);
