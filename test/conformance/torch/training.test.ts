/**
 * Small trainings against PyTorch: the same start, batches and optimizer, then every loss on the way, the first
 * gradients, and the parameters at the end.
 */
import { grad } from '@cotangent/autodiff';
import { compile, type Engine } from '@cotangent/engine';
import {
  type AnyTensor,
  type Dim,
  type FloatDType,
  Input,
  type Tensor,
  type Variable,
} from '@cotangent/graph';
import { splat } from '@cotangent/graph/ops';
import {
  type AnyLayer,
  batchNorm,
  type CellState,
  conv2d,
  crossEntropy,
  flatten,
  gelu,
  gru,
  huber,
  layer,
  linear,
  maxPool2d,
  meanSquaredError,
  parameter,
  runCell,
  sequential,
  sigmoid,
  silu,
  tanh,
  training,
  variablesOf,
} from '@cotangent/layers';
import { describe, test } from 'vitest';
import { engines } from '../engines.ts';
import { expectClose, type FixtureTensor, fixture, hostOf, type Tolerance, tolerances } from '../harness.ts';
import { compare, expectAllDone, leafDType } from './check.ts';
import { type Entries, readGroup } from './fixtures.ts';
import { convKernel, linearKernel } from './kernels.ts';
import { type OptimizerConfig, optimizers } from './optimizers.ts';

interface TrainingCase {
  readonly name: string;
  readonly config: OptimizerConfig & { readonly optimizer: string; readonly steps: number };
  readonly data: Entries;
  readonly start: Entries;
  readonly firstGradients: Entries;
  readonly losses: FixtureTensor;
  readonly end: Entries;
  readonly endState?: Entries;
}

/** A training in our words. */
interface Recipe {
  readonly model: () => AnyLayer;
  readonly loss: (y: AnyTensor, data: Readonly<Record<'x' | 't' | 'target', AnyTensor>>) => AnyTensor;
  /** Where the model keeps the value of an entry. */
  readonly paths: Readonly<Record<string, string>>;
  /** The first axis of the data counts batches; step k uses batch k mod that. */
  readonly batches?: number;
  /** Entries whose end is rounding noise. */
  readonly undetermined?: readonly string[];
}

const kernels: Readonly<Record<string, (values: FixtureTensor) => FixtureTensor>> = {
  w1: linearKernel,
  w2: linearKernel,
  wl: linearKernel,
  wi: linearKernel,
  wh: linearKernel,
  wc: convKernel,
};
const arranged = (entries: Entries): Entries =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, kernels[name]?.(value) ?? value]));

const twoLayers = { w1: '0/kernel', b1: '0/bias', w2: '2/kernel', b2: '2/bias' };

/**
 * A recurrence with both biases of PyTorch, from zeros to the last hidden state of [time, batch, features]. Our layers have
 * one bias where the two add up; each of two moves on its own, so a training with one goes another way.
 */
const withTwoBiases = (kind: 'rnn' | 'lstm', units: number, gates: number) =>
  layer(kind, (x: AnyTensor): AnyTensor => {
    const own = (name: string, shape: readonly Dim[]) =>
      parameter(name, shape, undefined, { dtype: x.dtype });
    const zeros = splat(0, [x.shape[1], units], x.dtype);
    const weights = {
      kernel: own('kernel', [x.shape[2], gates * units]),
      recurrentKernel: own('recurrentKernel', [units, gates * units]),
      bias: own('bias', [gates * units]),
      recurrentBias: own('recurrentBias', [gates * units]),
    };
    const start: CellState = kind === 'lstm' ? { h: zeros, c: zeros } : { h: zeros };
    return runCell(kind, x, start, weights, { timeAxis: 0 }).state.h;
  });

const recurrence = {
  loss: (y, { target }) => crossEntropy(y, target),
  paths: {
    wi: '0/kernel',
    wh: '0/recurrentKernel',
    bi_: '0/bias',
    bh: '0/recurrentBias',
    wl: '1/kernel',
    bl: '1/bias',
  },
} satisfies Partial<Recipe>;

