/** Claims about implicit derivatives: of roots and of fixed points. */
import {
  compile,
  customRoot,
  fill,
  fixedPoint,
  grad,
  gradcheck,
  input,
  jacfwd,
  jacrev,
  jvp,
  type Tensor,
  vmap,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { compute } from './engine.ts';
import { refusal } from './refusals.ts';
import { close, numbers, point, points, type Vector, x, xs } from './three.ts';

describe('implicit derivatives', () => {
  const a = input('a', [], 'f64');
  test('of a root are those of its closed form, to the third order', () => {
    const root = customRoot(a.sqrt(), (r) => r.mul(r).sub(a));
    const first = grad(root, a);
    const second = grad(first, a);
    const found = compute(
      { first, second, third: grad(second, a), forward: jvp(root, a, fill(1, [], 'f64')) },
      { a: 4 },
    );
    expect(found.first).toBeCloseTo(1 / 4, 14);
    expect(found.forward).toBeCloseTo(1 / 4, 14);
    expect(found.second).toBeCloseTo((-1 / 4) * 4 ** -1.5, 14);
    expect(found.third).toBeCloseTo((3 / 8) * 4 ** -2.5, 14);
  });
  test('see unknowns apart that are made from each other, or are what the equation depends on', () => {
    const s = a.sqrt();
    const pair = customRoot({ p: s, q: s.mul(2) }, ({ p, q }) => ({
      p: p.mul(p).sub(a),
      q: q.sub(p.mul(2)),
    }));
    expect(compute(grad(pair.q, a), { a: 4 })).toBeCloseTo(0.5, 14);
    const twice = customRoot({ p: s, q: s }, ({ p, q }) => ({ p: p.mul(q).sub(a), q: p.sub(q) }));
    expect(compute(grad(twice.p, a), { a: 4 })).toBeCloseTo(0.25, 14);
    const itself = customRoot(a, (v) => v.sub(a));
    expect(compile({ inputs: [a], outputs: grad(itself, a) })({ a: 4 })).toBe(1);
    const none = input('none', [0], 'f64');
    const empty = customRoot(none.mul(1), (v) => v.sub(none));
    const run = compile({ inputs: [none], outputs: grad(empty.sum(), none) });
    expect(run({ none: new Float64Array(0) }).shape).toEqual([0]);
  });
  test('never differentiate what found the solution, in the second order either', () => {
    // A loop without a bound has no reverse mode.
    const found = whileLoop(
      { init: fill(1, [], 'f64') },
      (v) => v.mul(v).sub(a).abs().greater(1e-13),
      (v) => v.add(a.div(v)).div(2),
    );
    const root = customRoot(found, (v) => v.mul(v).sub(a));
    expect(compute(grad(grad(root, a), a), { a: 4 })).toBeCloseTo((-1 / 4) * 4 ** -1.5, 12);
  });
  test('keep the own value of a rule apart for each example', () => {
    const [w, sol] = [input('w', [], 'f64'), input('sol', [], 'f64')];
    const each = vmap({ xs: input('k', ['n'], 'f64') }, (k) =>
      customRoot(sol, (v) => v.square().sub(w).mul(k)),
    );
    const second = grad(grad(each.sum(), w), w);
    expect(compute(second, { k: [1, 2, 3], w: 4, sol: 2 })).toBeCloseTo(3 * (-1 / 4) * 4 ** -1.5, 12);
  });
  test('of a fixed point need no step kept, and agree with differences', () => {
    const solve = (b: Vector) =>
      fixedPoint({ init: fill(0.5, [3], 'f64'), tolerance: 1e-15 }, (v) =>
        v.sum().mul(0.2).sin().mul(b).tanh(),
      );
    const solution = solve(x);
    const all = compute({ rev: jacrev(solution, x), fwd: jacfwd(solution, x) }, { x: point });
    close(all.rev, all.fwd);
    const at = (shift: number, k: number) =>
      numbers(compute(solution, { x: point.map((entry, i) => (i === k ? entry + shift : entry)) }));
    for (let k = 0; k < 3; k++) {
      const [up, down] = [at(1e-5, k), at(-1e-5, k)];
      for (let i = 0; i < 3; i++)
        expect(numbers(all.rev)[3 * i + k]).toBeCloseTo((up[i]! - down[i]!) / 2e-5, 8);
    }
    const each = vmap({ xs }, (row) => jacrev(solve(row), row));
    const found = numbers(compute(each, { xs: points }));
    numbers(all.rev).forEach((entry, i) => expect(found[i]).toBeCloseTo(entry, 12));
  });
  test('of a system of several tensors, with a pivot that is 0 at first, by a solver of one’s own too', () => {
    // u₁ = p, u₀·2 = q, written so that the matrix starts with 0.
    const [p, q] = [input('p', [], 'f64'), input('q', [1], 'f64')];
    const solution = { u: x.mul(0).sum().add(3), v: q.mul(0).add(2) };
    const residual = ({ u, v }: { u: Tensor<[], 'f64'>; v: Tensor<[1], 'f64'> }) => ({
      u: v.sum().sub(p),
      v: u.mul(2).sub(q),
    });
    const root = customRoot(solution, residual);
    const own = customRoot(solution, residual, {
      solve: (_, b) => ({ u: b.v.sum().div(2), v: b.u.reshape([1]) }),
    });
    const given = { x: point, p: 2, q: [6] };
    const outputs = { root: jacrev(root, { p, q }), own: jacrev(own, { p, q }) };
    const j = compile({ inputs: [x, p, q], outputs })(given);
    for (const one of [j.root, j.own]) {
      expect(one.u.p).toBeCloseTo(0, 14);
      expect(numbers(one.u.q)[0]).toBeCloseTo(0.5, 14);
      expect(numbers(one.v.p)[0]).toBeCloseTo(1, 14);
      expect(numbers(one.v.q)[0]).toBeCloseTo(0, 14);
    }
  });
  test('of a fixed point are right to the precision of the dtype in which it runs', () => {
    const f32 = input('f32', []);
    const balance = (p: Tensor<[]>) => fixedPoint({ init: fill(1, []) }, (r) => r.mul(p).cos());
    const report = gradcheck(balance(f32), { f32: 1 });
    expect(report.entries.map(({ verdict }) => verdict)).toEqual(['right', 'right']);
  });
  test.each([
    ['runs away', (r: Tensor<[]>) => r.mul(2)],
    ['becomes NaN', (r: Tensor<[]>) => r.sub(2).log()],
  ])('a fixed point that %s is none', (_, f) => {
    const found = fixedPoint({ init: fill(1, []), maxSteps: 300 }, f);
    expect(refusal(() => compute(found, {})).code).toBe('MAX_STEPS');
  });
  test('need one equation for each unknown', () => {
    const error = refusal(() => customRoot(x, (v) => v.sum() as never));
    expect(error.code).toBe('SHAPE_MISMATCH');
    expect(error.sentence).toContain('one equation for each unknown');
  });
});
