/** Claims about whileLoop: when it ends, what it refuses, and its derivatives. */
import { type AnyTensor, cond, constant, fill, grad, input, jvp, scan, whileLoop } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { near, number, numbers, refusal, slope } from './values.ts';

const count = fill(0, [], 'i32');

describe('whileLoop', () => {
  test('goes on as long as the condition holds, and not once if it does not', () => {
    const x = input('x', [], 'f64');
    const last = whileLoop(
      { init: { x, count } },
      (carry) => carry.x.less(10),
      (carry) => ({ x: carry.x.mul(2), count: carry.count.add(1) }),
    );
    expect(numbers([last.x, last.count], { x: 1 })).toEqual([16, 4]);
    expect(numbers([last.x, last.count], { x: 11 })).toEqual([11, 0]);
  });

  test('tells carries apart by their names', () => {
    const last = whileLoop(
      { init: { small: fill(1, [], 'f64'), large: fill(100, [], 'f64') } },
      ({ small }) => small.less(4),
      ({ small, large }) => ({ large: large.add(1), small: small.mul(2) }),
    );
    expect([number(last.small), number(last.large)]).toEqual([4, 102]);
  });

  test('sees what is around it, in the condition and in the body', () => {
    const [limit, by] = [input('limit', [], 'f64'), input('by', [], 'f64')];
    const last = whileLoop(
      { init: fill(1, [], 'f64') },
      (x) => x.less(limit),
      (x) => x.mul(by),
    );
    expect(number(last, { limit: 50, by: 3 })).toBe(81);
  });

  test('may take exactly as many steps as it may', () => {
    const last = whileLoop(
      { init: count, maxSteps: 5 },
      (n) => n.less(5),
      (n) => n.add(1),
    );
    expect(number(last)).toBe(5);
  });

  test('refuses to run when its steps are used up and the condition still holds', () => {
    const last = whileLoop(
      { init: count, maxSteps: 5 },
      (n) => n.less(6),
      (n) => n.add(1),
    );
    const error = refusal(() => number(last));
    expect(error.code).toBe('MAX_STEPS');
    expect(error.sentence).toMatch(/5/);
  });

  test('refuses in a derivative, too', () => {
    const x = input('x', [], 'f64');
    const last = whileLoop(
      { init: x, maxSteps: 3 },
      (v) => v.less(100),
      (v) => v.mul(2),
    );
    expect(number(grad(last, x), { x: 13 })).toBe(8);
    expect(refusal(() => number(grad(last, x), { x: 1 })).code).toBe('MAX_STEPS');
    expect(refusal(() => number(jvp(last, x, fill(1, [], 'f64')), { x: 1 })).code).toBe('MAX_STEPS');
  });

  test('with no steps to take does not become a loop without bound', () => {
    const loop = () =>
      whileLoop(
        { init: count, maxSteps: 0 },
        (n) => n.less(1),
        (n) => n.add(1),
      );
    expect(['BAD_ARGUMENT', 'MAX_STEPS']).toContain(refusal(() => number(loop())).code);
  });
});

describe('derivatives of whileLoop', () => {
  const [x, w] = [input('x', [], 'f64'), input('w', [], 'f64')];
  const body = (v: AnyTensor): AnyTensor =>
    v
      .mul(w as AnyTensor)
      .sin()
      .add(v as never) as AnyTensor;
  /** The steps that the loop takes from 0.1 with the factor 0.9, as plain nodes. */
  const steps = 4;
  const loop = (maxSteps?: number) =>
    whileLoop(
      { init: { v: x, n: count }, ...(maxSteps === undefined ? {} : { maxSteps }) },
      ({ n }) => n.less(steps),
      ({ v, n }) => ({ v: v.mul(w).sin().add(v), n: n.add(1) }),
    ).v;
  let unrolled: AnyTensor = x;
  for (let i = 0; i < steps; i++) unrolled = body(unrolled);
  const feeds = { x: 0.1, w: 0.9 };
  const scalar = (tensor: AnyTensor) => tensor as unknown as ReturnType<typeof loop>;

  test('backwards are those of the steps it took, with steps to spare or none', () => {
    const wanted = numbers(grad(scalar(unrolled), [x, w]), feeds);
    for (const maxSteps of [steps, steps + 1, 50])
      near(numbers(grad(loop(maxSteps), [x, w]), feeds), wanted, 1e-12);
  });
  test('forwards are, with a bound and without one', () => {
    const direction = fill(1, [], 'f64');
    const wanted = numbers(jvp(unrolled, w, direction), feeds);
    near(numbers(jvp(loop(), w, direction), feeds), wanted);
    near(numbers(jvp(loop(20), w, direction), feeds), wanted);
  });
  test('of second order are those of the steps it took', () => {
    const wanted = numbers(grad(scalar(grad(scalar(unrolled), w)), [x, w]), feeds);
    near(numbers(grad(grad(loop(7), w), [x, w]), feeds), wanted, 1e-11);
    near(
      numbers(jvp(jvp(loop(), w, fill(1, [], 'f64')), w, fill(1, [], 'f64')), feeds),
      wanted.slice(1),
      1e-11,
    );
  });
  test('do not run the body beyond the last step, where it may have no value', () => {
    // One step more would take the root of a negative number.
    const last = whileLoop(
      { init: x, maxSteps: 10 },
      (v) => v.greater(1),
      (v) => v.sub(1).sqrt(),
    );
    near(numbers([last, grad(last, x)], { x: 3 }), [
      Math.sqrt(Math.SQRT2 - 1),
      0.25 / Math.SQRT2 / Math.sqrt(Math.SQRT2 - 1),
    ]);
  });
  test('backwards without a bound are refused with a sentence that says what to do', () => {
    const error = refusal(() => grad(loop(), x));
    expect(error.code).toBe('NOT_DIFFERENTIABLE');
    expect(error.sentence).toMatch(/maxSteps/);
    expect(error.sentence).toMatch(/scan/);
  });
  test('backwards are not needed where nothing depends on the loop', () => {
    expect(number(grad(loop().mul(0).stopGradient().add(x.square()), x), feeds)).toBeCloseTo(0.2, 14);
    const index = whileLoop(
      { init: count },
      (n) => n.less(3),
      (n) => n.add(1),
    );
    expect(number(grad(x.mul(index.cast('f64')), x), feeds)).toBe(3);
  });
});

