/** Claims about verdicts: right, wrong, kink, ill-conditioned and not finite are told apart. */
import {
  type AnyTensor,
  adam,
  batchNorm,
  compile,
  crossEntropy,
  customJvp,
  customVjp,
  type Engine,
  type Executable,
  formatReport,
  fromArrays,
  gradcheck,
  HostArray,
  input,
  interpreter,
  linear,
  named,
  scan,
  sequential,
  type Tensor,
  trainer,
  training,
  type Verdict,
  variable,
  whileLoop,
} from 'cotangent';
import { describe, expect, test } from 'vitest';

const x = input('x', ['n']);
const at = (...entries: number[]) => ({ x: entries });

/** The verdicts of the first and of the second order. */
const verdictsOn = (y: AnyTensor, point: Record<string, number[]>): Verdict[] =>
  gradcheck(y, point).entries.map(({ verdict }) => verdict);

describe('right', () => {
  test.each<[string, AnyTensor, number[]]>([
    ['a smooth function', x.sin().mul(x.exp()).sum(), [0.3, -1.2, 2]],
    ['results that are no scalars', x.sin().mul(x.sum()), [0.3, -1.2, 2]],
    ['far from the origin', x.square().sum(), [1e6, -3e5]],
    ['close to a pole', x.log().sum(), [1e-6, 1]],
    ['a steep function', x.mul(200).sigmoid().sum(), [0.001, -0.002]],
    ['a fast wave', x.mul(300).sin().sum(), [0.4]],
    ['a bend near by', x.abs().sum(), [1e-5, -2]],
    [
      'many entries, in random directions',
      x.square().mul(x.cos()).sum(),
      Array.from({ length: 200 }, (_, i) => Math.sin(i)),
    ],
    ['an empty array', x.sum(), []],
    ['close to a pole of second order', x.pow(-1).sum(), [1e-9]],
    ['at a tiny scale', x.mul(x.log()).sum(), [1e-20]],
    ['at a huge scale', x.mul(1e-9).sin().sum(), [1e9]],
    ['something narrow', x.mul(1e6).square().neg().exp().sum(), [1e-6]],
  ])('%s', (_, y, point) => expect(new Set(verdictsOn(y, at(...point)))).toEqual(new Set(['right'])));
});

describe('kink', () => {
  test.each<[string, AnyTensor, number[]]>([
    ['relu at 0', x.relu().sum(), [0, 1, -1]],
    ['abs at 0', x.abs().sum(), [0]],
    ['ties in max', x.max(), [1, 1, 0.5]],
    ['an end of clamp', x.clamp(-1, 1).sum(), [1]],
    ['a jump of floor', x.floor().sum(), [2]],
    ['the edge of the domain, where the slope is finite', x.pow(2.5).sum(), [0]],
  ])('%s', (_, y, point) => {
    const report = gradcheck(y, at(...point));
    expect(report.entries[0]!.verdict).toBe('kink');
    expect(report.passed).toBe(true);
  });
  test('a derivative outside of the slopes of both sides is wrong all the same', () => {
    const bent = customJvp(x.relu(), x, (dx) => dx.mul(1.5));
    expect(verdictsOn(bent.sum(), at(0))[0]).toBe('wrong');
  });
  test('a kink hides no fault: beside it the derivative has to be right', () => {
    const inside = customJvp(x.relu(), x, (dx) => dx.mul(0.7));
    expect(verdictsOn(inside.sum(), at(0))[0]).toBe('wrong');
    const jumping = customVjp(x.sign(), x, (dy) => dy.mul(1000));
    expect(verdictsOn(jumping.sum(), at(0))[0]).toBe('wrong');
    // Many entries, of which some are at a kink, along random directions.
    const faulty = customVjp(x.tanh(), x, (dy) => dy.mul(x.tanh().square().neg().add(1)).mul(1.3));
    const many = Array.from({ length: 100 }, (_, i) => (i < 10 ? 0 : Math.sin(i)));
    const report = gradcheck(faulty.add(x.relu()).sum(), at(...many));
    expect(report.entries[0]!.verdict).toBe('wrong');
    expect(report.culprits[0]!.op).toBe('customVjp');
  });
});

