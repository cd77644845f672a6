/** Claims about numerical debugging: the node that makes NaN or an infinity is named, guards are no false alarm, watches report. */
import {
  type AnyTensor,
  CotangentError,
  call,
  compile,
  cond,
  fill,
  fromArrays,
  fromNested,
  grad,
  gradientNorms,
  type HostArray,
  input,
  linear,
  meanSquaredError,
  named,
  parametersOf,
  relu,
  scan,
  sequential,
  sgd,
  type Tensor,
  type TrainerDebug,
  trainer,
  variable,
  where,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';

const x = input('x', [3]);
const nan = { debug: { nan: true } } as const;

function complaint(run: () => unknown): CotangentError {
  try {
    run();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was complained about');
}

describe('the first node that makes a number that is not finite', () => {
  test('is named with the place, the values it came from and the line', () => {
    const program = compile({ inputs: [x], outputs: x.sub(1).log().sum() }, nan);
    expect(program({ x: [2, 3, 4] })).toBeCloseTo(Math.log(6), 5);
    const error = complaint(() => program({ x: [2, 0.5, 1] }));
    expect(error.code).toBe('NOT_FINITE');
    expect(error.sentence).toBe('log makes NaN at [1], as in 2 of 3 places, from -0.5');
    expect(error.line).toMatch(/debug\.test\.ts:\d+:\d+$/);
  });
  test('is named by layer', () => {
    const net = sequential(linear({ units: 2, name: 'head' }), (y: AnyTensor) => y.mul(1e30).exp());
    const program = compile({ inputs: [x], outputs: net(x.reshape([1, 3])).sum() }, { ...nan, seed: 1 });
    expect(complaint(() => program({ x: [9, 9, 9] })).sentence).toContain('exp makes Infinity');
  });
  test('is found in a derivative, which says so', () => {
    const program = compile({ inputs: [x], outputs: grad(x.sqrt().sum(), x) }, nan);
    const error = complaint(() => program({ x: [1, 0, 4] }));
    expect(error.sentence).toContain('makes Infinity at [1]');
    expect(error.line).toContain('derivative of');
  });
  test('is found inside of a loop', () => {
    const [, ys] = scan({ init: fill(2, []), xs: x }, (carry, entry) => {
      const next = carry.sub(entry);
      return [next, next.log()];
    });
    const program = compile({ inputs: [x], outputs: ys.sum() }, nan);
    expect(complaint(() => program({ x: [1, 1, 1] })).sentence).toBe('log makes -Infinity at [], from 0');
    const looped = whileLoop(
      { init: x.sum(), maxSteps: 50 },
      (v) => v.less(1e38),
      (v) => v.mul(1e20),
    );
    const growing = compile({ inputs: [x], outputs: looped }, nan);
    expect(complaint(() => growing({ x: [1, 1, 1] })).sentence).toContain('mul makes Infinity');
  });
  test('counts also where it is swallowed by a later node', () => {
    const program = compile({ inputs: [x], outputs: x.log().sigmoid().sum() }, nan);
    expect(complaint(() => program({ x: [1, 0, 1] })).sentence).toContain('log makes -Infinity at [1]');
  });
  test('may be an input or a variable that holds NaN', () => {
    const w = variable('w', [3], [1, Number.NaN, 1]);
    const program = compile({ inputs: [x], outputs: x.mul(w).sum() }, nan);
    expect(complaint(() => program({ x: [1, 2, 3] })).sentence).toBe("the variable 'w' [3] holds NaN at [1]");
    const fed = compile({ inputs: [x], outputs: x.sum() }, nan);
    expect(complaint(() => fed({ x: [1, 2, Number.NaN] })).sentence).toBe(
      "the input 'x' [3] holds NaN at [2]",
    );
  });
});

describe('inside of loops and branches', () => {
  test('the step that overflows is found though a mask is infinite', () => {
    const [last] = scan(
      { init: { most: fill(Number.NEGATIVE_INFINITY, []), sum: fill(0, []) }, xs: x },
      (c, v) => [{ most: c.most.maximum(v), sum: c.sum.add(v.exp()) }],
    );
    const program = compile({ inputs: [x], outputs: last }, nan);
    expect(complaint(() => program({ x: [1, 1000, 3] })).sentence).toBe(
      'exp makes Infinity at [], from 1000',
    );
  });
  test('what is made in one step and swallowed in the next is found', () => {
    const [last] = scan({ init: fill(0, []), xs: x }, (c, v) => [v.div(c)]);
    const program = compile({ inputs: [x], outputs: last }, nan);
    expect(complaint(() => program({ x: [1, 2, 3] })).sentence).toBe(
      'div makes Infinity at [], from 1 and 0',
    );
  });
  test('a result that nobody wants accuses nobody', () => {
    const [, ys] = scan({ init: fill(0, []), xs: x }, (c, v) => [c, { a: v.log(), b: v.sqrt() }]);
    const program = compile({ inputs: [x], outputs: ys.b }, nan);
    expect(complaint(() => program({ x: [0, 4, -1] })).sentence).toBe('sqrt makes NaN at [], from -1');
  });
  test('guards inside of bodies are guards, forwards and in reverse mode', () => {
    const safe = (q: Tensor<[3]>) => where(q.greater(0), q.log(), 0).sum();
    const program = compile(
      {
        inputs: [x],
        outputs: [
          grad(call(safe, x), x),
          grad(
            cond(
              x.sum().greater(0),
              () => safe(x),
              () => x.sum(),
            ),
            x,
          ),
        ],
      },
      nan,
    );
    expect(() => program({ x: [0, 2, 3] })).not.toThrow();
    const logs = x.log();
    const [, kept] = scan({ init: fill(0, []), xs: { v: x, l: logs } }, (c, { v, l }) => [
      c,
      where(v.greater(0), l, 0),
    ]);
    const sliced = compile({ inputs: [x], outputs: kept }, nan);
    expect(() => sliced({ x: [0, 2, 3] })).not.toThrow();
    const [, open] = scan({ init: fill(0, []), xs: logs }, (c, l) => [c, l.mul(2)]);
    const used = compile({ inputs: [x], outputs: open }, nan);
    expect(complaint(() => used({ x: [0, 2, 3] })).sentence).toContain('log makes -Infinity at [0]');
  });
});

test('NaN that is written down is an alarm; a fed array that changes is looked at again', () => {
  const written = compile({ inputs: [x], outputs: x.mul(fill(Number.NaN, [])) }, nan);
  expect(complaint(() => written({ x: [1, 2, 3] })).sentence).toContain('constant makes NaN');
  const program = compile({ inputs: [x], outputs: x.exp() }, nan);
  const fed = fromNested([1, 2, Infinity]);
  program({ x: fed });
  fed.data[2] = 1000;
  expect(complaint(() => program({ x: fed })).sentence).toContain('exp makes Infinity at [2]');
  const difference = compile({ inputs: [x], outputs: x.sub(x) }, nan);
  expect(complaint(() => difference({ x: [1, Infinity, 2] })).sentence).toContain('sub makes NaN at [1]');
});

describe('no alarm', () => {
  test('for what a guard leaves out, forwards and in derivatives of both orders', () => {
    const entropy = where(x.greater(0), x.mul(x.log()), 0).sum();
    const first = grad(entropy, x);
    const program = compile({ inputs: [x], outputs: [entropy, first, grad(first.sum(), x)] }, nan);
    expect(() => program({ x: [0, 0.5, 0.5] })).not.toThrow();
  });
  test('for infinities that are fed or written, as masks are', () => {
    const masked = where(x.greater(0), x, Number.NEGATIVE_INFINITY).softmax();
    const program = compile({ inputs: [x], outputs: [masked, x.maximum(Number.NEGATIVE_INFINITY)] }, nan);
    expect(() => program({ x: [0, 1, 2] })).not.toThrow();
    expect(() => program({ x: [Number.NEGATIVE_INFINITY, 1, 2] })).not.toThrow();
  });
});

test('a failed call changes no variable, and values are the same bits as without', () => {
  const w = variable('w', [], 1);
  const updated = w.becomes(w.mul(x.log().sum()));
  const careful = compile({ inputs: [x], outputs: x.exp().sum(), updates: [updated] }, nan);
  const plain = compile({ inputs: [x], outputs: x.exp().sum() });
  expect(careful({ x: [1, 2, 3] })).toBe(plain({ x: [1, 2, 3] }));
  const before = careful.state.get('w').item();
  complaint(() => careful({ x: [0, 1, 2] }));
  expect(careful.state.get('w').item()).toBe(before);
});

test('a watch reports any tensor, a gradient too, and changes no output', () => {
  const seen: [string, unknown][] = [];
  const hidden = x.square();
  const loss = hidden.sum();
  const program = compile(
    { inputs: [x], outputs: { loss } },
    {
      report: (name, value) => seen.push([name, value.toNested()]),
      debug: { watch: { hidden, slope: grad(loss, x) } },
    },
  );
  expect(program({ x: [1, 2, 3] })).toEqual({ loss: 14 });
  expect(seen).toEqual([
    ['hidden', [1, 4, 9]],
    ['slope', [2, 4, 6]],
  ]);
});

test('gradient norms by layer are the norms of the gradients of its parameters', () => {
  const net = named({ net: sequential(linear({ units: 4 }), relu(), linear({ units: 1 })) });
  const rows = input('rows', ['batch', 3]);
  const gradients = grad(net.net(rows).square().mean(), parametersOf(net));
  const program = compile(
    { inputs: [rows], outputs: { norms: gradientNorms(gradients), gradients } },
    { seed: 1 },
  );
  const found = program({
    rows: [
      [1, 2, 3],
      [-1, 0.5, 2],
    ],
  }) as unknown as {
    norms: Record<string, number>;
    gradients: Record<string, HostArray>;
  };
  expect(Object.keys(found.norms)).toEqual(['net/0', 'net/2']);
  for (const [layer, norm] of Object.entries(found.norms)) {
    const own = Object.entries(found.gradients).filter(([path]) => path.startsWith(`${layer}/`));
    const entries = own.flatMap(([, { data }]) => Array.from(data as Float32Array));
    expect(norm).toBeCloseTo(Math.hypot(...entries), 5);
  }
});

describe('a trainer', () => {
  const rows = input('rows', ['batch', 3]);
  const target = input('target', ['batch', 1]);
  const build = (debug: TrainerDebug) =>
    trainer({
      model: named({ net: sequential(linear({ units: 4 }), relu(), linear({ units: 1 })) }).net,
      inputs: [rows, target],
      loss: (prediction, label, weights) => meanSquaredError(prediction.log(), label, { weights }),
      optimizer: sgd({ learningRate: 0.01 }),
      seed: 1,
      debug,
    });
  const data = fromArrays({
    rows: [
      [1, 2, 3],
      [-1, 0.5, 2],
    ],
    target: [[1], [2]],
  }).batch(2);

  test('names the node that makes NaN in a step, and leaves its variables as they were', async () => {
    const run = build({ nan: true });
    const before = run.variables.get('net/0/kernel').toNested();
    const error = await run.fit(data, { epochs: 1 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CotangentError);
    expect((error as CotangentError).sentence).toMatch(/^log makes NaN at \[\d, 0\]/);
    expect(run.variables.get('net/0/kernel').toNested()).toEqual(before);
  });
  test('gives the norms of gradients by layer with each step', async () => {
    const run = trainer({
      model: named({ net: sequential(linear({ units: 4 }), relu(), linear({ units: 1 })) }).net,
      inputs: [rows, target],
      loss: (prediction, label, weights) => meanSquaredError(prediction, label, { weights }),
      optimizer: sgd({ learningRate: 0.01 }),
      seed: 1,
      debug: { gradientNorms: true },
    });
    const seen: (Readonly<Record<string, number>> | undefined)[] = [];
    run.on('step', ({ gradientNorms: norms }) => void seen.push(norms));
    await run.fit(data, { epochs: 1 });
    expect(Object.keys(seen[0]!)).toEqual(['net/0', 'net/2']);
    expect(Object.values(seen[0]!).every((norm) => norm > 0)).toBe(true);
  });
});
