/** Cases of activations: each by its formula on single numbers, lines for those along an axis. */
import { input } from '@cotangent/graph';
import type { AnyLayer } from '@cotangent/layers';
import * as layers from '@cotangent/layers';
import { at, drawn, filled } from '../arrays.ts';
import type { Random } from '../random.ts';
import { erf } from '../scalar.ts';
import type { BadLayer, Kink, LayerCases } from './case.ts';
import { numbers, someOf } from './draws.ts';

type Options = Readonly<Record<string, number | string>>;

interface Pointwise {
  /** Draws of the options. */
  readonly options?: Readonly<Record<string, (random: Random) => number | string>>;
  readonly value: (x: number, options: Options) => number;
  /** Where the slope jumps, or the value, for options. */
  readonly corners?: (options: Options) => readonly number[];
  /** The value jumps there, not only the slope. */
  readonly jumps?: boolean;
  /** Options of the examples of corners. */
  readonly bent?: Options;
  readonly bad?: readonly BadLayer[];
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number, beta = 1): number => Math.log(1 + Math.exp(beta * x)) / beta;
const number = (options: Options, name: string, fallback: number): number =>
  Number(options[name] ?? fallback);
const real = (low: number, high: number) => (random: Random) => random.real(low, high);
/** How near an input may come to a corner. */
const gap = 0.05;

/** A value that is away from corners. */
function away(random: Random, corners: readonly number[]): number {
  for (;;) {
    const x = random.real(-4, 8);
    if (corners.every((corner) => Math.abs(x - corner) > gap)) return x;
  }
}

const notANumber = (option: string, value: unknown): BadLayer => ({
  options: { [option]: value },
  code: 'BAD_ARGUMENT',
  sentence: `the option '${option}' is`,
});

// Each is called with options that were drawn for it.
const activations = layers as unknown as Readonly<
  Record<keyof typeof pointwises, (options: object) => AnyLayer>
>;

function pointwise(name: keyof typeof pointwises, spec: Pointwise): LayerCases<Options> {
  const { corners, value, jumps = false, bent = {} } = spec;
  const what = jumps ? 'value' : 'slope';
  const kink = (corner: number): Kink => ({
    name: `${name} at ${corner}`,
    kind: jumps ? 'jump' : 'kink',
    sentence: `the middle entry is ${corner}, where the ${what} of ${name} jumps; the others are beside it`,
    build() {
      const layer = activations[name](bent);
      return { outputs: layer(input('x', [3], 'f64')), point: { x: [corner - 0.5, corner, corner + 0.5] } };
    },
  });
  return {
    sample(random, dtype) {
      const all = Object.entries(spec.options ?? {}).map(([key, draw]) => [key, draw(random)] as const);
      const options: Options = someOf(random, Object.fromEntries(all)) as Options;
      const shape = random.shape({ mostRank: 3, leastSize: 1 });
      const draw = (source: Random) => away(source, corners?.(options) ?? []);
      return { options, x: drawn(random, dtype, shape, { draw }), training: random.chance(0.5) };
    },
    reference: ({ options, x }) => ({
      outputs: [{ shape: x.shape, values: Array.from(x.data, (entry) => value(entry, options)) }],
    }),
    mixes: ({ x }) => x.shape.length === 0,
    ...(corners === undefined
      ? {}
      : { smooth: `inputs are at least ${gap} away from corners`, kinks: corners(bent).map(kink) }),
    bad: [
      { options: { negative: 1 }, code: 'BAD_ARGUMENT', sentence: `${name} has no option 'negative'` },
      { options: [], code: 'BAD_ARGUMENT', sentence: `${name} takes a record of options` },
      ...Object.keys(spec.options ?? {}).map((option) => notANumber(option, 'much')),
      ...(spec.bad ?? []),
    ],
  };
}

const at0 = () => [0];
const within = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const eluOf = (x: number, alpha: number): number => (x > 0 ? x : alpha * (Math.exp(x) - 1));

