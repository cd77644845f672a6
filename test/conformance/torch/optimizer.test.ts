/** Optimizers step by step, schedules rate by rate, and clipping by the common norm, against PyTorch. */
import { compile, type Engine } from '@cotangent/engine';
import { type AnyTensor, type FloatDType, Input, variable, zeros } from '@cotangent/graph';
import { add, div, mul, neg, slice, square, sub, sum } from '@cotangent/graph/ops';
import {
  clipByGlobalNorm,
  cosineSchedule,
  exponentialSchedule,
  globalNorm,
  linearSchedule,
  multiStepSchedule,
  rateAt,
  type Schedule,
  stepSchedule,
} from '@cotangent/train';
import { describe, test } from 'vitest';
import { engines } from '../engines.ts';
import { expectClose, type FixtureTensor, fixture, hostOf, toleranceFor, tolerances } from '../harness.ts';
import { compare, expectAllDone, inputsFor } from './check.ts';
import { readGroup } from './fixtures.ts';
import { type OptimizerConfig, optimizers } from './optimizers.ts';

interface Case {
  readonly name: string;
  readonly op: string;
  readonly config: object;
}
interface Trajectory extends Case {
  readonly config: OptimizerConfig;
  readonly start: FixtureTensor;
  readonly trajectory: FixtureTensor;
  readonly gradients?: FixtureTensor;
  readonly losses?: FixtureTensor;
}
interface Rates extends Case {
  readonly rates: FixtureTensor;
}
interface Clipping extends Case {
  readonly config: { readonly maxNorm: number };
  readonly before: readonly FixtureTensor[];
  readonly norm: FixtureTensor;
  readonly after: readonly FixtureTensor[];
}

const isTrajectory = (one: Case): one is Trajectory => 'trajectory' in one;
const isRates = (one: Case): one is Rates => 'rates' in one;
const isClipping = (one: Case): one is Clipping => one.op === 'clipGradNorm';

/** Entry k along the first axis. */
function row({ shape, data }: FixtureTensor, k: number): FixtureTensor {
  const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return fixture(shape.slice(1), Array.from(data).slice(k * size, (k + 1) * size));
}

/** Σ 100·(p[1:] − p[:-1]²)² + (1 − p[:-1])², divided by 50. */
function rosenbrock(p: AnyTensor): AnyTensor {
  const [head, tail] = [slice(p, 0, 0, -1), slice(p, 0, 1)];
  const valley = mul(square(sub(tail, square(head))), 100);
  return div(sum(add(valley, square(add(neg(head), 1)))), 50);
}

/** The parameter after each step, with the gradients that are given or with those of the objective. */
function checkTrajectory(one: Trajectory, dtype: FloatDType, engine: Engine<'sync'>): void {
  const p = variable('p', one.start.shape, zeros(), { dtype });
  const optimizer = optimizers[one.op](one.config);
  const g = new Input('g', one.start.shape, dtype);
  const loss = rosenbrock(p);
  const inputs: readonly Input[] = one.gradients === undefined ? [] : [g];
  const program = compile(
    {
      inputs,
      outputs: one.gradients === undefined ? { loss } : {},
      updates:
        one.gradients === undefined
          ? optimizer.minimize(loss as never, { p })
          : optimizer.step({ p }, { p: g }),
    },
    { engine },
  );
  program.state.set('p', hostOf(one.start, dtype));
  for (let k = 0; k < one.trajectory.shape[0]; k++) {
    const result = program(one.gradients === undefined ? {} : { g: hostOf(row(one.gradients, k), dtype) });
    const what = `${one.name}, step ${k + 1}`;
    if (one.losses !== undefined)
      compare(`${what}: loss`, (result as { loss: unknown }).loss, row(one.losses, k), toleranceFor(dtype));
    compare(`${what}: p`, program.state.get('p'), row(one.trajectory, k), toleranceFor(dtype));
  }
}

const schedules: Readonly<Record<string, (config: never) => Schedule<null>>> = {
  stepLR: ({ baseLr, stepSize, gamma }: Record<'baseLr' | 'stepSize' | 'gamma', number>) =>
    stepSchedule({ rate: baseLr, every: stepSize, gamma }),
  multiStepLR: ({ baseLr, milestones, gamma }: { baseLr: number; milestones: number[]; gamma: number }) =>
    multiStepSchedule({ rate: baseLr, milestones, gamma }),
  exponentialLR: ({ baseLr, gamma }: Record<'baseLr' | 'gamma', number>) =>
    exponentialSchedule({ rate: baseLr, gamma }),
  cosineAnnealingLR: ({ baseLr, tMax, etaMin }: Record<'baseLr' | 'tMax' | 'etaMin', number>) =>
    cosineSchedule({ rate: baseLr, steps: tMax, minimum: etaMin }),
  linearLR: (config: Record<'baseLr' | 'totalIters' | 'startFactor' | 'endFactor', number>) => {
    const { baseLr, totalIters, startFactor, endFactor } = config;
    return linearSchedule({ rate: baseLr, steps: totalIters, startFactor, endFactor });
  },
};

function checkRates({ name, op, config, rates }: Rates): void {
  const schedule = schedules[op](config as never);
  const got = Array.from(rates.data, (_, step) => rateAt(schedule, schedule.initial, step));
  expectClose(name, fixture(rates.shape, got), rates, tolerances.f64);
}

function checkClipping(
  { name, config, before, norm, after }: Clipping,
  dtype: FloatDType,
  engine: Engine<'sync'>,
): void {
  const entries = Object.fromEntries(before.map((gradient, i) => [`g${i}`, gradient]));
  const gradients = inputsFor(entries, dtype);
  const outputs = { norm: globalNorm(gradients), ...clipByGlobalNorm(gradients, config.maxNorm) };
  const program = compile({ inputs: Object.values(gradients), outputs }, { engine });
  const got: Record<string, unknown> = program(
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, hostOf(value, dtype)])),
  );
  compare(`${name}: norm`, got.norm, norm, toleranceFor(dtype));
  for (const [i, want] of after.entries())
    compare(`${name}: gradient ${i}`, got[`g${i}`], want, toleranceFor(dtype));
}

describe.each(engines)('optimizer, on %s', (_, engine) => {
  const cases = readGroup<Case>('optimizer');
  const done = new Set<string>();
  const declare = (one: Case, kind: string, body: () => void): void =>
    test(`${one.name}${kind}`, () => {
      body();
      done.add(one.name);
    });
  for (const one of cases) {
    if (isRates(one)) declare(one, '', () => checkRates(one));
    for (const dtype of ['f64', 'f32'] as const) {
      if (isTrajectory(one)) declare(one, `, ${dtype}`, () => checkTrajectory(one, dtype, engine));
      if (isClipping(one)) declare(one, `, ${dtype}`, () => checkClipping(one, dtype, engine));
    }
  }
  test('every case of the index has passed', () => expectAllDone('optimizer', done));
});
