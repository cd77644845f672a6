/** Claims about Jacobians, Hessians and their products. */
import {
  customJvp,
  customVjp,
  fill,
  gnvp,
  grad,
  hessian,
  hvp,
  input,
  jacfwd,
  jacobian,
  jacrev,
  jvp,
  variable,
  vjp,
  where,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { compute } from './engine.ts';
import { refusal } from './refusals.ts';
import { close, f, numbers, point, type Vector, x, xs } from './three.ts';

describe('Jacobians', () => {
  test('are the same in both modes, and have products as columns and rows', () => {
    const y = f(x);
    const [u, v] = [fill(1, [3], 'f64').mul(x.cos()), x.exp()];
    const all = compute(
      { fwd: jacfwd(y, x), rev: jacrev(y, x), any: jacobian(y, x), ju: jvp(y, x, u), vj: vjp(y, x, v), u, v },
      { x: point },
    );
    close(all.fwd, all.rev);
    close(all.any, all.rev);
    const [j, ju, vj, du, dv] = [all.rev, all.ju, all.vj, all.u, all.v].map(numbers);
    for (let i = 0; i < 3; i++) {
      expect(ju![i]).toBeCloseTo(
        [0, 1, 2].reduce((sum, k) => sum + j![3 * i + k]! * du![k]!, 0),
        12,
      );
      expect(vj![i]).toBeCloseTo(
        [0, 1, 2].reduce((sum, k) => sum + j![3 * k + i]! * dv![k]!, 0),
        12,
      );
    }
  });
  test('come in the nest of outputs and of what varies', () => {
    const w = variable(
      'w',
      [3, 2],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    );
    const given = jacrev({ y: x.cast('f32').matmul(w), s: x.sum() }, { x, w });
    expect(given.y.w.shape).toEqual([2, 3, 2]);
    expect(given.y.x.shape).toEqual([2, 3]);
    expect(given.s.x.shape).toEqual([3]);
    expect(jacobian(xs, xs).shape).toEqual(['n', 3, 'n', 3]);
  });
  test('stop at starting points, in both modes', () => {
    const a = input('a', [], 'f64');
    const b = a.square();
    const y = b.mul(3).add(a);
    const found = compute({ fwd: jacfwd(y, { a, b }), rev: jacrev(y, { a, b }) });
    expect(found).toEqual({ fwd: { a: 1, b: 3 }, rev: { a: 1, b: 3 } });
    const second = hessian(b.mul(b).add(a.mul(b)), { a, b });
    expect(compute(second)).toEqual({ a: { a: 0, b: 1 }, b: { a: 1, b: 2 } });
  });
  test('the Hessian is symmetric, its product is hvp, and it is the Jacobian of the gradient', () => {
    const loss = f(x).sum();
    const direction = x.cos();
    const all = compute(
      { h: hessian(loss, x), back: jacrev(grad(loss, x), x), hv: hvp(loss, x, direction), direction },
      { x: point },
    );
    close(all.h, all.back);
    const [h, hv, d] = [all.h, all.hv, all.direction].map(numbers);
    for (let i = 0; i < 3; i++) {
      expect(hv![i]).toBeCloseTo(
        [0, 1, 2].reduce((sum, k) => sum + h![3 * i + k]! * d![k]!, 0),
        12,
      );
      for (let k = 0; k < 3; k++) expect(h![3 * i + k]).toBeCloseTo(h![3 * k + i]!, 12);
    }
  });
  test('the Gauss-Newton product is JᵀHJv', () => {
    const w = variable(
      'w',
      [3, 2],
      [
        [0.1, 0.2],
        [0.3, -0.4],
        [0.5, 0.6],
      ],
    );
    const logits = x.cast('f32').matmul(w).tanh();
    const loss = logits.logSumExp();
    const v = variable(
      'v',
      [3, 2],
      [
        [1, 0],
        [0.5, -1],
        [2, 1],
      ],
    );
    const all = compute(
      { product: gnvp(loss, logits, { w }, { w: v }), j: jacrev(logits, w), h: hessian(loss, logits), v },
      { x: point },
    );
    const [j, h, d] = [all.j, all.h, all.v].map(numbers);
    const jv = [0, 1].map((i) => d!.reduce((sum, entry, k) => sum + j![6 * i + k]! * entry, 0));
    const hjv = [0, 1].map((i) => h![2 * i]! * jv[0]! + h![2 * i + 1]! * jv[1]!);
    numbers(all.product.w).forEach((entry, k) =>
      expect(entry).toBeCloseTo(j![k]! * hjv[0]! + j![6 + k]! * hjv[1]!, 6),
    );
  });
});

test('gnvp asks for the outputs that the loss was made from', () => {
  const error = refusal(() => gnvp(x.square().square().sum(), x.square(), x, x));
  expect(error.sentence).toContain('keep them in a variable, and make the loss from it');
});

test.each([
  ['multiplies two tangents', (d: Vector) => d.square()],
  ['asks about a tangent', (d: Vector) => where(d.greater(0), d, d.mul(2))],
])('a rule that %s is refused where it is transposed', (_, rule) => {
  const error = refusal(() => grad(customJvp(x.sin(), x, rule).sum(), x));
  expect(error.code).toBe('NOT_DIFFERENTIABLE');
  expect(error.sentence).toContain('not linear in what it is given');
  expect(refusal(() => jvp(customVjp(x.sin(), x, rule), x, x)).code).toBe('NOT_DIFFERENTIABLE');
});
