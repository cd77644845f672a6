/** What the compiled engine once got wrong, as small as it could be made. */
import { grad } from '@cotangent/autodiff';
import { compile, compute, interpreter } from '@cotangent/engine';
import {
  type AnyTensor,
  apply,
  customJvp,
  fill,
  HostArray,
  type Input,
  input,
  scan,
  type Tree,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { wasm } from '@cotangent/wasm';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { valuesFor } from './products.ts';
import { agreesOn, engine, graphOf } from './running.ts';

test('the angle of an infinity and NaN is NaN', () => {
  const [y, x] = [input('y', [4]), input('x', [4])];
  const angle = compute(
    y.atan2(x),
    { y: [Infinity, -Infinity, NaN, NaN], x: [NaN, NaN, Infinity, -Infinity] },
    { engine },
  );
  expect(angle.toNested()).toEqual([NaN, NaN, NaN, NaN]);
});

test('windows of one element that reach into the padding behind the last axis see nothing there', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    const x = input('x', [3], dtype);
    const params = { window: [1], strides: [1], dilation: [1], padding: [[0, 5]] } as const;
    const values = arrayOf(dtype, [3], [-1, -2, -3]);
    agreesOn('exact', graphOf([x], apply('reduceWindowMax', [x], params)), [values]);
  }
});

test('sums that are cut in chunks land where the axes of a result say, in whatever order those lie', () => {
  const params = {
    strides: [1],
    padding: [[0, 0]],
    inputDilation: [1],
    kernelDilation: [1],
    featureGroups: 2,
    batchGroups: 1,
    input: { batch: 0, feature: 2, spatial: [1] },
    kernel: { batch: 2, feature: 1, spatial: [0] },
    output: { batch: 2, feature: 0, spatial: [1] },
  } as const;
  const [x, k] = [input('x', [3, 25, 100]), input('k', [20, 50, 10])];
  const random = new Random(1);
  agreesOn(
    'exact',
    graphOf([x, k], apply('convGeneral', [x, k], params)),
    valuesFor(random, [x, k], 'whole'),
  );
});

test('a loop over the rows of a matrix may have a loop over the entries of a row', () => {
  const x = input('x', [3, 4]);
  const [last] = scan({ init: fill(0, []), xs: x }, (total, row) => [
    scan({ init: total, xs: row }, (sum, entry) => [sum.mul(2).add(entry)])[0],
  ]);
  agreesOn('exact', graphOf([x], [last]), valuesFor(new Random(1), [x], 'whole'));
});

test('what padding cuts off is computed all the same, if somebody else needs it', () => {
  for (const padding of [[[-1, 0]], [[0, -4]]] as const) {
    const x = input('x', [4]);
    const opposite = ops.neg(x);
    const [cut] = apply('pad', [opposite, fill(0, [])], { padding, interior: [0] });
    agreesOn('exact', graphOf([x], [opposite, cut!]), valuesFor(new Random(1), [x], 'whole'));
  }
});