describe('ill-conditioned', () => {
  test.each<[string, AnyTensor, number[]]>([
    ['digits lost inside', x.add(1e12).sub(1e12).sum(), [0.3]],
    ['a small slope on a large value', x.mul(1e-4).add(1e11).sum(), [0.3]],
  ])('%s', (_, y, point) => {
    const report = gradcheck(y, at(...point));
    expect(report.entries[0]!.verdict).toBe('ill-conditioned');
    expect(report.passed).toBe(false);
    expect(formatReport(report)).toContain('could not be measured well enough');
  });
});

describe('not finite', () => {
  test.each<[string, AnyTensor, number[]]>([
    ['an infinite slope', x.sqrt().sum(), [0, 1]],
    ['a value that is NaN', x.log().sum(), [-1, 1]],
  ])('%s is a failure', (_, y, point) => {
    const report = gradcheck(y, at(...point));
    expect(report.entries[0]!.verdict).toBe('not finite');
    expect(report.passed).toBe(false);
  });
});

describe('wrong', () => {
  test('by a small factor', () => {
    // Wrong by one part in ten thousand; as a function by itself the gradient is derived rightly.
    const y = customVjp(x.sin(), x, (dy) => dy.mul(x.cos()).mul(1.0001));
    const report = gradcheck(y.sum(), at(0.3, 0.9));
    expect(report.entries.map(({ verdict }) => verdict)).toEqual(['wrong', 'right']);
    expect(report.entries[0]).toMatchObject({ name: 'x', order: 1, index: [0], of: [] });
    expect(report.entries[0]!.difference).toBeCloseTo(Math.cos(0.3), 8);
    expect(report.entries[0]!.derivative).toBeCloseTo(1.0001 * Math.cos(0.3), 8);
  });
  test.each<[string, AnyTensor, number]>([
    [
      'something narrow that wide steps do not see',
      customJvp(x.mul(1e6).square().neg().exp(), x, (d) => d.mul(0)),
      1e-6,
    ],
    ['near a kink', customJvp(x.abs(), x, (d) => d.mul(0.3)), 1e-6],
    ['beside a jump', customJvp(x.floor().add(x), x, (d) => d.mul(-5)), 1],
  ])('%s', (_, y, point) => expect(verdictsOn(y.sum(), at(point))[0]).toBe('wrong'));
  test('by little more than the doubt of the measurement', () => {
    // The slope is measured to some 1e-6: a rule that is off by 1e-3 is wrong, and not beyond telling.
    const y = customVjp(x.mul(1e-2).add(1e6), x, (dy) => dy.mul(1.001e-2));
    expect(verdictsOn(y.sum(), at(0.3))[0]).toBe('wrong');
  });
  test('in the second order alone', () => {
    const y = customVjp(x.sin(), x, (dy) => dy.mul(x.cos().stopGradient()));
    const report = gradcheck(y.sum(), at(0.3, 0.9));
    expect(report.entries.map(({ order, verdict }) => [order, verdict])).toEqual([
      [1, 'right'],
      [2, 'wrong'],
    ]);
    expect(gradcheck(y.sum(), at(0.3, 0.9), { order: 1 }).passed).toBe(true);
  });
});

describe('rules that are not linear', () => {
  test.each<[string, (v: typeof x) => AnyTensor]>([
    ['the size of a tangent', (v) => customJvp(v.square(), v, (dv) => v.mul(2).mul(dv.abs()))],
    ['a tangent squared', (v) => customJvp(v.square(), v, (dv) => dv.square())],
    ['a tangent and a constant', (v) => customJvp(v.square(), v, (dv) => v.mul(2).mul(dv).add(1))],
  ])('%s', (_, f) => {
    const report = gradcheck(f(x).sum(), at(0.4, -0.7));
    expect(report.passed).toBe(false);
    expect(report.culprits[0]).toMatchObject({ op: 'customJvp', rule: 'not linear' });
  });
});

