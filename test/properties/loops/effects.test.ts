/** What bodies do beside computing reaches the program whichever of their results it looks at. */
import {
  call,
  compile,
  dropout,
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
  linearize,
  scan,
  sgd,
  training,
  variable,
  vjp,
  whileLoop,
  withUpdate,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import '../engine.ts';

const x = input('x', [3]);
type Scalar = ReturnType<typeof fill<[]>>;
type Triple = ReturnType<typeof fill<[3]>>;
type Pair = ReturnType<typeof fill<[2]>>;
const counter = () => variable('count', []);

describe.each([
  ['carry', false],
  ['stack', false],
  ['carry', true],
  ['stack', true],
] as const)('an update inside of a scan, seen through its %s, unrolled: %j', (result, unroll) => {
  test('is made once in every step, whatever it marks', () => {
    for (const marked of ['next carry', 'stacked value']) {
      const count = counter();
      const plus = (old: Scalar) => old.add(1);
      const [carry, ys] = scan({ init: x.sum().mul(0), xs: x, unroll }, (sum, entry) =>
        marked === 'next carry'
          ? [withUpdate(sum.add(entry), count, plus), sum]
          : [sum.add(entry), withUpdate(sum, count, plus)],
      );
      const program = compile({ inputs: [x], outputs: result === 'carry' ? carry : ys });
      program({ x: [1, 2, 3] });
      expect(program.state.get('count').item()).toBe(3);
    }
  });

  test('is made once in every step', () => {
    const count = counter();
    const [carry, ys] = scan({ init: x.sum().mul(0), xs: x, unroll }, (sum, entry) => {
      const next = withUpdate(sum.add(entry), count, (old) => old.add(1));
      return [next, next];
    });
    const program = compile({ inputs: [x], outputs: result === 'carry' ? carry : ys });
    program({ x: [1, 2, 3] });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(6);
  });
});

test('an update inside of a call reaches the program through any of its results, and is made once', () => {
  for (const outputs of [[0], [1], [0, 1]]) {
    const count = counter();
    const results = call((a) => [withUpdate(a.exp(), count, (old) => old.add(1)), a.sin()], x);
    const program = compile({ inputs: [x], outputs: outputs.map((i) => results[i]!) });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(1);
  }
});

test('an update inside of a whileLoop reaches the program through any of its carries', () => {
  for (const name of ['a', 'b'] as const) {
    const count = counter();
    const end = whileLoop(
      { init: { a: x.sum().mul(0), b: x.sum() }, maxSteps: 9 },
      ({ a }) => a.less(4),
      ({ a, b }) => ({ a: withUpdate(a.add(1), count, (old) => old.add(1)), b: b.mul(2) }),
    );
    const program = compile({ inputs: [x], outputs: end[name] });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(4);
  }
});

describe.each([false, true])('inside of a scan, unrolled: %j', (unroll) => {
  const repeated = (layer: (v: Triple) => Triple) =>
    scan({ init: x, length: 3, unroll }, (carry) => [layer(carry)])[0];

  test('dropout counts the steps of the training: once per program, with another mask in each', () => {
    const layer = training(dropout({ rate: 0.5, name: 'drop' }));
    const wide = input('wide', [64]);
    const [kept] = scan({ init: wide, length: 3, unroll }, (carry) => [layer(carry) as typeof wide]);
    const program = compile({ inputs: [wide], outputs: kept });
    const feed = { wide: Array.from({ length: 64 }, () => 1) };
    const masks = [program(feed), program(feed)].map(({ data }) => Array.from(data));
    expect(program.state.get('step').item()).toBe(2);
    expect(masks[0]).not.toEqual(masks[1]);
  });

  test('a layer built for evaluation is noticed by whoever trains it', () => {
    const [w, drop] = [variable('w', [], 1), dropout({ rate: 0.5, name: 'drop' })];
    const loss = repeated((carry) => drop(carry.mul(w)) as Triple).sum();
    expect(() => sgd({ learningRate: 0.1 }).minimize(loss, { w })).toThrow(/'drop'.*evaluation/);
    const trained = repeated((carry) => training(drop)(carry.mul(w)) as Triple).sum();
    expect(sgd({ learningRate: 0.1 }).minimize(trained, { w })).toHaveLength(2);
  });
});

describe('the updates of a value are made with every derivative of it, forwards and backwards', () => {
  const [w, one] = [variable('w', [2], [1, 2]), fill(1, [])];
  const derivatives: Readonly<Record<string, (loss: Scalar, y: Pair) => object>> = {
    jvp: (loss) => jvp(loss, w, w),
    linearize: (loss) => linearize(loss, w)(w),
    hvp: (loss) => hvp(loss, w, w),
    grad: (loss) => grad(loss, w),
    vjp: (loss) => vjp(loss, w, one),
    jacfwd: (loss) => jacfwd(loss, w),
    jacrev: (loss) => jacrev(loss, w),
    jacobian: (loss) => jacobian(loss, w),
    hessian: (loss) => hessian(loss, w),
    'gnvp, of the loss': (loss, y) => gnvp(loss, y, w, w),
    'gnvp, of the outputs': (_, y) => gnvp(y.square().sum(), y, w, w),
  };
  test.each(Object.entries(derivatives))('%s', (name, derive) => {
    const count = counter();
    const marked = <T extends Scalar | Pair>(y: T): T =>
      withUpdate(y as Scalar, count, (old) => old.add(1)) as T;
    const y = name === 'gnvp, of the outputs' ? marked(w.sin()) : w.sin();
    const loss = y.square().sum();
    // Of a sum of squares, to which the marked value adds nothing that could be derived.
    const value = name.startsWith('gnvp') ? marked(loss) : loss.add(marked(one));
    const program = compile({ inputs: [], outputs: derive(value, y) as Scalar });
    program({});
    expect(program.state.get('count').item()).toBe(1);
  });
});
