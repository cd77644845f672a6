/** Normalization layers against PyTorch: values, gradients, and running statistics as state between calls. */

import { compile, type Engine } from '@cotangent/engine';
import { Input } from '@cotangent/graph';
import {
  type AnyLayer,
  batchNorm,
  evaluation,
  groupNorm,
  instanceNorm,
  layerNorm,
  training,
  variablesOf,
} from '@cotangent/layers';
import { describe, test } from 'vitest';
import { engines } from '../engines.ts';
import { channelsToEnd, type FixtureTensor, hostOf, toleranceFor } from '../harness.ts';
import {
  applied,
  type Build,
  type Built,
  checkCases,
  compare,
  expectAllDone,
  type Layout,
  type Rows,
} from './check.ts';
import { type Entries, readGroup, type TorchCase } from './fixtures.ts';

interface BatchNormConfig {
  readonly momentum: number | null;
  readonly eps: number;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
}

const batchNormOf = ({ momentum, eps, affine }: BatchNormConfig, layout: Layout): AnyLayer =>
  batchNorm({ momentum, epsilon: eps, scale: affine, center: affine, layout });

const names = { gamma: 'gamma', beta: 'beta', running_mean: 'runningMean', running_var: 'runningVariance' };

/** Without running statistics PyTorch evaluates with those of the batch, as in training. */
const buildBatchNorm: Build = ({ x }, config: BatchNormConfig, { layout, mode }) => {
  const layer = batchNormOf(config, layout);
  const inMode = mode === 'train' || !config.trackRunningStats ? training : evaluation;
  return applied(layer, inMode(layer)(x), names);
};

const affineOnly = (layer: AnyLayer, x: Parameters<AnyLayer>[0]): Built =>
  applied(layer, layer(x), { gamma: 'gamma', beta: 'beta' });

const rows: Rows = {
  batchNorm: { build: buildBatchNorm, image: true },
  layerNorm: {
    build: (
      { x },
      { normalizedShape, eps, affine }: { normalizedShape: number[]; eps: number; affine: boolean },
    ) =>
      affineOnly(layerNorm({ axes: normalizedShape.length, epsilon: eps, scale: affine, center: affine }), x),
  },
  groupNorm: {
    build: ({ x }, { groups, eps }: { groups: number; eps: number }, { layout }) =>
      affineOnly(groupNorm({ groups, epsilon: eps, layout }), x),
    image: true,
  },
  instanceNorm: {
    build: ({ x }, { eps }: { eps: number }, { layout }) =>
      affineOnly(instanceNorm({ epsilon: eps, layout }), x),
    image: true,
  },
};

interface RunningCase extends TorchCase {
  readonly config: BatchNormConfig;
  readonly start: Entries;
  readonly steps: readonly {
    readonly x: FixtureTensor;
    readonly y: FixtureTensor;
    readonly running_mean: FixtureTensor;
    readonly running_var: FixtureTensor;
  }[];
  readonly thenEval: { readonly x: FixtureTensor; readonly y: FixtureTensor };
}

const isRunning = (one: TorchCase): one is RunningCase => one.op === 'batchNormRunning';

/** Three batches in training, the statistics after each, then an evaluation by another program on the same state. */
function checkRunning(one: RunningCase, dtype: 'f64' | 'f32', layout: Layout, engine: Engine<'sync'>): void {
  const arrange = layout === 'channelsLast' ? channelsToEnd : (x: FixtureTensor) => x;
  const tolerance = toleranceFor(dtype);
  const layer = batchNormOf(one.config, layout);
  const x = new Input('x', arrange(one.thenEval.x).shape, dtype);
  const train = compile({ inputs: [x], outputs: training(layer)(x) }, { engine });
  const { state } = train;
  const evaluate = compile({ inputs: [x], outputs: evaluation(layer)(x) }, { state });
  const variables = variablesOf(layer);
  const path = (name: string): string => variables[`${layer.path}/${name}`].path;
  for (const [entry, value] of Object.entries({ ...one.params, ...one.start }))
    state.set(path(names[entry as keyof typeof names]), hostOf(value, dtype));

  one.steps.forEach((step, i) => {
    const what = `${one.name}, batch ${i}`;
    compare(`${what}: y`, train({ x: hostOf(arrange(step.x), dtype) }), arrange(step.y), tolerance);
    compare(`${what}: running mean`, state.get(path('runningMean')), step.running_mean, tolerance);
    compare(`${what}: running variance`, state.get(path('runningVariance')), step.running_var, tolerance);
  });
  const evaluated = evaluate({ x: hostOf(arrange(one.thenEval.x), dtype) });
  compare(`${one.name}, evaluation: y`, evaluated, arrange(one.thenEval.y), tolerance);
}

describe.each(engines)('norm, on %s', (_, engine) => {
  const cases = readGroup('norm');
  const done = new Set<string>();
  checkCases(
    cases.filter((one) => !isRunning(one)),
    rows,
    done,
    engine,
  );
  for (const one of cases.filter(isRunning))
    for (const layout of ['channelsFirst', 'channelsLast'] as const)
      for (const dtype of ['f64', 'f32'] as const)
        test(`${one.name}, ${dtype}, ${layout}`, () => {
          checkRunning(one, dtype, layout, engine);
          done.add(one.name);
        });
  test('every case of the index has passed', () => expectAllDone('norm', done));
});
