/** Claims about size: a loop is one node however often it runs, and so is its derivative. */
import {
  type AnyTensor,
  closeGraph,
  fill,
  type Graph,
  grad,
  hvp,
  input,
  jvp,
  scan,
  simplify,
  upcomingId,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { number, slope } from './values.ts';

const total = ({ nodes }: Graph): number => nodes.length;

/** Graphs of a recurrent sum of some length: value, gradient, second derivatives. */
function graphsOf(length: number, manner: object = {}): Readonly<Record<string, Graph>> {
  const [x, w] = [input('x', [length, 2], 'f64'), input('w', [2], 'f64')];
  const [last, rows] = scan({ init: fill(0, [2], 'f64'), xs: x, ...manner }, (carry, row) => {
    const next = carry.mul(w).add(row).tanh();
    return [next, next.sum()];
  });
  const loss = last.sum().add(rows.sum());
  const outputs: Readonly<Record<string, Readonly<Record<string, AnyTensor>>>> = {
    value: { loss },
    gradient: grad(loss, { x, w }),
    tangent: { tangent: jvp(loss, w, w) },
    second: { second: hvp(loss, w, w) },
  };
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensors]) => [
      name,
      closeGraph({ inputs: [x, w], outputs: tensors }),
    ]),
  );
}

describe('the graph of a scan', () => {
  test.each([
    ['as it is', {}],
    ['recomputing every 10 steps', { remat: 10 }],
    ['recomputing every √n steps', { remat: 'sqrt' }],
    ['in reverse', { reverse: true }],
  ])('has as many nodes for 50 steps as for 50,000, %s', (_, manner) => {
    const [short, long] = [graphsOf(50, manner), graphsOf(50_000, manner)];
    for (const name of Object.keys(short)) {
      expect(total(long[name]!), name).toBe(total(short[name]!));
      // A length that does not divide evenly may leave a node for the rest.
      const gap = total(simplify(long[name]!)) - total(simplify(short[name]!));
      expect(Math.abs(gap), `${name}, simplified`).toBeLessThanOrEqual(2);
      expect(total(long[name]!), name).toBeLessThan(100);
    }
  });
  test('is unrolled where that is asked for', () => {
    const nodes = [5, 10, 15].map((length) => total(graphsOf(length, { unroll: true }).value!));
    expect(nodes[2]! - nodes[1]!).toBe(nodes[1]! - nodes[0]!);
    expect(nodes[1]!).toBeGreaterThan(nodes[0]! + 5);
  });
  test('has one node for the loop', () => {
    const ops = graphsOf(50).value!.nodes.map(({ op }) => op as string);
    expect(ops).not.toContain('tanh');
    expect(ops.filter((op) => op === 'scan')).toEqual(['scan']);
  });
});

test('a bounded while loop has as many nodes for 50 steps as for 50,000, and its gradient, too', () => {
  const x = input('x', [], 'f64');
  const [short, long] = [50, 50_000].map((maxSteps) => {
    const last = whileLoop(
      { init: x, maxSteps },
      (v) => v.less(1),
      (v) => v.add(v.sin()),
    );
    return total(closeGraph({ outputs: { last, slope: grad(last, x) } }));
  });
  expect(long).toBe(short);
});

describe('derivatives of loops in loops', () => {
  const x = input('x', [], 'f64');
  const zero = fill(0, [], 'f64');
  type Scalar = typeof zero;
  type Carries = { readonly sum: Scalar; readonly part: Scalar };
  const loops = {
    scan: (init: Carries, step: (carries: Carries) => Carries): Carries =>
      scan({ init, length: 2 }, (carries) => [step(carries)])[0],
    while: (init: Carries, step: (carries: Carries) => Carries): Carries =>
      whileLoop(
        { init: { ...init, n: zero }, maxSteps: 2 },
        ({ n }) => n.less(2),
        ({ n, ...carries }) => ({ ...step(carries), n: n.add(1) }),
      ),
  };
  describe.each(['scan', 'while'] as const)('%s', (kind) => {
    /** Each loop learns only from the one in it that its first carry has a tangent. */
    const nested = (depth: number, value: Scalar): Scalar =>
      depth === 0
        ? value.mul(x).sin()
        : loops[kind]({ sum: zero, part: value }, ({ sum, part }) => ({
            sum: sum.add(nested(depth - 1, part)),
            part: part.mul(0.5),
          })).sum;
    const made = (depth: number, derive: (loss: Scalar) => unknown): number => {
      const loss = nested(depth, x);
      const before = upcomingId();
      derive(loss);
      return upcomingId() - before;
    };
    test.each([
      ['backwards', (loss: Scalar) => grad(loss, x)],
      ['forwards', (loss: Scalar) => jvp(loss, x, x)],
    ] as const)('%s take nodes in proportion to their depth', (_, derive) => {
      const [two, four, eight] = [2, 4, 8].map((depth) => made(depth, derive)) as [number, number, number];
      expect((eight - four) / (four - two)).toBeLessThan(2.5);
    });
    test('are right', () => {
      const value = nested(3, x);
      const wanted = slope((at) => number(value, { x: at }), 0.3);
      expect(number(grad(value, x), { x: 0.3 })).toBeCloseTo(wanted, 8);
      expect(number(jvp(value, x, fill(1, [], 'f64')), { x: 0.3 })).toBeCloseTo(wanted, 8);
    });
  });
});

test('a long scan runs, forwards and backwards', () => {
  const w = input('w', [], 'f64');
  const length = 20_000;
  const [last] = scan({ init: fill(0, [], 'f64'), length, remat: 'sqrt' }, (carry) => [
    carry.mul(0.5).add(w),
  ]);
  // 2w, but for what 0.5 to a large power leaves.
  expect(number(last, { w: 3 })).toBeCloseTo(6, 12);
  expect(number(grad(last, w), { w: 3 })).toBeCloseTo(2, 12);
});
