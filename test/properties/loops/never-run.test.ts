/** What a program never comes to never fails, and what it comes to fails, reports and ends as it is written. */
import {
  type CotangentError,
  families,
  type HostArray,
  isFloat,
  isPartial,
  zerosHost,
} from '@cotangent/graph';
import {
  closeGraph,
  compile,
  cond,
  constant,
  debug,
  fill,
  grad,
  input,
  scan,
  simplify,
  vmap,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { casesOf, type DrawnSample, primitiveNames, samplesOf } from '../../cases/index.ts';
import { compute } from '../engine.ts';
import { applied, runner } from '../running.ts';
import { holds } from '../runs.ts';
import { number, numbers, refusal } from './values.ts';

const [x, w, n] = [input('x', [3]), input('w', []), input('n', [], 'i32')];
type Scalar = ReturnType<typeof fill<[]>>;
const feeds = { x: [1, 2, 4], w: 7 };

/** Values that exist for some n alone, though every step sees the same. */
const partial = {
  'an entry beyond the end': () => x.take(n.sub(1).reshape([1]), 0).sum() as Scalar,
  'a quotient of integers': () => fill(12, [], 'i32').div(n).cast('f32'),
  'a remainder of integers': () => fill(12, [], 'i32').rem(n).cast('f32').mul(w),
  'a constant quotient': () =>
    fill(3, [], 'i32')
      .div(fill(0, [], 'i32'))
      .cast('f32'),
  'an entry beyond the end of a constant': () =>
    constant([1, 2])
      .take(constant([5], 'i32'), 0)
      .sum(),
};

describe.each(Object.entries(partial))('%s', (name, value) => {
  const code = name.includes('entry') ? 'INDEX_OUT_OF_RANGE' : 'BAD_DATA';

  test('does not fail in a loop that takes no step, and fails in one that does', () => {
    const steps = input('steps', [], 'i32');
    const { c } = whileLoop(
      { init: { left: steps, c: w }, maxSteps: 5 },
      ({ left }) => left.greater(0),
      ({ left, c }) => ({ left: left.sub(1), c: c.mul(value()) }),
    );
    for (const result of [c, grad(c, w)]) {
      const run = (left: number) => number(result, { ...feeds, n: 0, steps: left });
      expect(run(0)).toBe(result === c ? 7 : 1);
      expect(refusal(() => run(1)).code).toBe(code);
    }
  });

  test('does not fail in a scan over no entries of a named axis', () => {
    const rows = input('rows', ['rows']);
    const [c, ys] = scan({ init: w, xs: rows }, (c, row) => [c.mul(value()).add(row), c.mul(value())]);
    const loss = c.add(ys.sum());
    for (const result of [c, loss, grad(loss, w)]) {
      expect(number(result, { ...feeds, n: 0, rows: [] })).toBe(result === c || result === loss ? 7 : 1);
      expect(refusal(() => number(result, { ...feeds, n: 0, rows: [1, 2] })).code).toBe(code);
    }
  });

  test('does not fail in a graph whose names have no sizes yet', () => {
    const rows = input('rows', ['rows']);
    const [c] = scan({ init: w, xs: rows }, (c, row) => [c.mul(value()).add(row)]);
    const graph = simplify(closeGraph({ outputs: { c, slope: grad(c, w) } }));
    const outputs = Object.fromEntries(graph.outputs.map(({ name, tensor }) => [name, tensor]));
    const used = Object.fromEntries(
      graph.inputs.map(({ name }) => [name, { ...feeds, n: 0, rows: [] }[name]!]),
    );
    expect(compute(outputs, used)).toEqual({ c: 7, slope: 1 });
  });

  test('does not fail in a branch that is not taken', () => {
    const result = cond(
      w.greater(0),
      () => w,
      () => w.mul(value()),
    );
    for (const y of [result, grad(result, w)]) {
      expect(number(y, { ...feeds, n: 0 })).toBe(y === result ? 7 : 1);
      expect(refusal(() => number(y, { ...feeds, n: 0, w: -1 })).code).toBe(code);
    }
  });

  test('does not fail in a branch that no example takes', () => {
    const ws = input('ws', ['batch']);
    const each = vmap({ xs: ws }, (one) =>
      cond(
        one.greater(0),
        () => one,
        () => one.mul(value()),
      ),
    );
    const run = (ws: number[]) => numbers(each, { ...feeds, n: 0, ws });
    expect(run([1, 2])).toEqual([1, 2]);
    expect(refusal(() => run([1, -2])).code).toBe(code);
  });
});

test('an example divides by what is 0 for another that takes another branch', () => {
  const ks = input('ks', ['batch'], 'i32');
  const each = vmap({ xs: ks }, (k) =>
    cond(
      k.equal(0),
      () => k,
      () => fill(12, [], 'i32').div(k),
    ),
  );
  expect(compute(each, { ks: [0, 3, 4] }).toNested()).toEqual([0, 4, 3]);
});

describe('what does not change from step to step', () => {
  test('is computed before a loop that takes a step for sure, if it can fail or not', () => {
    const [c] = scan({ init: w, length: 4 }, (c) => [
      c.add(partial['an entry beyond the end']()).mul(w.sin()),
    ]);
    const { nodes } = simplify(closeGraph({ outputs: { c } }));
    expect(nodes.map(({ op }) => op)).toContain('gather');
    expect(nodes.map(({ op }) => op)).toContain('sin');
  });

  test('reports in every step', () => {
    const seen: string[] = [];
    const [c] = scan({ init: fill(0, []), length: 3 }, (c) => [c.add(debug(w.mul(2), 'fixed').sin())]);
    const run = (outputs: Scalar): number => {
      seen.length = 0;
      compile({ inputs: [w], outputs }, { report: (label) => seen.push(label) })({ w: 1 });
      return seen.length;
    };
    expect(run(c)).toBe(3);
    expect(run(grad(c, w))).toBe(3);
  });
});

test('a loop whose body changes nothing does not end', () => {
  const end = whileLoop(
    { init: w, maxSteps: 5 },
    (c) => c.greater(0),
    (c) => c,
  );
  expect(number(end, { w: -1 })).toBe(-1);
  expect(refusal(() => number(end, { w: 1 })).code).toBe('MAX_STEPS');
});

describe('a primitive that fails on some values says so', () => {
  const named = primitiveNames.filter((op) => !Object.hasOwn(families.control, op));
  /** Whole numbers and conditions at which something may fail. */
  const awkward = (operand: HostArray, to: number): HostArray =>
    isFloat(operand.dtype) ? operand : filled(operand, to);
  const filled = ({ dtype, shape }: HostArray, to: number): HostArray => {
    const array = zerosHost(dtype, shape);
    array.data.fill(dtype === 'bool' ? Math.abs(to) : to);
    return array;
  };
  test.each(named)('%s', (op) => {
    let fails = false;
    let claims = false;
    const tries = (sample: DrawnSample): void => {
      const { inputs, results } = applied(op, sample);
      const node = results[0]!.node;
      claims ||= isPartial(node);
      for (const to of [0, -1]) {
        try {
          runner(inputs, results)(sample.operands.map((operand) => awkward(operand, to)));
        } catch (error) {
          expect((error as CotangentError).code).toMatch(/INDEX_OUT_OF_RANGE|BAD_DATA|CHECK_FAILED/);
          expect(isPartial(node)).toBe(true);
          fails = true;
        }
      }
    };
    for (const dtype of casesOf(op).dtypes) holds(samplesOf(op, dtype), tries, 20);
    // A body that a primitive holds without running it makes a claim that nothing bears out.
    if (!Object.hasOwn(families.custom, op)) expect(claims).toBe(fails);
  });
});
