/** The point of a check: what it takes in place of every leaf, and which words it has for what it does not take. */
import {
  batchNorm,
  compile,
  crossEntropy,
  fill,
  gradcheck,
  HostArray,
  input,
  linear,
  named,
  sequential,
  sgd,
  trainer,
  training,
  variable,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../properties/refusals.ts';

const x = input('x', ['batch', 3]);
const rows = [
  [0.1, 0.2, 0.3],
  [0.4, 0.5, 0.6],
];
const point = { x: rows };
const w = variable(
  'w',
  [3, 2],
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
);
const y = x.matmul(w).sin().sum();
/** What somebody may write who does not use the types. */
const loosely = gradcheck as unknown as (...args: unknown[]) => ReturnType<typeof gradcheck>;

test('floats come as lists, arrays of either width, and typed arrays', () => {
  const numbers = rows.flat();
  for (const given of [
    new Float32Array(numbers),
    new Float64Array(numbers),
    new HostArray('f32', [2, 3], new Float32Array(numbers)),
    new HostArray('f64', [2, 3], new Float64Array(numbers)),
  ])
    expect(gradcheck(y, { x: given, w: new Float32Array([1, 2, 3, 4, 5, 6]) }).passed).toBe(true);
});

test('the option state comes before the values of a program or trainer', () => {
  const make = (seed: number) => {
    const { net } = named({ net: linear({ units: 2 }) });
    return compile({ inputs: [x], outputs: net(x).sin().sum() }, { seed });
  };
  const [one, other] = [make(1), make(2)];
  const slope = (...args: Parameters<typeof gradcheck>) => gradcheck(...args).entries[0]!.derivative;
  expect(slope(one, point)).not.toBe(slope(other, point));
  expect(slope(one, point, { state: other.state })).toBe(slope(other, point));
});

test('the weights of a trainer are 1 if nothing is said', () => {
  const { net } = named({ net: sequential(linear({ units: 3 }), linear({ units: 2 })) });
  const run = trainer({
    model: net,
    inputs: [x, input('label', ['batch'], 'i32')],
    loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
    optimizer: sgd(),
    seed: 1,
  });
  const report = gradcheck(run, { ...point, label: [0, 1] });
  expect(report.passed).toBe(true);
  expect(report.entries).toEqual(gradcheck(run, { ...point, label: [0, 1], weight: [1, 1] }).entries);
});

const z = input('z', ['batch', 3]);
const whole = input('whole', [2], 'i32');

describe('gradcheck refuses', () => {
  test.each<[string, () => unknown, string, string]>([
    [
      'a batch that is too small for what a layer updates',
      () => gradcheck(training(batchNorm())(x), { x: [[1, 2, 3]] }),
      'BATCH_TOO_SMALL',
      'at least 2 values are needed for each statistic, and there is 1',
    ],
    [
      'a missing axis',
      () => gradcheck(y, { x: [1, 2, 3] }),
      'SHAPE_MISMATCH',
      "the input 'x' is declared [batch, 3] and was fed [3]: it needs 2 axes, not 1; for a single example, feed it as a batch of one",
    ],
    [
      'two sizes of one name',
      () => gradcheck(x.mul(z).sum(), { ...point, z: [[1, 2, 3]] }),
      'SHAPE_MISMATCH',
      "'batch' is 1 here and 2 in the input 'x'",
    ],
    [
      'a variable of another shape',
      () => gradcheck(y, { ...point, w: [1, 2] }),
      'SHAPE_MISMATCH',
      "the variable 'w' is declared [3, 2] and was fed [2]: it needs 2 axes, not 1",
    ],
    [
      'a fraction for an integer',
      () =>
        gradcheck(
          whole
            .cast('f32')
            .mul(fill(1, [2]))
            .sum(),
          { whole: [1.5, 2] },
        ),
      'BAD_DATA',
      "the input 'whole': 1.5 at [0] is not a value of i32",
    ],
    ['a list', () => loosely(y, [rows]), 'BAD_ARGUMENT', 'the point is a record of values by the names'],
    ['no point', () => loosely(y), 'BAD_ARGUMENT', 'as in { x: … }, not undefined'],
    ['null for a point', () => loosely(y, null), 'BAD_ARGUMENT', 'as in { x: … }, not null'],
    [
      'NaN in the point',
      () =>
        gradcheck(y, {
          x: [
            [1, 2, 3],
            [4, 5, Number.NaN],
          ],
        }),
      'NOT_FINITE',
      "the point holds NaN for 'x' at [1, 2]",
    ],
    [
      'infinity in a scalar',
      () => gradcheck(input('a', []).sin(), { a: Number.POSITIVE_INFINITY }),
      'NOT_FINITE',
      "the point holds Infinity for 'a': ",
    ],
    ['null', () => loosely(null, point), 'BAD_ARGUMENT', 'gradcheck takes a tensor, a list or record'],
    ['a number', () => loosely(3, point), 'BAD_ARGUMENT', 'a program or a trainer, not 3'],
    ['nothing', () => loosely(undefined, point), 'BAD_ARGUMENT', 'not undefined'],
    [
      'a layer',
      () => loosely(linear({ units: 2 }), point),
      'BAD_ARGUMENT',
      'call it, as in gradcheck(layer(x), point)',
    ],
    [
      'a program for a state',
      () => loosely(y, point, { state: compile({ inputs: [x], outputs: y }) }),
      'BAD_ARGUMENT',
      'give program.state or trainer.variables, not a function',
    ],
    [
      'a name that is not in a list',
      () => loosely(y, point, { wrt: 'x' }),
      'BAD_ARGUMENT',
      "the option wrt of gradcheck is a list of names, as in ['x', 'net/0/kernel'], not 'x'",
    ],
    ['options that are none', () => loosely(y, point, 'seed'), 'BAD_ARGUMENT', 'takes a record of options'],
    ['a tolerance of NaN', () => gradcheck(y, point, { absolute: Number.NaN }), 'BAD_ARGUMENT', 'not NaN'],
    [
      'a negative tolerance',
      () => gradcheck(y, point, { relative: -1 }),
      'BAD_ARGUMENT',
      'the option relative of gradcheck is a number of 0 or more, not -1',
    ],
    ['a text for a number', () => loosely(y, point, { relative: '1e-3' }), 'BAD_ARGUMENT', "not '1e-3'"],
    ['no entries', () => gradcheck(y, point, { mostEntries: 0 }), 'BAD_ARGUMENT', 'of 1 or more, not 0'],
    ['part of a result', () => gradcheck(y, point, { mostResults: 1.5 }), 'BAD_ARGUMENT', 'not 1.5'],
    ['a seed that is no whole number', () => gradcheck(y, point, { seed: 1.5 }), 'BAD_ARGUMENT', 'not 1.5'],
  ])('%s', (_, body, code, sentence) => {
    const error = refusal(body);
    expect(error.sentence).toContain(sentence);
    expect(error.sentence).not.toMatch(/\[C\d\]/);
    expect(error.code).toBe(code);
  });
});
