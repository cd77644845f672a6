/** Claims about cond, call and remat: one branch runs, and functions stay functions. */

import { fromNested } from '@cotangent/graph';
import {
  call,
  closeGraph,
  cond,
  constant,
  fill,
  grad,
  hvp,
  input,
  jvp,
  remat,
  scan,
  type Tensor,
  variable,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../engine.ts';
import { expectSameBits } from '../same.ts';
import { near, number, numbers, refusal } from './values.ts';

describe('cond', () => {
  const [flag, x, y] = [input('flag', [], 'bool'), input('x', [], 'f64'), input('y', [2], 'f64')];

  test('is one branch or the other, of any trees', () => {
    const chosen = cond(
      flag,
      () => ({ a: x.sin(), b: [y, y.mul(x)] as const }),
      () => ({ a: x, b: [y.mul(2), y] as const }),
    );
    const feeds = { x: 3, y: [1, 2] };
    near(numbers([chosen.a, chosen.b], { ...feeds, flag: true }), [Math.sin(3), 1, 2, 3, 6]);
    near(numbers([chosen.a, chosen.b], { ...feeds, flag: false }), [3, 2, 4, 1, 2]);
  });
  test('tells its results apart by their names', () => {
    const chosen = cond(
      flag,
      () => ({ a: x, b: x.mul(2) }),
      () => ({ b: x.mul(20), a: x.mul(10) }),
    );
    expect([number(chosen.a, { flag: false, x: 1 }), number(chosen.b, { flag: false, x: 1 })]).toEqual([
      10, 20,
    ]);
  });
  test('may return what is around it as it is, and constants', () => {
    const chosen = cond(
      flag,
      () => y,
      () => constant([7, 8], 'f64'),
    );
    expect(numbers(chosen, { flag: true, y: [1, 2] })).toEqual([1, 2]);
    const slopes = grad(chosen.sum(), y);
    expect(numbers(slopes, { flag: true, y: [1, 2] })).toEqual([1, 1]);
    expect(numbers(slopes, { flag: false, y: [1, 2] })).toEqual([0, 0]);
  });
  test('does not run the other branch: its slope has no NaN', () => {
    const root = cond(
      x.greater(0),
      () => x.sqrt(),
      () => x.mul(0),
    );
    const slope = grad(root, x);
    expect(numbers([root, slope], { x: 4 })).toEqual([2, 0.25]);
    expect(numbers([root, slope, grad(slope, x)], { x: 0 })).toEqual([0, 0, 0]);
  });
  test('does not run the other branch: its index may be outside', () => {
    const at = input('at', [], 'i32');
    const entry = cond(
      at.less(2),
      () => y.take(at),
      () => fill(-1, [], 'f64'),
    );
    expect(number(entry, { y: [5, 6], at: 1 })).toBe(6);
    expect(number(entry, { y: [5, 6], at: 9 })).toBe(-1);
  });
  test('has derivatives of all orders and modes in what each branch sees', () => {
    const chosen = cond(
      flag,
      () => x.pow(3).mul(y.sum()),
      () => y.square().sum().mul(x),
    );
    const feeds = { x: 2, y: [1, 3] };
    const all = [
      ...grad(chosen, [x, y]),
      jvp(chosen, [x, y], [fill(1, [], 'f64'), fill(2, [2], 'f64')]),
      ...hvp(chosen, [x, y], [fill(1, [], 'f64'), fill(2, [2], 'f64')]),
    ];
    near(numbers(all, { ...feeds, flag: true }), [48, 8, 8, 48 + 16 + 16, 48 + 48, 12, 12]);
    near(numbers(all, { ...feeds, flag: false }), [10, 4, 12, 10 + 8 + 24, 4 + 12, 2 + 8, 6 + 8]);
  });
  test('passes integers', () => {
    const chosen = cond(
      flag,
      () => ({ n: constant([1, 2], 'i32'), f: x }),
      () => ({ n: constant([3, 4], 'i32'), f: x.mul(3) }),
    );
    expect(numbers([chosen.n, grad(chosen.f, x)], { flag: false, x: 1 })).toEqual([3, 4, 3]);
  });
  test('needs one flag', () => {
    expect(
      refusal(() =>
        cond(
          x as never,
          () => x,
          () => x,
        ),
      ).code,
    ).toBe('DTYPE_MISMATCH');
    expect(
      refusal(() =>
        cond(
          y.greater(0) as never,
          () => x,
          () => x,
        ),
      ).sentence,
    ).toMatch(/\[2\]/);
  });
});

describe('call', () => {
  const [x, w] = [input('x', [3], 'f64'), input('w', [3], 'f64')];
  const f = (a: Tensor<[3], 'f64'>, b: Tensor<[3], 'f64'>) => ({
    product: a.mul(b).sin(),
    sum: a.add(b).sum(),
  });

  test('has the values and derivatives of the function', () => {
    const feeds = { x: [0.1, 0.2, 0.3], w: [1, 2, 3] };
    const results = [call(f, x, w), f(x, w)].map(({ product, sum }) => {
      const loss = product.sum().mul(sum);
      const direction: [typeof w, typeof x] = [w, x];
      return numbers(
        [product, sum, grad(loss, [x, w]), jvp(loss, [x, w], direction), hvp(loss, [x, w], direction)],
        feeds,
      );
    });
    near(results[0]!, results[1]!, 1e-12);
  });
  test('is one node', () => {
    const { product } = call(f, x, w);
    expect(closeGraph({ outputs: { product } }).nodes.length).toBe(3);
  });
  test('sees what is around it', () => {
    const scaled = call((a: Tensor<[3], 'f64'>) => a.mul(w), x);
    expect(numbers(grad(scaled.sum(), w), { x: [1, 2, 3], w: [0, 0, 0] })).toEqual([1, 2, 3]);
  });
});

describe('remat', () => {
  const [x, w] = [input('x', [5], 'f64'), variable('w', [5], [0.1, 0.2, 0.3, 0.4, 0.5], { dtype: 'f64' })];
  const f = (a: Tensor<[5], 'f64'>) => a.mul(w).sin().mul(a).exp().sum().square();
  const values = fromNested([0.3, -1, 2, 0.7, 1.1], 'f64');
  const bits = (outputs: Parameters<typeof closeGraph>[0]['outputs']) =>
    evaluate(closeGraph({ inputs: [x], outputs }), {
      inputs: { x: values },
      variables: { w: fromNested([0.1, 0.2, 0.3, 0.4, 0.5], 'f64') },
    }).outputs;

  test('keeps every bit of the value and of the gradient', () => {
    const of = (loss: ReturnType<typeof f>) => ({ loss, ...grad(loss, { x, w }) });
    const [actual, wanted] = [bits(of(remat(f)(x))), bits(of(f(x)))];
    for (const name of ['loss', 'x', 'w']) expectSameBits(actual[name]!, wanted[name]!, name);
  });
  test('has the second derivatives of the function', () => {
    const of = (loss: ReturnType<typeof f>) => ({ second: hvp(loss, x, x) });
    near([...bits(of(remat(f)(x))).second!.data], [...bits(of(f(x))).second!.data], 1e-12);
  });
  test('takes and gives trees', () => {
    const g = ({ a, b }: { a: Tensor<[5], 'f64'>; b: Tensor<[5], 'f64'> }) => ({
      sum: a.add(b),
      both: [a.mul(b)] as const,
    });
    const { sum, both } = remat(g)({ a: x, b: x.sin() });
    const loss = sum.mul(both[0]).sum();
    const plain = x.add(x.sin()).mul(x.mul(x.sin())).sum();
    near(
      numbers([loss, grad(loss, x)], { x: [1, 2, 3, 4, 5] }),
      numbers([plain, grad(plain, x)], { x: [1, 2, 3, 4, 5] }),
      1e-12,
    );
  });
  test('goes with a scan', () => {
    const rows = input('rows', [4, 5], 'f64');
    const of = (step: typeof f) => {
      const [last] = scan({ init: fill(0, [], 'f64'), xs: rows }, (carry, row) => [
        carry.sin().add(step(row)),
      ]);
      return numbers([last, grad(last, rows)], {
        rows: [
          [1, 0, 1, 0, 1],
          [0, 1, 0, 1, 0],
          [1, 1, 0, 0, 1],
          [0, 0, 0, 1, 1],
        ],
      });
    };
    near(of(remat(f)), of(f), 1e-12);
  });
});

test('a scan keeps every bit of its values in each manner of recomputing', () => {
  const x = input('x', [7, 2], 'f64');
  const values = fromNested(
    Array.from({ length: 7 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]),
    'f64',
  );
  const results = [undefined, 1, 2, 3, 7, 100, 'sqrt'].map((k) => {
    const manner = k === undefined ? {} : { remat: k as number };
    const [last, rows] = scan({ init: fill(0.5, [2], 'f64'), xs: x, ...manner }, (carry, row) => {
      const next = carry.mul(row).sin().add(carry);
      return [next, next.exp()];
    });
    const slopes = grad(last.sum().add(rows.sum()), x);
    return evaluate(closeGraph({ inputs: [x], outputs: { last, rows, slopes } }), {
      inputs: { x: values },
      variables: {},
    }).outputs;
  });
  for (const result of results)
    for (const [name, array] of Object.entries(results[0]!)) expectSameBits(result[name]!, array, name);
});
