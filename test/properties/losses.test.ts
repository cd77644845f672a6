/** What holds for every loss, on samples of the table of cases. */
import { gradcheck } from '@cotangent/gradcheck';
import {
  type AnyTensor,
  type CotangentError,
  closeGraph,
  type Graph,
  graphFromJson,
  graphToJson,
  type HostArray,
  Input,
  isFloat,
} from '@cotangent/graph';
import { describe, expect, test } from 'vitest';
import * as losses from '../../packages/layers/src/losses/index.ts';
import { arrayOf, at, filled, typeOf } from '../cases/arrays.ts';
import {
  type BadLoss,
  type DrawnLoss,
  type LossName,
  lossCases,
  lossNames,
  reduced,
  samplesOfLoss,
} from '../cases/layers/losses.ts';
import { ranGraph } from './layer-running.ts';
import { refusal } from './refusals.ts';
import { expectClose } from './running.ts';
import { holds } from './runs.ts';
import { expectSameBits } from './same.ts';

// Each function is called with operands that were drawn for it.
const lossesByName = losses as unknown as Readonly<Record<LossName, (...args: unknown[]) => AnyTensor>>;

interface BuiltLoss {
  readonly graph: Graph;
  readonly output: AnyTensor;
  readonly point: Readonly<Record<string, HostArray>>;
}

/** Operands by number, and options that are tensors by name. */
const namedArrays = ({ operands, tensors }: DrawnLoss): Readonly<Record<string, HostArray>> => ({
  ...Object.fromEntries(operands.map((array, i) => [`x${i}`, array])),
  ...tensors,
});

function builtLoss(sample: DrawnLoss): BuiltLoss {
  const point = namedArrays(sample);
  const inputs = Object.entries(point).map(([name, { shape, dtype }]) => new Input(name, shape, dtype));
  const operands = inputs.slice(0, sample.operands.length);
  const tensors = Object.fromEntries(inputs.slice(operands.length).map((one) => [one.name, one]));
  const output = lossesByName[sample.name](...operands, { ...sample.options, ...tensors });
  return { point, output, graph: closeGraph({ inputs, outputs: { output } }) };
}

const value = ({ graph, point }: BuiltLoss): HostArray => ranGraph(graph, point, {}).outputs[0]!;

/** The value is that of the formula, and has the shape that was inferred. */
function valueIsReference(sample: DrawnLoss, tolerance: number): void {
  const built = builtLoss(sample);
  const wanted = reduced(lossCases[sample.name].reference(sample), sample);
  const actual = value(built);
  expect(actual.shape).toEqual(wanted.shape);
  expect(built.output.shape).toEqual(wanted.shape);
  expectClose(actual.data, wanted.values, tolerance, 'the loss');
}

/** Gradients of predictions, targets and weights are the limits of differences. */
function gradientsAreDifferences(sample: DrawnLoss): void {
  const { output, point } = builtLoss(sample);
  const report = gradcheck(output, point, { seed: sample.seed, mostEntries: 24 });
  if (!report.passed) throw new Error(JSON.stringify(report));
}

/** The closed graph comes back from JSON with the same bits. */
function returnsFromJson(sample: DrawnLoss): void {
  const built = builtLoss(sample);
  const graph = graphFromJson(JSON.parse(JSON.stringify(graphToJson(built.graph))));
  expectSameBits(value({ ...built, graph }), value(built), 'the loss');
}

/** Example i of an array, as a batch of one. */
function exampleOf(array: HostArray, i: number): HostArray {
  const shape = array.shape.with(0, 1);
  return arrayOf(
    array.dtype,
    shape,
    filled(shape, (position) => at(array, position.with(0, i))),
  );
}

/** Without a reduction, a batch gives what each of its examples gives alone. */
function examplesAreIndependent(sample: DrawnLoss): void {
  const { axis = -1 } = sample.options as { readonly axis?: number };
  const rank = sample.operands[0]!.shape.length;
  const { weights, ...shared } = sample.tensors;
  const one: DrawnLoss = { ...sample, options: { ...sample.options, reduction: 'none' } };
  const whole = value(builtLoss(one));
  // The first axis is the batch only if there is one, and it is not that of the classes or of a vector.
  if (whole.shape.length === 0 || (axis + rank) % rank === 0) return;
  for (let i = 0; i < whole.shape[0]!; i++) {
    const operands = one.operands.map((array) => exampleOf(array, i));
    const own = weights === undefined || weights.shape.length === 0 ? weights : exampleOf(weights, i);
    const tensors = { ...shared, ...(own === undefined ? {} : { weights: own }) };
    const alone = value(builtLoss({ ...one, operands, tensors }));
    expectSameBits(alone, exampleOf(whole, i), `the loss of example ${i}`);
  }
}

const inputOf = (name: string, type: string): Input => {
  const { dtype, shape } = typeOf(type);
  return new Input(name, shape, dtype);
};

function badSamplesAreRefused(name: LossName): void {
  for (const { operands, options = {}, tensors = {}, code, sentence } of lossCases[name].bad as BadLoss[]) {
    const what = `${name}(${operands.join(', ')}) with ${JSON.stringify({ ...options, ...tensors })}`;
    const more = Object.fromEntries(Object.entries(tensors).map(([key, type]) => [key, inputOf(key, type)]));
    let error: CotangentError;
    try {
      error = refusal(() =>
        lossesByName[name](...operands.map((type, i) => inputOf(`x${i}`, type)), { ...options, ...more }),
      );
    } catch (other) {
      throw new Error(`${what}: ${other}`);
    }
    if (error.code !== code || !error.sentence.includes(sentence))
      throw new Error(
        `${what} gave ${error.code} '${error.sentence}' where ${code} '${sentence}' is expected`,
      );
  }
}

test('every loss has cases', () => {
  expect([...lossNames].sort()).toEqual(Object.keys(losses).sort());
});

describe.each(lossNames)('%s', (name) => {
  const cases = lossCases[name];
  const samples = samplesOfLoss(name);
  test('the value is that of the formula, in float64', () =>
    holds(samples, (sample) => valueIsReference(sample, 1e-12), 60));
  test('the value is that of the formula, in float32', () =>
    holds(samplesOfLoss(name, 'f32'), (sample) => valueIsReference(sample, 1e-4), 15));
  test('gradients are the limits of differences', () =>
    holds(
      samples.filter(({ operands }) => operands.some(({ dtype }) => isFloat(dtype))),
      gradientsAreDifferences,
      10,
    ));
  test('comes back from JSON with the same bits', () => holds(samples, returnsFromJson, 10));
  test('examples are independent', () => holds(samples, examplesAreIndependent, 20));
  test('what does not fit is refused with a sentence', () => {
    expect(cases.bad.length).toBeGreaterThan(0);
    badSamplesAreRefused(name);
  });
  test('whoever has kinks says how samples stay away from them', () => {
    expect(cases.smooth !== undefined).toBe((cases.kinks ?? []).length > 0);
  });
});