describe('what can be checked', () => {
  const label = input('label', ['batch'], 'i32');
  const rows = input('rows', ['batch', 2]);
  const point = {
    rows: [
      [0.1, 0.4],
      [-0.3, 0.2],
      [0.7, -0.9],
    ],
    label: [0, 1, 1],
  };
  const build = () =>
    named({
      net: sequential(linear({ units: 3 }), batchNorm(), (y: AnyTensor) => y.tanh(), linear({ units: 2 })),
    }).net;

  test('a compiled program, at the values that its variables have', () => {
    const w = variable('w', [2], [0.5, -1]);
    const loss = rows.mul(w).sin().sum();
    const program = compile({ inputs: [rows], outputs: { loss }, updates: [w.becomes(w.mul(2))] });
    program({ rows: point.rows });
    const report = gradcheck(program, { rows: [[1, 1]] });
    expect(report.passed).toBe(true);
    // The variable was doubled by the call: d/dw₀ sin(w₀) = cos(1).
    expect(
      gradcheck(program, { rows: [[1, 0]] }, { wrt: ['w'], order: 1, mostEntries: 2 }).entries[0]!.derivative,
    ).toBeCloseTo(Math.cos(1), 6);
  });
  test('a closed graph', () => {
    const program = compile({ inputs: [rows], outputs: rows.exp().mean() });
    expect(gradcheck(program.graph, { rows: point.rows }).passed).toBe(true);
  });
  test('the step of a trainer', async () => {
    const run = trainer({
      model: build(),
      inputs: [rows, label],
      loss: (y, labels, weights) => crossEntropy(y, labels as never, { weights }),
      optimizer: adam(),
      seed: 1,
    });
    await run.fit(fromArrays(point, { dtypes: { label: 'i32' } }).batch(3), { epochs: 2 });
    const report = gradcheck(run, { ...point, weight: [1, 1, 1] }, { wrt: ['rows', 'net/0/kernel'] });
    expect(report.passed).toBe(true);
  });
  test('a layer as it trains; updates of its statistics are no part of the function', () => {
    const net = build();
    expect(gradcheck(training(net)(rows), { rows: point.rows }, { seed: 2, wrt: ['rows'] }).passed).toBe(
      true,
    );
  });
  test('a loop without a bound, in forward mode alone, which is said', () => {
    const y = whileLoop(
      { init: x },
      (v) => v.sum().less(10),
      (v) => v.mul(1.5),
    );
    const report = gradcheck(y.sum(), at(0.4, 0.7));
    expect(report.passed).toBe(true);
    expect(report.entries.map(({ order }) => order)).toEqual([1]);
    expect(report.notes.join()).toContain('forward mode alone');
  });
  test('a rule of reverse mode that is not linear, in reverse mode alone, which is said', () => {
    const clipped = customVjp(x.square(), x, (dy) => dy.mul(x).mul(2).clamp(-5, 5));
    const report = gradcheck(clipped.sum(), at(0.4, 0.7));
    expect(report.entries[0]!.verdict).toBe('right');
    expect(report.notes.join()).toContain('reverse mode alone');
  });
  test('a loop of many steps', () => {
    const [last] = scan({ init: x, length: 5 }, (h) => [h.sin().mul(1.1)]);
    expect(gradcheck(last, at(0.3, -0.8)).passed).toBe(true);
  });
});

test('another engine is checked by the same numbers; one that is wrong is found', () => {
  const inner = interpreter();
  const wrapped = (change: (value: HostArray) => HostArray): Engine<'sync'> => ({
    ...inner,
    name: 'wrapped',
    compile(graph): Executable<'sync'> {
      const executable = inner.compile(graph);
      return {
        ...executable,
        run: (...given) => {
          const { outputs, updates } = executable.run(...given);
          return { outputs: outputs.map(change), updates };
        },
      };
    },
  });
  expect(gradcheck(x.sin().sum(), at(1, 2), { engine: wrapped((value) => value) }).passed).toBe(true);
  // Results that differ from run to run.
  let runs = 0;
  const noisy = wrapped(({ dtype, shape, data }) => {
    const changed = data.map((entry: number) => entry * (1 + 1e-13 * (runs++ % 7))) as Float64Array;
    return new HostArray(dtype, shape, changed);
  });
  const report = gradcheck(x.sin().sum(), at(1, 2), { engine: noisy });
  expect(report.deterministic).toBe(false);
  expect(report.passed).toBe(false);
  expect(formatReport(report)).toContain('different results');
});

test('results of more axes carry their place, and a note says how they were checked', () => {
  const wide = input('wide', [2, 2]) as unknown as Tensor<[2, 2]>;
  const wrong = customVjp(wide.square(), wide, (dy) =>
    dy
      .mul(wide)
      .mul(2)
      .add(dy.slice(0, 1, 2).sum().mul(1e-3)),
  );
  const report = gradcheck(
    wrong,
    {
      wide: [
        [1, 2],
        [3, 4],
      ],
    },
    { order: 1 },
  );
  expect(report.entries[0]!.verdict).toBe('wrong');
  expect(report.entries[0]!.of[0]).toBe(1);
  expect(report.notes[0]).toContain('no scalar');
});
