/** Cases of layers of layers: what they compute is made of the references of the layers inside. */
import { type FloatDType, input } from '@cotangent/graph';
import {
  type AnyLayer,
  layerNorm,
  linear,
  relu,
  residual,
  sequential,
  tanh,
  timeDistributed,
} from '@cotangent/layers';
import { arrayOf } from '../arrays.ts';
import type { Random } from '../random.ts';
import { activationCases } from './activation.ts';
import type { LayerCases, LayerRun, Plain } from './case.ts';
import { numbers } from './draws.ts';
import { linearCases } from './linear.ts';
import { normalizationCases } from './normalization.ts';

/** A layer inside, by its kind and options. */
type Step = readonly ['linear', number] | readonly ['tanh' | 'layerNorm' | 'relu'];

const layerOf = (step: Step): AnyLayer =>
  step[0] === 'linear'
    ? linear({ units: step[1] })
    : step[0] === 'relu'
      ? relu()
      : step[0] === 'tanh'
        ? tanh()
        : layerNorm();
const textOf = (step: Step): string =>
  step[0] === 'linear' ? `linear({ units: ${step[1]} })` : `${step[0]}()`;

function drawnStep(random: Random): Step {
  const kind = random.pick(['linear', 'linear', 'tanh', 'layerNorm', 'relu'] as const);
  return kind === 'linear' ? [kind, random.whole(1, 3)] : [kind];
}

/** The result of a layer inside, with variables of the names that start with its key. */
function resultOf(step: Step, key: string, x: Plain, run: LayerRun): Plain {
  const variables = Object.fromEntries(
    Object.entries(run.variables).flatMap(([name, value]) =>
      name.startsWith(`${key}/`) ? [[name.slice(key.length + 1), value] as const] : [],
    ),
  );
  const inner = { x: arrayOf('f64', x.shape, x.values), training: run.training, variables };
  const result =
    step[0] === 'linear'
      ? linearCases.linear.reference({ ...inner, options: { units: step[1] } })
      : step[0] === 'layerNorm'
        ? normalizationCases.layerNorm.reference({ ...inner, options: {} })
        : activationCases[step[0]].reference({ ...inner, options: {} });
  return result!.outputs[0]!;
}

const plainX = ({ x }: LayerRun): Plain => ({ shape: x.shape, values: Array.from(x.data) });
const drawnInput = (random: Random, dtype: FloatDType) =>
  numbers(random, dtype, random.shape({ leastRank: 2, mostRank: 3, leastSize: 1 }));

interface Steps {
  readonly steps: readonly Step[];
}

/** What every step makes of the result of the one before. */
function through({ steps }: Steps, run: LayerRun): Plain[] {
  const values = [plainX(run)];
  steps.forEach((step, i) => values.push(resultOf(step, String(i), values.at(-1)!, run)));
  return values;
}

const sequentialCases: LayerCases<Steps> = {
  smooth: 'runs in which an argument of relu comes near to 0 are passed over: see distance',
  make: ({ steps }) => sequential(...(steps.map(layerOf) as [])) as AnyLayer,
  text: ({ steps }) => `sequential(${steps.map(textOf).join(', ')})`,
  sample: (random, dtype) => ({
    options: { steps: random.list(random.whole(0, 4), () => drawnStep(random)) },
    x: drawnInput(random, dtype),
    training: random.chance(0.5),
  }),
  reference: (run) => ({ outputs: [through(run.options, run).at(-1)!] }),
  distance: (run) =>
    Math.min(
      Infinity,
      ...through(run.options, run).flatMap(({ values }, i) =>
        run.options.steps[i]?.[0] === 'relu' ? values.map(Math.abs) : [],
      ),
    ),
  kinks: [
    {
      name: 'relu behind a layer',
      kind: 'kink',
      sentence: 'the kernel makes the second unit 0, where the slope of the relu behind it jumps',
      build: () => ({
        outputs: sequential(
          linear({ units: 2, bias: false, name: 'dense' }),
          relu(),
        )(input('x', [1, 2], 'f64')),
        point: {
          x: [[1, 2]],
          'dense/kernel': [
            [1, 2],
            [1, -1],
          ],
        },
      }),
    },
  ],
  bad: [
    {
      options: { steps: [['linear', 0]] },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'units' is 0",
    },
    {
      options: { steps: [['linear', 2]] },
      x: 'i32[2, 3]',
      code: 'DTYPE_MISMATCH',
      sentence: 'linear takes f32 or f64',
    },
  ],
};

interface Branches {
  readonly inner: Step;
  readonly shortcut?: Step;
}

/** x + inner(x), with another layer in the place of x where the shapes differ (He et al. 2016). */
const residualCases: LayerCases<Branches> = {
  make: ({ inner, shortcut }) =>
    residual(layerOf(inner), shortcut === undefined ? undefined : layerOf(shortcut)) as AnyLayer,
  text: ({ inner, shortcut }) =>
    `residual(${[inner, ...(shortcut === undefined ? [] : [shortcut])].map(textOf).join(', ')})`,
  sample(random, dtype) {
    const x = drawnInput(random, dtype);
    const units = random.whole(1, 3);
    const options: Branches = random.chance(0.5)
      ? { inner: random.pick<Step>([['tanh'], ['layerNorm'], ['linear', x.shape.at(-1)!]]) }
      : { inner: ['linear', units], shortcut: ['linear', units] };
    return { options, x, training: random.chance(0.5) };
  },
  reference(run) {
    const { inner, shortcut } = run.options;
    const x = plainX(run);
    const [one, two] = [
      resultOf(inner, 'inner', x, run),
      shortcut === undefined ? x : resultOf(shortcut, 'shortcut', x, run),
    ];
    return { outputs: [{ shape: one.shape, values: one.values.map((entry, i) => entry + two.values[i]!) }] };
  },
  bad: [
    {
      options: { inner: ['linear', 3] },
      x: 'f32[2, 4]',
      code: 'SHAPE_MISMATCH',
      sentence: 'cannot broadcast [2, 3] with [2, 4]',
    },
  ],
};

interface Inner {
  readonly inner: Step;
}

/** Every step of [batch, time, ...] as an example of its own. */
const timeDistributedCases: LayerCases<Inner> = {
  make: ({ inner }) => timeDistributed(layerOf(inner)) as AnyLayer,
  text: ({ inner }) => `timeDistributed(${textOf(inner)})`,
  sample: (random, dtype) => ({
    options: { inner: random.pick<Step>([['tanh'], ['layerNorm'], ['linear', random.whole(1, 3)]]) },
    x: numbers(random, dtype, random.shape({ leastRank: 3, mostRank: 4, leastSize: 1 })),
    training: random.chance(0.5),
  }),
  reference(run) {
    const [batch, time, ...rest] = run.x.shape;
    const flat = { shape: [batch! * time!, ...rest], values: Array.from(run.x.data) };
    const { shape, values } = resultOf(run.options.inner, 'layer', flat, run);
    return { outputs: [{ shape: [batch!, time!, ...shape.slice(1)], values }] };
  },
  bad: [
    {
      options: { inner: ['tanh'] },
      x: 'f32[2]',
      code: 'SHAPE_MISMATCH',
      sentence: 'timeDistributed needs [batch, time, ...], not [2]',
    },
  ],
};

export const containerCases = {
  sequential: sequentialCases,
  residual: residualCases,
  timeDistributed: timeDistributedCases,
} as const;