const recipes: Readonly<Record<string, Recipe>> = {
  'training/mlp-regression': {
    model: () => sequential(linear({ units: 8 }), tanh(), linear({ units: 2 })),
    loss: (y, { t }) => meanSquaredError(y, t),
    paths: twoLayers,
  },
  'training/mlp-classifier': {
    model: () => sequential(linear({ units: 10 }), gelu(), linear({ units: 3 })),
    loss: (y, { target }) => crossEntropy(y, target),
    paths: twoLayers,
  },
  'training/autoencoder-l1': {
    model: () => sequential(linear({ units: 3, bias: false }), sigmoid(), linear({ units: 6, bias: false })),
    loss: (y, { x }) => huber(y, x, { delta: 0.5 }),
    paths: twoLayers,
  },
  'training/cnn': {
    model: () =>
      sequential(
        conv2d({ filters: 3, kernel: 3, layout: 'channelsFirst' }),
        batchNorm({ layout: 'channelsFirst' }),
        silu(),
        maxPool2d({ window: 2, layout: 'channelsFirst' }),
        flatten(),
        linear({ units: 3 }),
      ),
    loss: (y, { target }) => crossEntropy(y, target),
    paths: {
      wc: '0/kernel',
      bc: '0/bias',
      gamma: '1/gamma',
      beta: '1/beta',
      running_mean: '1/runningMean',
      running_var: '1/runningVariance',
      wl: '5/kernel',
      bl: '5/bias',
    },
    batches: 3,
    undetermined: ['bc', 'running_mean'],
  },
  'training/rnn-sequence': {
    ...recurrence,
    model: () => sequential(withTwoBiases('rnn', 4, 1), linear({ units: 3 })),
  },
  'training/gru-sequence': {
    ...recurrence,
    model: () => sequential(gru({ units: 4, returns: 'last', timeMajor: true }), linear({ units: 3 })),
  },
  'training/lstm-sequence': {
    ...recurrence,
    model: () => sequential(withTwoBiases('lstm', 4, 4), linear({ units: 3 })),
  },
};

/**
 * What the mathematics leaves open. A bias before batch norm has the gradient 0; its computed gradient is the rounding
 * error of a sum, some 1e-17 (float64), and Adam divides it by ε = 1e-8: each of 12 steps moves the bias, and with it the
 * running mean, by up to 0.02·1e-16/1e-8 = 2e-10 in float64 and, as rounding errors exceed ε there, by up to the rate
 * 0.02 in float32. PyTorch's own end is such noise. Everything else of this training is compared as usual.
 */
const zeroGradientUnderAdam: Readonly<Record<FloatDType, Tolerance>> = {
  f64: { name: '12 steps of rounding errors over ε', absolute: 12 * 2e-10, relative: 0 },
  f32: { name: '12 steps of the rate', absolute: 12 * 0.02, relative: 0 },
};

function batchOf({ shape, data }: FixtureTensor, batches: number | undefined, step: number): FixtureTensor {
  if (batches === undefined) return { shape, data };
  const size = data.length / batches;
  const from = (step % batches) * size;
  const part = Array.from(data).slice(from, from + size);
  return fixture(shape.slice(1), data instanceof Int32Array ? Int32Array.from(part) : part);
}

function checkTraining(
  one: TrainingCase,
  recipe: Recipe,
  dtype: FloatDType,
  end: Tolerance,
  engine: Engine<'sync'>,
): void {
  const { config, data } = one;
  const tolerance = tolerances[dtype];
  const inputs: Record<string, Input> = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      new Input(name, batchOf(value, recipe.batches, 0).shape, leafDType(value, dtype)),
    ]),
  );
  const model = recipe.model();
  // The recipe reads the entries that the data of its case have.
  const loss = recipe.loss(training(model)(inputs.x), inputs as never) as Tensor<[]>;
  const variables = variablesOf(model);
  const start = arranged(one.start);
  const parameters: Record<string, Variable> = Object.fromEntries(
    Object.keys(start).map((name) => [name, variables[recipe.paths[name]]]),
  );
  const program = compile(
    {
      inputs: Object.values(inputs),
      outputs: { loss, gradients: grad(loss, parameters) },
      updates: optimizers[config.optimizer](config).minimize(loss, parameters),
    },
    { engine },
  );
  for (const [name, value] of Object.entries(start))
    program.state.set(recipe.paths[name], hostOf(value, 'f64'));

  const losses: number[] = [];
  for (let step = 0; step < config.steps; step++) {
    const feeds = Object.entries(data).map(([name, value]) => {
      const batch = batchOf(value, recipe.batches, step);
      return [name, hostOf(batch, leafDType(value, dtype))] as const;
    });
    const result = program(Object.fromEntries(feeds));
    losses.push(Number(result.loss));
    if (step > 0) continue;
    for (const [name, want] of Object.entries(arranged(one.firstGradients)))
      compare(`${one.name}: first gradient of ${name}`, result.gradients[name], want, tolerance);
  }
  expectClose(`${one.name}: losses`, fixture([losses.length], losses), one.losses, end);
  for (const [name, want] of Object.entries({ ...arranged(one.end), ...one.endState })) {
    const allowed = recipe.undetermined?.includes(name) ? zeroGradientUnderAdam[dtype] : end;
    compare(`${one.name}: ${name} at the end`, program.state.get(recipe.paths[name]), want, allowed);
  }
}

describe.each(engines)('training, on %s', (_, engine) => {
  const done = new Set<string>();
  for (const one of readGroup<TrainingCase>('training')) {
    test(`${one.name}, f64`, () => {
      checkTraining(one, recipes[one.name], 'f64', tolerances.trained, engine);
      done.add(one.name);
    });
    test(`${one.name}, f32`, () => checkTraining(one, recipes[one.name], 'f32', tolerances.f32, engine));
  }
  test('every case of the index has passed', () => expectAllDone('training', done));
});
