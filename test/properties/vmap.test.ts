/** Claims about vmap, Jacobians and implicit derivatives, in any order of composition. */
import {
  batchNorm,
  compile,
  compute,
  cond,
  constant,
  conv2d,
  crossEntropy,
  customJvp,
  customRoot,
  customVjp,
  dropout,
  fill,
  fixedPoint,
  flatten,
  gnvp,
  grad,
  gradcheck,
  HostArray,
  hessian,
  hvp,
  input,
  jacfwd,
  jacobian,
  jacrev,
  jvp,
  linear,
  lstm,
  parametersOf,
  relu,
  scan,
  sequential,
  type Tensor,
  training,
  variable,
  vjp,
  vmap,
  where,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { branchesAreMasked } from './branches.ts';
import { refusal } from './refusals.ts';

type Vector = Tensor<[3], 'f64'>;
const x = input('x', [3], 'f64');
const xs = input('xs', ['n', 3], 'f64');
const point = [0.3, -0.7, 1.1];
const points = [point, [1, 2, 3], [-0.5, 0.1, 0.2]];
const f = (v: Vector) => v.sin().mul(v.sum()).add(v.square());
const numbers = (value: unknown): number[] => Array.from((value as HostArray).data as Float64Array);
const close = (a: unknown, b: unknown, digits = 12) =>
  numbers(a).forEach((entry, i) => expect(entry).toBeCloseTo(numbers(b)[i]!, digits));

describe('the axis of the examples', () => {
  test('leaves the xs and returns at its place', () => {
    const wide = input('wide', [3, 'n', 2]);
    const given = vmap({ xs: wide, axis: 'n' }, (one) => one.mul(2));
    expect(given.shape).toEqual([3, 'n', 2]);
    const values = Array.from({ length: 3 }, (_, i) => [
      [i, 1],
      [2, i],
      [5, 6],
      [7, 8],
    ]);
    expect((compute(given, { wide: values }) as HostArray).toNested()).toEqual(
      values.map((rows) => rows.map((row) => row.map((entry) => 2 * entry))),
    );
  });
  test('stands behind the last axis of results that end before it', () => {
    const wide = vmap({ xs: input('wide', [2, 3, 'n']), axis: 2 }, (one) => one.sum(1));
    expect(wide.shape).toEqual([2, 'n']);
  });
  test('stands in front of results of fewer axes', () =>
    expect(vmap({ xs: input('wide', [3, 'n', 2]), axis: 1 }, (one) => one.sum()).shape).toEqual(['n']));
  test('is there in results that do not depend on the example', () =>
    expect(
      compile({ inputs: [xs], outputs: vmap({ xs }, () => fill(2, [2])) })({ xs: points }).shape,
    ).toEqual([3, 2]));
  test('must be as long in all xs', () => {
    const error = refusal(() =>
      vmap({ xs: { a: input('a', [2]), b: input('b', [3]) } }, ({ a, b }) => a.add(b)),
    );
    expect(error.code).toBe('SHAPE_MISMATCH');
    expect(error.sentence).toContain('2 and 3 examples differ');
  });
  test('cannot be left by a value of one example', () => {
    let leaked: Tensor<[], 'f64'> | undefined;
    vmap({ xs }, (row) => {
      leaked = row.sum();
      return leaked;
    });
    expect(refusal(() => compute(leaked!, {})).code).toBe('LEAKED_TENSOR');
  });
});

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

describe('compositions', () => {
  test('vmap of hessian = a loop of Hessians; in scan too', () => {
    const each = vmap({ xs }, (row) => hessian(f(row).sum(), row));
    const [, looped] = scan({ init: fill(0, []), xs }, (carry, row) => [carry, hessian(f(row).sum(), row)]);
    const all = compute({ each, looped }, { xs: points });
    close(all.each, all.looped);
    points.forEach((one, i) => {
      const own = numbers(compute(hessian(f(x).sum(), x), { x: one }));
      own.forEach((entry, k) => expect(numbers(all.each)[9 * i + k]).toBeCloseTo(entry, 12));
    });
  });
  test('vmap inside of vmap is an outer product of functions', () => {
    const table = vmap({ xs }, (a) => vmap({ xs }, (b) => a.mul(b).sum()));
    expect(table.shape).toEqual(['n', 'n']);
    const found = (compute(table, { xs: points }) as HostArray).toNested() as number[][];
    points.forEach((a, i) =>
      points.forEach((b, k) =>
        expect(found[i]![k]).toBeCloseTo(
          a.reduce((s, e, m) => s + e * b[m]!, 0),
          12,
        ),
      ),
    );
  });
  test('grad of grad inside of scan inside of vmap', () => {
    const curved = vmap({ xs }, (row) => {
      const [, ys] = scan({ init: fill(0, []), xs: row }, (carry, entry) => {
        const first = grad(entry.pow(4), entry);
        return [carry, grad(first, entry)];
      });
      return ys;
    });
    const found = numbers(compute(curved, { xs: points }));
    points.flat().forEach((entry, i) => expect(found[i]).toBeCloseTo(12 * entry ** 2, 10));
  });
  test('grad through vmap of a loop that stops for each example by itself', () => {
    // The number of halvings differs by example: d/dx of x/2ᵏ is 1/2ᵏ.
    const each = vmap({ xs }, (row) =>
      whileLoop(
        { init: row, maxSteps: 20 },
        (now) => now.square().sum().greater(1),
        (now) => now.div(2),
      ),
    );
    const all = compute({ each, slope: grad(each.sum(), xs) }, { xs: points });
    points.forEach((row, i) => {
      let [scale, size] = [1, Math.hypot(...row)];
      for (; size > 1; size /= 2) scale /= 2;
      row.forEach((entry, k) => {
        expect(numbers(all.each)[3 * i + k]).toBe(entry * scale);
        expect(numbers(all.slope)[3 * i + k]).toBe(scale);
      });
    });
  });
  test('a rule of the user holds for each example, for what is shared too', () => {
    const w = variable('w', [3], [1, 2, 3]);
    const rows = input('rows', ['n', 3]);
    const each = vmap({ xs: rows }, (row) => {
      const y = customVjp(row.mul(w).round(), { row, w }, (dy) => ({ row: dy.mul(2), w: dy.mul(row) }));
      return grad(y.sum(), { row, w });
    });
    const found = compute(each, { rows: points });
    expect(numbers(found.row)).toEqual(new Array(9).fill(2));
    numbers(found.w).forEach((entry, i) => expect(entry).toBeCloseTo(points.flat()[i]!, 6));
  });
  test('per-example gradients of a network average to its gradient', () => {
    const net = sequential(
      conv2d({ filters: 2, kernel: 2 }),
      relu(),
      flatten(),
      linear({ units: 2, name: 'head' }),
    );
    const image = input('image', ['batch', 3, 3, 1]);
    const whole = net(image).square().sum(-1).mean();
    const parameters = parametersOf({ net });
    const each = vmap({ xs: image, axis: 'batch' }, (one) =>
      grad(
        net(one.reshape([1, 3, 3, 1]))
          .square()
          .sum(),
        parameters,
      ),
    );
    const images = [0, 1, 2].map((i) =>
      [0, 1, 2].map((r) => [0, 1, 2].map((c) => [Math.sin(i + 3 * r + c)])),
    );
    const all = compute({ each, gradient: grad(whole, parameters) }, { image: images }, { seed: 3 });
    for (const path of Object.keys(parameters)) {
      const [parts, total] = [numbers(all.each[path]), numbers(all.gradient[path])];
      total.forEach((entry, i) => {
        const sum = [0, 1, 2].reduce((sofar, k) => sofar + parts[k * total.length + i]!, 0);
        expect(sum / 3).toBeCloseTo(entry, 5);
      });
    }
  });
  test('per-example gradients of an LSTM are those of each sequence', () => {
    const net = lstm({ units: 3, name: 'net' });
    const sequence = input('sequence', ['batch', 'time', 2]);
    net(sequence);
    const parameters = parametersOf({ net });
    const lossOf = (s: typeof sequence | Tensor<[1, 'time', 2]>) =>
      net(s as typeof sequence)
        .square()
        .sum();
    const each = vmap({ xs: sequence, axis: 'batch' }, (one) =>
      grad(lossOf(one.reshape([1, 'time', 2])), parameters),
    );
    const values = [0, 1].map((i) => [0, 1, 2, 3].map((t) => [Math.cos(t + i), Math.sin(2 * t - i)]));
    const found = compute(each, { sequence: values }, { seed: 1 });
    values.forEach((one, i) => {
      const own = compute(grad(lossOf(sequence), parameters), { sequence: [one] }, { seed: 1 });
      for (const path of Object.keys(parameters))
        numbers(own[path]).forEach((entry, k, { length }) =>
          expect(numbers(found[path])[i * length + k]).toBeCloseTo(entry, 5),
        );
    });
  });
});

describe('in branches that an example does not take', () => {
  test.each(Object.entries(branchesAreMasked))('%s neither fails nor waits', (_, law) => law());
});

test('a rule of the user in such a branch does not run for it', () => {
  const table = constant([1, 2, 3], 'f64');
  const [values, is] = [input('values', ['n'], 'f64'), input('is', ['n'], 'i32')];
  const picked = vmap({ xs: { values, is } }, ({ values: v, is: i }) =>
    cond(
      i.less(3),
      () => customRoot(v.sqrt(), (q) => q.square().sub(v).mul(table.take(i, 0))),
      () => v,
    ),
  );
  const found = numbers(compute(grad(picked.sum(), values), { values: [4, 5, 9], is: [0, 7, 2] }));
  [1 / 4, 1, 1 / 6].forEach((slope, i) => expect(found[i]).toBeCloseTo(slope, 14));
});

test('vmap over no example gives nothing, also of what checks its values', () => {
  const [y, label] = [input('y', ['b', 3]), input('label', ['b'], 'i32')];
  const losses = vmap({ xs: { y, label } }, (one) =>
    crossEntropy(one.y.expandDims(0), one.label.expandDims(0)),
  );
  const run = compile({ inputs: [y, label], outputs: losses });
  expect(
    run({ y: new HostArray('f32', [0, 3], new Float32Array(0)), label: new Int32Array(0) }).shape,
  ).toEqual([0]);
});

test('clamp has the derivative of what it computes, also where low is above high', () => {
  const [v, low, high] = [input('v', [], 'f64'), input('low', [], 'f64'), input('high', [], 'f64')];
  const slopes = grad(v.clamp(low, high), { v, low, high });
  expect(compute(slopes, { v: 0, low: 2, high: 1 })).toEqual({ v: 0, low: 0, high: 1 });
});

describe('randomness', () => {
  const drop = sequential(dropout(0.5));
  const row = input('row', ['batch', 64]);
  const ones = [new Array(64).fill(1), new Array(64).fill(1)];
  const masks = (randomness: 'same' | 'different'): number[][] => {
    const y = vmap({ xs: row, randomness }, (one) => training(drop)(one.reshape([1, 64])));
    return ((compute(y, { row: ones }, { seed: 5 }) as HostArray).toNested() as number[][][]).map(
      ([one]) => one!,
    );
  };
  test('has to be said', () => {
    const error = refusal(() => vmap({ xs: row }, (one) => training(drop)(one.reshape([1, 64]))));
    expect(error.code).toBe('BAD_ARGUMENT');
    expect(error.sentence).toContain("say randomness: 'same' or 'different'");
  });
  test('is the same or different for the examples', () => {
    const [a, b] = masks('same');
    expect(a).toEqual(b);
    const [c, d] = masks('different');
    expect(c).not.toEqual(d);
    expect(new Set([...c!, ...d!])).toEqual(new Set([0, 2]));
  });
});

test('an update that depends on the example is refused', () => {
  const net = sequential(batchNorm());
  const rows = input('rows', ['n', 4, 3]);
  const error = refusal(() => vmap({ xs: rows }, (one) => training(net)(one)));
  expect(error.code).toBe('UPDATE_CONFLICT');
  expect(error.sentence).toContain('depends on the example');
});

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
