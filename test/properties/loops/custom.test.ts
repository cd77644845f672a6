/** Claims about derivatives of one's own: customVjp backwards, customJvp in both modes. */
import {
  closeGraph,
  customJvp,
  customVjp,
  fill,
  grad,
  hvp,
  input,
  jvp,
  linearize,
  scan,
  vjp,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { near, number, numbers, refusal, slope } from './values.ts';

const x = input('x', [3], 'f64');
const at = { x: [0.4, 1.6, -2.3] };

describe('customVjp', () => {
  test('straight through: rounding passes the cotangent as it is', () => {
    const rounded = customVjp(x.round(), x, (cotangent) => cotangent);
    expect(numbers(rounded, at)).toEqual([0, 2, -2]);
    // d Σ round(x)² = 2·round(x)
    expect(numbers([grad(rounded.square().sum(), x)], at)).toEqual([0, 4, -4]);
  });

  test('is known forwards only where its rule is linear, in both halves of forward mode', () => {
    const tripled = customVjp(x, x, (cotangent) => cotangent.mul(3));
    const ones = x.mul(0).add(1);
    expect(numbers(linearize(tripled, x)(ones), at)).toEqual([3, 3, 3]);
    expect(
      closeGraph({ outputs: { y: linearize(tripled, x)(ones) } }).nodes.map(({ op }) => op),
    ).not.toContain('customLinear');
    const clipped = customVjp(x, x, (cotangent) => cotangent.clamp(-1, 1));
    for (const push of [() => jvp(clipped, x, ones), () => linearize(clipped, x)(ones)])
      expect(push).toThrow(/not linear in the cotangent/);
  });

  test('clips a gradient: the pullback need not be linear', () => {
    const clipped = customVjp(x, x, (cotangent) => cotangent.clamp(-1, 1));
    const slopes = grad(clipped.mul(x).mul(2).sum(), x);
    // Through the clipped factor 2x limited to [−1, 1], through the plain one 2x.
    near(numbers([slopes], at), [0.8 + 0.8, 1 + 3.2, -1 - 4.6]);
  });
  test('hides the derivative of the value: what the value was made of gets nothing else', () => {
    const y = input('y', [3], 'f64');
    const value = customVjp(x.mul(y), x, (cotangent) => cotangent.mul(10));
    const slopes = grad(value.sum(), { x, y });
    expect(numbers([slopes.x, slopes.y], { ...at, y: [2, 2, 2] })).toEqual([10, 10, 10, 0, 0, 0]);
  });
  test('answers for a tree', () => {
    const y = input('y', [], 'f64');
    const value = customVjp(x.sum().mul(y), { x, deep: [y] }, (cotangent) => ({
      x: x.mul(cotangent),
      deep: [cotangent.mul(7)],
    }));
    const slopes = grad(value.mul(2), { x, y });
    near(numbers([slopes.x, slopes.y], { ...at, y: 1 }), [0.8, 3.2, -4.6, 14]);
  });
  test('may use values of the forward pass', () => {
    const y = x.exp();
    const value = customVjp(y, x, (cotangent) => cotangent.mul(y));
    near(
      numbers([grad(value.square().sum(), x)], at),
      at.x.map((v) => 2 * Math.exp(2 * v)),
    );
  });
  test('goes with vjp, and with several users', () => {
    const doubled = customVjp(x, x, (cotangent) => cotangent.mul(2));
    const [slopes] = vjp([doubled, doubled.sin()], [x], [fill(1, [3], 'f64'), fill(0, [3], 'f64')]);
    expect(numbers(slopes!, at)).toEqual([2, 2, 2]);
  });
  test('is differentiated forward over reverse: the pullback itself is', () => {
    // The pullback of tanh written by hand has the second derivative of tanh.
    const y = x.tanh();
    const byHand = customVjp(y, x, (cotangent) => cotangent.mul(y.square().neg().add(1)));
    const direction = fill(0.5, [3], 'f64');
    const of = (value: typeof y) => {
      const loss = value.mul(x).sum().square();
      return [jvp(grad(loss, x), x, direction), grad(grad(loss, x).mul(direction).sum(), x)];
    };
    near(numbers(of(byHand), at), numbers(of(y), at), 1e-11);
  });
  test('inside a scan', () => {
    const [last] = scan({ init: fill(1, [], 'f64'), xs: x }, (carry, entry) => [
      customVjp(carry.mul(entry), { carry, entry }, (cotangent) => ({
        carry: cotangent.mul(entry).clamp(-1, 1),
        entry: cotangent.mul(carry),
      })),
    ]);
    // Carries 1, 0.4, 0.64; cotangents of the products 1, −2.3 → −1, −1.6 → −1.
    near(numbers([last, grad(last, x)], at), [0.4 * 1.6 * -2.3, -1, -0.4, 0.64]);
  });
  test('names both types when the answer has another one', () => {
    const error = refusal(() => {
      const value = customVjp(x.sum(), x, (cotangent) => cotangent as never);
      return grad(value, x);
    });
    expect(error.sentence).toContain('f64[3]');
    expect(error.sentence).toContain('f64[]');
  });
});

describe('customJvp', () => {
  const y = x.sin();
  test('forwards is its own rule, and backwards its transpose', () => {
    const value = customJvp(y, x, (tangent) => tangent.mul(3));
    expect(numbers(jvp(value, x, x), at)).toEqual(at.x.map((v) => v * 3));
    expect(numbers(grad(value.mul(2).sum(), x), at)).toEqual([6, 6, 6]);
    expect(numbers(value, at)).toEqual(at.x.map(Math.sin));
  });
  test('with the true rule has all derivatives of the function', () => {
    const value = customJvp(y, x, (tangent) => tangent.mul(x.cos()));
    const losses = [value, y].map((one) => one.mul(x).sum().square());
    const [actual, wanted] = losses.map((loss) =>
      numbers([grad(loss, x), jvp(loss, x, x), hvp(loss, x, x)], at),
    );
    near(actual!, wanted!, 1e-12);
  });
  test('takes a tree, whose tangents come in its form', () => {
    const w = input('w', [], 'f64');
    const value = customJvp(x.mul(w), { x, w }, (tangent) => tangent.x.mul(5).add(tangent.w.mul(x)));
    const feeds = { ...at, w: 2 };
    const slopes = grad(value.sum(), { x, w });
    near(numbers([slopes.x, slopes.w, jvp(value, w, w)], feeds), [5, 5, 5, -0.3, 0.8, 3.2, -4.6]);
  });
  test('inside a scan and inside a whileLoop', () => {
    const triple = (v: typeof y) => customJvp(v.sin(), v, (tangent) => tangent.mul(3));
    const [last] = scan({ init: x, length: 3 }, (carry) => [triple(carry)]);
    expect(numbers([grad(last.sum(), x), jvp(last, x, fill(1, [3], 'f64'))], at)).toEqual(Array(6).fill(27));
    const looped = whileLoop(
      { init: { v: x, n: fill(0, [], 'i32') }, maxSteps: 4 },
      ({ n }) => n.less(2),
      ({ v, n }) => ({ v: triple(v), n: n.add(1) }),
    ).v;
    expect(numbers([grad(looped.sum(), x), jvp(looped, x, fill(1, [3], 'f64'))], at)).toEqual(
      Array(6).fill(9),
    );
  });
});

test('the implicit function: a root found by a loop, with a derivative by hand', () => {
  const a = input('a', [], 'f64');
  const loop = whileLoop(
    { init: fill(1, [], 'f64') },
    (v) => v.square().sub(a).abs().greater(1e-13),
    (v) => v.add(a.div(v)).div(2),
  );
  const fixed = loop.stopGradient();
  const root = customVjp(fixed, a, (cotangent) => cotangent.div(fixed.mul(2)));
  near([number(grad(root.sin(), a), { a: 2 })], [slope((v) => Math.sin(Math.sqrt(v)), 2)], 1e-9);
});