describe('derivatives inside of a loop', () => {
  const a = input('a', [], 'f64');
  const start = fill(1, [], 'f64');
  /** Newton's method for v³ + v = a, until the residual is small. */
  const residual = (v: AnyTensor): AnyTensor =>
    v
      .mul(v as never)
      .mul(v as never)
      .add(v as never)
      .sub(a as never) as AnyTensor;
  const newton = (maxSteps?: number) =>
    whileLoop(
      { init: start, ...(maxSteps === undefined ? {} : { maxSteps }) },
      (v) => v.mul(v).mul(v).add(v).sub(a).abs().greater(1e-12),
      (v) => {
        const r = v.mul(v).mul(v).add(v).sub(a);
        return v.sub(r.div(grad(r, v)));
      },
    );
  const plain = (target: number): number => {
    let v = 1;
    while (Math.abs(v * v * v + v - target) > 1e-12) v -= (v * v * v + v - target) / (3 * v * v + 1);
    return v;
  };

  test('are those of plain numbers: Newton finds the root', () => {
    near([number(newton(), { a: 7 })], [plain(7)]);
    const root = newton() as unknown as AnyTensor;
    expect(Math.abs(number(residual(root), { a: 7 }))).toBeLessThan(1e-11);
  });
  test('have derivatives: the root moves as the implicit function says', () => {
    const root = plain(7);
    const wanted = 1 / (3 * root * root + 1);
    near([number(grad(newton(30), a), { a: 7 })], [wanted], 1e-9);
    near([number(jvp(newton(), a, fill(1, [], 'f64')), { a: 7 })], [wanted], 1e-9);
  });
  test('descend: the minimum of a loss, and its slope in what the loss sees', () => {
    const target = input('target', [2], 'f64');
    const rate = 0.2;
    const last = whileLoop(
      { init: { w: constant([0, 0], 'f64'), n: count }, maxSteps: 25 },
      ({ n }) => n.less(25),
      ({ w, n }) => ({ w: w.sub(grad(w.sub(target).square().sum(), w).mul(rate)), n: n.add(1) }),
    ).w;
    const part = 1 - (1 - 2 * rate) ** 25;
    near(numbers(last, { target: [1, -3] }), [part, -3 * part]);
    near(numbers([grad(last.sum(), target)], { target: [1, -3] }), [part, part]);
  });
});

test('a loop and a branch in a loop: the steps of Collatz', () => {
  const n = input('n', [], 'i32');
  const last = whileLoop(
    { init: { n, steps: count } },
    (carry) => carry.n.greater(1),
    (carry) => ({
      n: cond(
        carry.n.rem(2).equal(0),
        () => carry.n.div(2),
        () => carry.n.mul(3).add(1),
      ),
      steps: carry.steps.add(1),
    }),
  );
  expect(number(last.steps, { n: 27 })).toBe(111);
});

test('each row has a loop of its own', () => {
  const x = input('x', [4], 'i32');
  const [, bits] = scan({ init: [], xs: x }, (nothing, entry) => [
    nothing,
    whileLoop(
      { init: { left: entry, bits: count } },
      ({ left }) => left.greater(0),
      ({ left, bits }) => ({
        left: left.div(2),
        bits: bits.add(1),
      }),
    ).bits,
  ]);
  expect(numbers(bits, { x: [0, 1, 5, 1000] })).toEqual([0, 1, 3, 10]);
});

test('the slope of the number of doublings is the slope of the last value', () => {
  const x = input('x', [], 'f64');
  const last = whileLoop(
    { init: x, maxSteps: 40 },
    (v) => v.less(1000),
    (v) => v.mul(v).add(1),
  );
  const plain = (value: number): number => {
    let v = value;
    while (v < 1000) v = v * v + 1;
    return v;
  };
  near([number(grad(last, x), { x: 0.3 })], [slope(plain, 0.3, 1e-4)], 1e-7);
});
