/** Updates in bodies within bodies, and of what was built outside: each is made as often as its place is passed. */
import type { AnyTensor, Tree, Variable } from '@cotangent/graph';
import {
  batchNorm,
  call,
  compile,
  cond,
  debug,
  fill,
  grad,
  input,
  jvp,
  parametersOf,
  remat,
  scan,
  training,
  variable,
  whileLoop,
  withUpdate,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import '../engine.ts';

const x = input('x', [3]);
const one = fill(1, []);

/** What some variables are after one call. */
function after(outputs: Tree, ...paths: string[]): number[] {
  const program = compile({ inputs: [x], outputs });
  (program as (feeds: object) => unknown)({ x: [1, 2, 3] });
  return paths.map((path) => (program.state.get(path) as { item(): number }).item());
}

const counter = (name = 'count'): Variable<[]> => variable(name, []);
const counted = <T extends AnyTensor>(y: T, count: Variable<[]>): T =>
  withUpdate(y, count as never, (old) => old.add(1)) as T;
const repeat = (length: number, body: (carry: typeof one) => typeof one, init = one): typeof one =>
  scan({ init, length }, (carry) => [body(carry as typeof one)])[0] as typeof one;

describe('an update inside of nested bodies is made whenever its place is passed', () => {
  const around = {
    'a call': (f: typeof twice) => call(f, one),
    'a rematerialized call': (f: typeof twice) => remat(f)(one),
    'a scan': (f: typeof twice) => repeat(2, f),
    'a scan in chunks': (f: typeof twice) => scan({ init: one, length: 5, remat: 2 }, (c) => [f(c)])[0],
    'a scan of single steps': (f: typeof twice) =>
      scan({ init: one, length: 2, unroll: true }, (c) => [f(c)])[0],
    'a while': (f: typeof twice) =>
      whileLoop(
        { init: { n: fill(0, []), c: one } },
        ({ n }) => n.less(3),
        ({ n, c }) => ({ n: n.add(1), c: f(c) }),
      ).c,
  };
  const times = [1, 1, 2, 5, 2, 3];
  const twice = (c: typeof one): typeof one => c.mul(2);
  const names = Object.keys(around) as (keyof typeof around)[];
  const cases = names.flatMap((outer, i) =>
    names.map((inner, j) => [inner, outer, times[i]! * times[j]!] as const),
  );
  test.each(cases)('%s in %s: %d times', (inner, outer, wanted) => {
    const count = counter();
    const result = around[outer]((c) => around[inner]((q) => counted(q.mul(2), count)).add(c) as typeof one);
    expect(after(result, 'count')).toEqual([wanted]);
  });
});

describe('several updates of one variable', () => {
  test('are made one after the other, inside of bodies and outside', () => {
    const value = counter('value');
    const times = (y: typeof one, factor: number, plus: number) =>
      withUpdate(y, value, (old) => old.mul(factor).add(plus));
    const body = (c: typeof one) =>
      times(
        call((q) => times(q.add(1), 2, 1), times(c, 3, 0)),
        1,
        5,
      );
    const first = repeat(2, body, times(one, 0, 1));
    const last = times(
      repeat(1, (c) => remat((q: typeof one) => times(q, 10, 0))(c), first),
      1,
      7,
    );
    let wanted = 1;
    for (let step = 0; step < 2; step++) wanted = wanted * 3 * 2 + 1 + 5;
    expect(after(last, 'value')).toEqual([wanted * 10 + 7]);
  });

  test('see what the body reads of the variable as it was before the program', () => {
    const value = counter('value');
    const read = (c: typeof one) => call((q) => counted(q.add(value), value), c);
    const [total] = scan({ init: fill(0, []), length: 3 }, (c) => [read(read(c))]);
    const program = compile({ inputs: [], outputs: total });
    expect(program({})).toBe(0);
    expect(program({})).toBe(36);
    expect(program.state.get('value').item()).toBe(12);
  });

  test('compute their bodies once', () => {
    const seen: string[] = [];
    const count = counter();
    const block = (q: typeof one) => counted(debug(q.add(1), 'block'), count);
    const inner = (c: typeof one) => repeat(2, (q) => call(block, call(block, q)), c);
    const program = compile(
      { inputs: [], outputs: inner(inner(one)) },
      { report: (label) => seen.push(label) },
    );
    expect(program({})).toBe(9);
    expect(seen.length).toBe(8);
    expect(program.state.get('count').item()).toBe(8);
  });

  test('belong to the gradients of what they mark', () => {
    const [count, w] = [counter(), variable('w', [], 2)];
    const loss = repeat(3, (c) => remat((q: typeof one) => counted(q.mul(w), count))(c));
    const program = compile({ inputs: [], outputs: grad(loss, w) });
    expect(program({})).toBe(12);
    expect(program.state.get('count').item()).toBe(3);
  });
});

test('batch norm in a rematerialized block in a scan takes its statistics in every step, and trains', () => {
  const rows = input('rows', [4, 2]);
  type Rows = ReturnType<typeof fill<[4, 2]>>;
  const run = (inside: boolean) => {
    const layer = batchNorm({ momentum: 0.5, name: 'norm' });
    const block = (h: Rows): Rows => training(layer)(h).add(h) as Rows;
    const steps = (h: Rows): Rows =>
      inside ? (scan({ init: h, length: 3 }, (c) => [remat(block)(c)])[0] as Rows) : block(block(block(h)));
    const loss = steps(rows).square().sum();
    const program = compile({
      inputs: [rows],
      outputs: { loss, gradients: grad(loss, parametersOf(layer)) },
    });
    const outputs = program({
      rows: [
        [1, 2],
        [3, -1],
        [0, 5],
        [2, 2],
      ],
    });
    const statistics = ['norm/runningMean', 'norm/runningVariance'].map((path) =>
      program.state.get(path).toNested(),
    );
    return JSON.parse(JSON.stringify([outputs, statistics]), (_, value) =>
      typeof value === 'number' ? Number(value.toPrecision(5)) : value,
    ) as unknown;
  };
  expect(run(true)).toEqual(run(false));
});

describe('what was marked outside of a body stays outside, if the body takes its gradient', () => {
  const marked = (count: Variable<[]>) => counted(x.sum(), count);
  const bodies = {
    'that does not need the value': (c: typeof one, y: typeof one) => grad(c.mul(c).add(y), c),
    'that needs the value': (c: typeof one, y: typeof one) => grad(c.mul(c).mul(y), c),
    forwards: (c: typeof one, y: typeof one) => jvp(c.mul(c).mul(y), c, one),
  } as const;
  test.each(Object.entries(bodies))('%s', (_, body) => {
    const places = {
      scan: (y: typeof one) => repeat(4, (c) => body(c, y)),
      call: (y: typeof one) => call((c) => body(c, y), one),
      cond: (y: typeof one) =>
        cond(
          y.greater(0),
          () => body(one.add(y), y),
          () => one,
        ),
      while: (y: typeof one) =>
        whileLoop(
          { init: one, maxSteps: 9 },
          (c) => c.less(50),
          (c) => body(c.add(1), y),
        ),
      nested: (y: typeof one) => repeat(2, (c) => repeat(2, (q) => body(q, y), c)),
    };
    for (const place of Object.values(places)) {
      const count = counter();
      expect(after(place(marked(count)), 'count')).toEqual([1]);
      const again = counter();
      const y = marked(again);
      expect(after([place(y), y], 'count')).toEqual([1]);
    }
  });

  test('and a mark of the outer of two loops is made in its steps alone', () => {
    const count = counter();
    const total = repeat(3, (c) => {
      const y = counted(c.add(1), count);
      return repeat(2, (q) => grad(q.mul(q).mul(y), q), c);
    });
    expect(after(total, 'count')).toEqual([3]);
  });
});
