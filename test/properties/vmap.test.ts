/** Claims about vmap, in any order of composition. */
import {
  batchNorm,
  compile,
  cond,
  constant,
  conv2d,
  crossEntropy,
  customRoot,
  customVjp,
  dropout,
  fill,
  flatten,
  grad,
  HostArray,
  hessian,
  input,
  linear,
  lstm,
  parametersOf,
  relu,
  scan,
  sequential,
  type Tensor,
  training,
  variable,
  vmap,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { branchesAreMasked } from './branches.ts';
import { compute } from './engine.ts';
import { refusal } from './refusals.ts';
import { close, f, numbers, points, x, xs } from './three.ts';

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