/** One row for each: its formula, and its corners. */
const pointwises = {
  relu: { value: (x) => Math.max(x, 0), corners: at0 },
  relu6: { value: (x) => within(x, 0, 6), corners: () => [0, 6] },
  leakyRelu: {
    options: { slope: real(-0.5, 0.5) },
    value: (x, options) => (x > 0 ? x : number(options, 'slope', 0.01) * x),
    corners: at0,
  },
  // Clevert et al. 2016; the slope jumps unless α is 1.
  elu: {
    options: { alpha: real(0.3, 2) },
    value: (x, options) => eluOf(x, number(options, 'alpha', 1)),
    corners: at0,
    bent: { alpha: 0.5 },
  },
  // Klambauer et al. 2017
  selu: { value: (x) => 1.0507009873554805 * eluOf(x, 1.6732632423543772), corners: at0 },
  // Barron 2017; the slope is 1 on both sides, the curvature jumps.
  celu: {
    options: { alpha: real(0.3, 2) },
    value: (x, options) => {
      const alpha = number(options, 'alpha', 1);
      return x > 0 ? x : alpha * (Math.exp(x / alpha) - 1);
    },
    bad: [
      {
        options: { alpha: 0 },
        code: 'BAD_ARGUMENT',
        sentence: "the option 'alpha' is 0, not a number above 0",
      },
    ],
  },
  // Hendrycks and Gimpel 2016
  gelu: {
    options: { approximate: (random) => random.pick(['none', 'tanh']) },
    value: (x, { approximate = 'none' }) =>
      approximate === 'none'
        ? (x / 2) * (1 + erf(x / Math.SQRT2))
        : (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    bad: [{ options: { approximate: 'erf' }, code: 'BAD_ARGUMENT', sentence: 'not one of none, tanh' }],
  },
  sigmoid: { value: logistic },
  tanh: { value: Math.tanh },
  softplus: {
    options: { beta: real(0.5, 3) },
    value: (x, options) => softplus(x, number(options, 'beta', 1)),
    bad: [
      {
        options: { beta: 0 },
        code: 'BAD_ARGUMENT',
        sentence: "the option 'beta' is 0, not a number above 0",
      },
    ],
  },
  softsign: { value: (x) => x / (1 + Math.abs(x)) },
  silu: { value: (x) => x * logistic(x) },
  // Misra 2019
  mish: { value: (x) => x * Math.tanh(softplus(x)) },
  hardSigmoid: { value: (x) => within(x / 6 + 0.5, 0, 1), corners: () => [-3, 3] },
  // Howard et al. 2019
  hardSwish: { value: (x) => (x * within(x + 3, 0, 6)) / 6, corners: () => [-3, 3] },
  hardTanh: {
    options: { low: real(-2, -0.5), high: real(0.5, 2) },
    value: (x, options) => within(x, number(options, 'low', -1), number(options, 'high', 1)),
    corners: (options) => [number(options, 'low', -1), number(options, 'high', 1)],
    bad: [
      {
        options: { low: 2, high: 1 },
        x: 'f32[2]',
        code: 'BAD_ARGUMENT',
        sentence: 'low is below high, not 2 and 1',
      },
    ],
  },
  logSigmoid: { value: (x) => Math.log(logistic(x)) },
  hardShrink: {
    options: { lambda: real(0.2, 2) },
    value: (x, options) => (Math.abs(x) > number(options, 'lambda', 0.5) ? x : 0),
    corners: (options) => [-number(options, 'lambda', 0.5), number(options, 'lambda', 0.5)],
    jumps: true,
    bad: [notANumber('lambda', -1)],
  },
  softShrink: {
    options: { lambda: real(0.2, 2) },
    value: (x, options) => Math.sign(x) * Math.max(Math.abs(x) - number(options, 'lambda', 0.5), 0),
    corners: (options) => [-number(options, 'lambda', 0.5), number(options, 'lambda', 0.5)],
    bad: [notANumber('lambda', -1)],
  },
  tanhShrink: { value: (x) => x - Math.tanh(x) },
  thresholdedRelu: {
    options: { theta: real(0.2, 2) },
    value: (x, options) => (x > number(options, 'theta', 1) ? x : 0),
    corners: (options) => [number(options, 'theta', 1)],
    jumps: true,
  },
} satisfies Readonly<Record<string, Pointwise>>;

/** An axis of a shape, counted from either end. */
const axisOf = (options: { readonly axis?: number }, rank: number): number =>
  ((options.axis ?? -1) + rank) % rank;

const badAxis = (name: string): BadLayer[] => [
  { options: { axis: 'last' }, code: 'BAD_ARGUMENT', sentence: "the option 'axis' is" },
  { options: { dim: 1 }, code: 'BAD_ARGUMENT', sentence: `${name} has no option 'dim'` },
  {
    options: { axis: 2 },
    x: 'f32[2, 4]',
    code: 'AXIS_OUT_OF_RANGE',
    sentence: 'axis 2 is out of range for [2, 4], which has 2 axes',
  },
];

/** Along an axis: exp(x) divided by the sum of all exp(x), or its logarithm. */
function soft(
  name: string,
  value: (x: number, total: number) => number,
): LayerCases<{ readonly axis?: number }> {
  return {
    sample(random, dtype) {
      const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
      const axis = random.whole(-shape.length, shape.length - 1);
      return {
        options: someOf(random, { axis }),
        x: numbers(random, dtype, shape),
        training: random.chance(0.5),
      };
    },
    reference({ options, x }) {
      const axis = axisOf(options, x.shape.length);
      const values = filled(x.shape, (position) => {
        let total = 0;
        for (let i = 0; i < x.shape[axis]!; i++) total += Math.exp(at(x, position.with(axis, i)));
        return value(at(x, position), total);
      });
      return { outputs: [{ shape: x.shape, values }] };
    },
    mixes: ({ options, x }) => axisOf(options, x.shape.length) === 0,
    bad: badAxis(name),
  };
}

/** Dauphin et al. 2017: the first half along an axis, times σ of the second. */
const glu: LayerCases<{ readonly axis?: number }> = {
  sample(random, dtype) {
    const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
    const axis = random.whole(-shape.length, shape.length - 1);
    const options = someOf(random, { axis });
    const halved = axisOf(options, shape.length);
    const x = numbers(random, dtype, shape.with(halved, 2 * shape[halved]!));
    return { options, x, training: random.chance(0.5) };
  },
  reference({ options, x }) {
    const axis = axisOf(options, x.shape.length);
    const shape = x.shape.with(axis, x.shape[axis]! / 2);
    const values = filled(shape, (position) => {
      const gate = at(x, position.with(axis, position[axis]! + shape[axis]!));
      return at(x, position) * logistic(gate);
    });
    return { outputs: [{ shape, values }] };
  },
  mixes: ({ options, x }) => axisOf(options, x.shape.length) === 0,
  bad: [
    ...badAxis('glu'),
    {
      options: {},
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'axis 1 of [2, 3] does not divide into 2 equal parts',
    },
  ],
};

/** He et al. 2015: a slope for each entry of the last axis. */
const prelu: LayerCases<{ readonly initial?: number }> = {
  smooth: `inputs are at least ${gap} away from 0`,
  sample(random, dtype) {
    const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
    const x = drawn(random, dtype, shape, { draw: (source) => away(source, [0]) });
    return { options: someOf(random, { initial: random.real(-1, 1) }), x, training: random.chance(0.5) };
  },
  reference({ x, variables: { slope } }) {
    const values = filled(x.shape, (position) => {
      const entry = at(x, position);
      return entry > 0 ? entry : slope!.data[position.at(-1)!]! * entry;
    });
    return { outputs: [{ shape: x.shape, values }] };
  },
  mixes: ({ x }) => x.shape.length === 1,
  kinks: [
    {
      name: 'prelu at 0',
      kind: 'kink',
      sentence: 'the second entry is 0, where the slope changes from the learned one to 1',
      build: () => ({
        outputs: layers.prelu({ name: 'prelu' })(input('x', [2, 2], 'f64')),
        point: {
          x: [
            [1, 0],
            [-1, 2],
          ],
          'prelu/slope': [0.25, -0.5],
        },
      }),
    },
  ],
  bad: [
    notANumber('initial', 'small'),
    { options: { slope: 1 }, code: 'BAD_ARGUMENT', sentence: "prelu has no option 'slope'" },
    { options: {}, x: 'f32[2, channels]', code: 'BAD_ARGUMENT', sentence: 'needs fixed sizes' },
    { options: {}, x: 'i32[2, 3]', code: 'DTYPE_MISMATCH', sentence: 'prelu takes f32 or f64, not i32' },
    { options: {}, x: 'f32[]', code: 'SHAPE_MISMATCH', sentence: 'prelu needs [..., channels], not []' },
  ],
};

// Every row becomes the cases of its name.
const pointwiseCases = Object.fromEntries(
  Object.entries<Pointwise>(pointwises).map(([name, spec]) => [
    name,
    pointwise(name as keyof typeof pointwises, spec),
  ]),
) as Readonly<Record<keyof typeof pointwises, LayerCases<Options>>>;

export const activationCases = {
  ...pointwiseCases,
  softmax: soft('softmax', (x, total) => Math.exp(x) / total),
  logSoftmax: soft('logSoftmax', (x, total) => x - Math.log(total)),
  glu,
  prelu,
};