describe('faults that readers found', () => {
  const both = (spec: { inputs: readonly Input[]; outputs: Tree }, feeds: Record<string, unknown>) =>
    [wasm({ threads: 1 }), interpreter()].map((engine) => compile(spec as never, { engine })(feeds as never));

  test('a view that a kernel takes twice is read where it lies', () => {
    const x = input('x', [6]);
    const v = ops.reverse(x, 0);
    const c = ops.concat([v, v], 0);
    const [got, wanted] = both(
      { inputs: [x], outputs: { v, r: ops.sqrt(ops.slice(c, 0, 0, 12, 2)) } },
      { x: [1, 4, 9, 16, 25, 36] },
    );
    expect(String((got as { r: unknown }).r)).toBe(String((wanted as { r: unknown }).r));
  });

  test('any and all beside totals of doubles look at every element', () => {
    const x = input('x', [64], 'f64');
    const feed = new HostArray(
      'f64',
      [64],
      Float64Array.from({ length: 64 }, (_, i) => (i === 9 ? 5 : -1)),
    );
    const [got, wanted] = both(
      { inputs: [x], outputs: { s: ops.sum(x), a: ops.any(ops.greater(x, 0)), b: ops.all(ops.less(x, 0)) } },
      { x: feed },
    );
    expect(got).toEqual(wanted);
  });

  test('values of a custom rule have shapes of their own', () => {
    const [x, y, w] = [input('x', [3]), input('y', [4, 5]), input('w', [5, 6])];
    const [p, q] = customJvp([x.mul(2), y.mul(3)], [x, y], ([dx, dy]) => [dx!.mul(2), dy!.mul(3)]);
    const ones = (shape: number[]) =>
      new HostArray('f32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1));
    const [got, wanted] = both(
      { inputs: [x, y, w], outputs: { r: ops.matmul(q!, w), p: p! } },
      { x: ones([3]), y: ones([4, 5]), w: ones([5, 6]) },
    );
    expect(String((got as { r: unknown }).r)).toBe(String((wanted as { r: unknown }).r));
  });

  test('long chains with views are compiled', () => {
    const x = input('x', [3, 3]);
    let a: AnyTensor = x;
    for (let turn = 0; turn < 1500; turn++) a = ops.transpose(ops.reverse(ops.add(a, 1), 0));
    const [got, wanted] = both(
      { inputs: [x], outputs: { a } },
      {
        x: [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      },
    );
    expect(String((got as { a: unknown }).a)).toBe(String((wanted as { a: unknown }).a));
  });

  test('a check shows the elements that it names, wherever they lie', () => {
    const x = input('x', [70]);
    const checked = ops.check(x, ops.all(ops.greater(x, 0)), x, 'first {0} last {69}');
    const feed = new HostArray(
      'f32',
      [70],
      Float32Array.from({ length: 70 }, (_, i) => i - 1),
    );
    const program = compile({ inputs: [x], outputs: { checked } }, { engine: wasm({ threads: 1 }) });
    expect(() => program({ x: feed })).toThrow('first -1 last 68');
  });
});

describe('a product that is used at its own places and at others', () => {
  const uses: Readonly<Record<string, (c: AnyTensor) => AnyTensor>> = {
    'its first row': (c) => ops.sub(c, ops.slice(c, 0, 0, 1)),
    'itself, turned': (c) => ops.mul(c, ops.reverse(c, 1)),
    'itself, exchanged': (c) => ops.add(c, ops.swapAxes(c, 0, 1)),
    'itself, behind something cheap': (c) => ops.add(ops.neg(c), ops.reverse(ops.neg(c), 0)),
  };
  for (const [what, use] of Object.entries(uses))
    test(what, () => {
      const [a, b] = [input('a', [5, 5]), input('b', [5, 5])];
      const values = valuesFor(new Random(3), [a, b], 'whole');
      agreesOn('exact', graphOf([a, b], [use(ops.matmul(a, b))]), values);
      const [p, q] = [input('a', [5, 5, 3]), input('b', [5, 3, 5])];
      agreesOn('exact', graphOf([p, q], [use(ops.matmul(p, q))]), valuesFor(new Random(4), [p, q], 'whole'));
    });

  test('a convolution, mirrored', () => {
    const [x, k] = [input('x', [2, 6, 6, 3]), input('k', [3, 3, 3, 4])];
    const y = ops.conv(x, k, { padding: 'same' }, 'conv2d');
    agreesOn(
      'exact',
      graphOf([x, k], [ops.add(y, ops.reverse(y, 2))]),
      valuesFor(new Random(5), [x, k], 'whole'),
    );
  });

  test('weights that are tied with their mirror image have one gradient', () => {
    const [x, w] = [input('x', [4, 5], 'f64'), input('w', [5, 5], 'f64')];
    const slope = grad(ops.sum(ops.tanh(ops.matmul(x, ops.add(w, ops.reverse(w, 0))))), w);
    agreesOn({ ulps: 100 }, graphOf([x, w], [slope]), valuesFor(new Random(6), [x, w], 'real'));
  });
});

describe('the filling of padding', () => {
  const [x, s] = [input('x', [3]), input('s', [])];
  const fed = { x: [1, 2, 3], s: 1 };
  /** Three calls: the memory of the first is what the second finds. */
  const calls = (outputs: Tree): unknown[] =>
    [engine, interpreter()].map((on) => {
      const program = compile({ inputs: [x, s], outputs }, { engine: on });
      return JSON.stringify([1, 2, 3].map(() => program(fed)));
    });

  test('is there before the loops that look at it, if it is a result as well', () => {
    const [got, want] = calls({
      p: ops.neg(ops.pad(x, [[2, 1]], { value: 5 })),
      z: fill(5, []),
      t: ops.floor(ops.exp(s)),
    });
    expect(got).toBe(want);
  });

  test('and if another padding has it whole', () => {
    const [got, want] = calls({
      p: ops.add(ops.pad(x, [[1, 1]], { value: 5 }), 1),
      q: ops.pad(ops.neg(x), [[2, -1]], { value: 5 }),
      e: ops.floor(ops.exp(s)),
    });
    expect(got).toBe(want);
  });
});

describe('views of views of views', () => {
  const x = input('x', [6]);
  const chains: Readonly<Record<string, (a: AnyTensor, i: number) => AnyTensor>> = {
    reversed: (a) => ops.reverse(a, 0),
    passed: (a) => ops.stopGradient(a),
    'broadcast and taken apart': (a) => ops.reshape(ops.slice(ops.broadcastTo(a, [2, 6]), 0, 1, 2), [6]),
  };
  test.each(Object.entries(chains))('%s four thousand times', (_, step) => {
    let a: AnyTensor = ops.neg(x);
    for (let i = 0; i < 4000; i++) a = step(a, i);
    agreesOn('exact', graphOf([x], [ops.abs(a)]), [arrayOf('f32', [6], [1, -2, 3, -4, 5, -6])]);
  });
});
