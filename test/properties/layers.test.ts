/** What holds for every layer, on samples of the table of cases. */
import { compileGraph } from '@cotangent/engine';
import { gradcheck } from '@cotangent/gradcheck';
import {
  type AnyTensor,
  type CotangentError,
  closeGraph,
  convertHost,
  graphFromJson,
  graphToJson,
  type HostArray,
  Input,
  isFloat,
} from '@cotangent/graph';
import { evaluation, layerFromJson, layerToJson, training } from '@cotangent/layers';
import { retype } from '@cotangent/rewrite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layerKinds } from '../../packages/layers/src/registry.ts';
import * as makers from '../../packages/layers/src/typed/index.ts';
import { arrayOf, at, filled, typeOf } from '../cases/arrays.ts';
import {
  type BadLayer,
  type DrawnLayer,
  layerCasesOf,
  layerNames,
  makeLayer,
  samplesOfLayer,
} from '../cases/layers/index.ts';
import { arraysOf, builtLayer, plainOf, ranGraph, ranLayer, treeOf } from './layer-running.ts';
import { refusal } from './refusals.ts';
import { expectClose } from './running.ts';
import { holds } from './runs.ts';
import { expectSameBits } from './same.ts';

/** The value is that of nested loops, and so is what variables become. */
function valueIsReference(sample: DrawnLayer, tolerance: number): void {
  const built = builtLayer(sample);
  const { outputs, after } = ranLayer(built);
  const cases = layerCasesOf(sample.name);
  const wanted = cases.reference(built.run);
  if (wanted === undefined) {
    cases.law!(built.run, plainOf(outputs[0]!));
    return;
  }
  expect(outputs.map(({ shape }) => shape)).toEqual(wanted.outputs.map(({ shape }) => shape));
  wanted.outputs.forEach(({ values }, i) => expectClose(outputs[i]!.data, values, tolerance, `output ${i}`));
  const prefix = built.layer.path === '' ? '' : `${built.layer.path}/`;
  for (const [path, value] of Object.entries(after)) {
    const updated = wanted.updates?.[path.slice(prefix.length)];
    if (updated === undefined) expectSameBits(value, built.variables[path]!, `the variable '${path}'`);
    else expectClose(value.data, updated, tolerance, `the variable '${path}' after the call`);
  }
}

/** Shapes are known before anything runs, and are those of the values. */
function shapesAreInferred(sample: DrawnLayer): void {
  const built = builtLayer(sample);
  ranLayer(built).outputs.forEach(({ shape, dtype }, i) => {
    expect(built.outputs[i]!.shape).toEqual(shape);
    expect(built.outputs[i]!.dtype).toBe(dtype);
  });
}

/** Gradients of inputs and parameters are the limits of differences. */
function gradientsAreDifferences(sample: DrawnLayer): void {
  const built = builtLayer(sample);
  const distance = layerCasesOf(sample.name).distance?.(built.run) ?? Infinity;
  // What a result does not depend on is no leaf of it: a dropout of everything has none.
  const { inputs, variables } = closeGraph({ outputs: treeOf(built.outputs) });
  const floats = [...inputs, ...variables].filter(
    (leaf) => isFloat(leaf.dtype) && (leaf instanceof Input || leaf.role === 'parameter'),
  );
  if (distance < 0.01 || floats.length === 0 || !built.outputs.some(({ dtype }) => isFloat(dtype))) return;
  const values = { ...built.inputs, ...built.variables };
  const names = [...inputs.map(({ name }) => name), ...variables.map(({ path }) => path)];
  const point = Object.fromEntries(names.map((name) => [name, values[name]!]));
  const report = gradcheck(treeOf(built.outputs), point, { seed: sample.seed, mostEntries: 24 });
  if (!report.passed) throw new Error(JSON.stringify(report));
}

/** A layer comes back from its configuration, and its closed graph from JSON, with the same bits. */
function returnsFromJson(sample: DrawnLayer): void {
  const built = builtLayer(sample);
  const wanted = ranLayer(built);
  const graph = graphFromJson(JSON.parse(JSON.stringify(graphToJson(built.graph))));
  const config = JSON.parse(JSON.stringify(layerToJson(built.layer)));
  const again = builtLayer(sample, layerFromJson(config));
  expect(layerToJson(again.layer)).toEqual(config);
  const others = [
    ranGraph(graph, built.inputs, built.variables),
    ranLayer({ ...again, variables: built.variables }),
  ];
  for (const other of others) {
    for (const [i, output] of wanted.outputs.entries())
      expectSameBits(other.outputs[i]!, output, `output ${i}`);
    for (const [path, value] of Object.entries(wanted.after)) expectSameBits(other.after[path]!, value, path);
  }
}

/** What was declared in float32 is the same function in float64: the twin that checks of gradients compute with. */
function twinIsReference(sample: DrawnLayer): void {
  const built = builtLayer(sample);
  const wanted = layerCasesOf(sample.name).reference(built.run);
  if (wanted === undefined) return;
  const doubles = (arrays: Readonly<Record<string, HostArray>>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [
        name,
        isFloat(array.dtype) ? convertHost(array, 'f64') : array,
      ]),
    );
  const { outputs } = ranGraph(retype(built.graph, 'f64'), doubles(built.inputs), doubles(built.variables));
  wanted.outputs.forEach(({ values }, i) => expectClose(outputs[i]!.data, values, 1e-12, `output ${i}`));
}

/** A batch of any size: its axis has a name when the layer is called, and a size when it is run. */
function batchMayBeOpen(sample: DrawnLayer): void {
  const cases = layerCasesOf(sample.name);
  const axis = cases.batchAxis?.(sample, 'x') ?? 0;
  if (axis >= sample.x.shape.length || cases.mixes?.({ ...sample, training: false })) return;
  const sized = builtLayer(sample);
  const open = builtLayer(sample, makeLayer(sample.name, sample.options), (name, shape) =>
    shape.map((size, i) => (i === (cases.batchAxis?.(sample, name) ?? 0) ? 'batch' : size)),
  );
  const [wanted, actual] = [ranLayer(sized), ranLayer({ ...open, variables: sized.variables })];
  wanted.outputs.forEach((output, i) => expectSameBits(actual.outputs[i]!, output, `output ${i}`));
  for (const [path, value] of Object.entries(wanted.after)) expectSameBits(actual.after[path]!, value, path);
}

/** Entry i of an array along an axis, which stays with size 1. */
function part(array: HostArray, axis: number, i: number): HostArray {
  const shape = array.shape.with(axis, 1);
  return arrayOf(
    array.dtype,
    shape,
    filled(shape, (position) => at(array, position.with(axis, i))),
  );
}

/** A batch gives what each of its examples gives alone. */
function examplesAreIndependent(sample: DrawnLayer): void {
  const cases = layerCasesOf(sample.name);
  if (cases.mixes?.(sample)) return;
  const axisOf = (name: string) => cases.batchAxis?.(sample, name) ?? 0;
  const whole = builtLayer(sample);
  const wanted = ranLayer(whole).outputs;
  const arrays = arraysOf(sample);
  for (let example = 0; example < sample.x.shape[axisOf('x')]!; example++) {
    const alone = Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [name, part(array, axisOf(name), example)]),
    );
    const { x, ...more } = alone as Record<string, HostArray> & { readonly x: HostArray };
    const one = builtLayer({ ...sample, x, ...(sample.more === undefined ? {} : { more }) });
    ranLayer({ ...one, variables: whole.variables }).outputs.forEach((output, i) =>
      expectSameBits(
        output,
        part(wanted[i]!, axisOf(`output${i}`), example),
        `output ${i} of example ${example}`,
      ),
    );
  }
}

/** Channels at the end become the second axis, or the other way round. */
function relaid(array: HostArray, toFirst: boolean): HostArray {
  const rank = array.shape.length;
  const order = Array.from({ length: rank }, (_, axis) =>
    axis === 0 ? 0 : toFirst ? (axis === 1 ? rank - 1 : axis - 1) : axis === rank - 1 ? 1 : axis + 1,
  );
  const shape = order.map((axis) => array.shape[axis]!);
  return arrayOf(
    array.dtype,
    shape,
    filled(shape, (position) =>
      at(
        array,
        array.shape.map((_, axis) => position[order.indexOf(axis)]!),
      ),
    ),
  );
}

/** The other layout gives the same, transposed. */
function layoutsAgree(sample: DrawnLayer): void {
  if (layerCasesOf(sample.name).layouts?.(sample.options) !== true) return;
  const { layout = 'channelsLast' } = sample.options as { readonly layout?: string };
  const toFirst = layout === 'channelsLast';
  const options = { ...sample.options, layout: toFirst ? 'channelsFirst' : 'channelsLast' };
  const one = builtLayer(sample);
  const other = builtLayer({ ...sample, options, x: relaid(sample.x, toFirst) });
  const [wanted, actual] = [ranLayer(one), ranLayer({ ...other, variables: one.variables })];
  wanted.outputs.forEach((output, i) => {
    const turned = output.shape.length > 2 ? relaid(output, toFirst) : output;
    expect(actual.outputs[i]!.shape).toEqual(turned.shape);
    expectClose(actual.outputs[i]!.data, turned.data, 1e-13, `output ${i} in the other layout`);
  });
  for (const [path, value] of Object.entries(wanted.after))
    expectClose(actual.after[path]!.data, value.data, 1e-13, `the variable '${path}'`);
}

/** Makes a layer of bad options, and calls it with what it must not be called with. */
function callWith(
  name: DrawnLayer['name'],
  { options, x, more = {}, training: mode = false }: BadLayer,
): void {
  const { call } = layerCasesOf(name);
  // The options of bad samples are of no type.
  const layer = makeLayer(name, options as object);
  if (x === undefined) return;
  const inputs = Object.fromEntries(
    Object.entries({ x, ...more }).map(([key, type]) => {
      const { dtype, shape } = typeOf(type);
      return [key, new Input(key, shape, dtype) as AnyTensor] as const;
    }),
  );
  const sample = { options: options as object, x: arrayOf('f64', [0], []), training: mode };
  const build = () => (call === undefined ? [layer(inputs.x!)] : call(layer, inputs, sample));
  const outputs = (mode ? training : evaluation)(build)();
  compileGraph(closeGraph({ outputs: treeOf(outputs) }));
}

/** Each bad sample is refused with its code and its sentence. */
function badSamplesAreRefused(name: DrawnLayer['name']): void {
  for (const bad of layerCasesOf(name).bad) {
    const what = `${name} of ${JSON.stringify(bad.options)} called with ${bad.x}`;
    let error: CotangentError;
    try {
      error = refusal(() => callWith(name, bad));
    } catch (other) {
      throw new Error(`${what}: ${other}`);
    }
    if (error.code !== bad.code || !error.sentence.includes(bad.sentence))
      throw new Error(
        `${what} gave ${error.code} '${error.sentence}' where ${bad.code} '${bad.sentence}' is expected`,
      );
  }
}

test('every kind of layer has cases', () => {
  expect([...layerNames].sort()).toEqual(Object.keys(makers).sort());
  expect([...layerNames].sort()).toEqual([...layerKinds()].sort());
});

/** Loops take long. */
const share = (name: DrawnLayer['name']): number => (/^(rnn|gru|lstm)$/.test(name) ? 0.5 : 1);

test('dropout drops the fraction that it says, in training', () => {
  const count = 4000;
  const x = arrayOf('f32', [count], Array<number>(count).fill(1));
  for (const rate of [0.1, 0.5, 0.8]) {
    const sample: DrawnLayer = { name: 'dropout', seed: 3, options: { rate }, x, training: true };
    const dropped = Array.from(ranLayer(builtLayer(sample)).outputs[0]!.data).filter(
      (entry) => entry === 0,
    ).length;
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(dropped - rate * count)).toBeLessThan(5 * Math.sqrt(count * rate * (1 - rate)));
  }
});

describe.each(layerNames)('%s', (name) => {
  const cases = layerCasesOf(name);
  const samples = samplesOfLayer(name);

  test('the value is that of nested loops, in float64', () =>
    holds(samples, (sample) => valueIsReference(sample, 1e-12), 50 * share(name)));
  test('the value is that of nested loops, in float32', () =>
    holds(samplesOfLayer(name, 'f32'), (sample) => valueIsReference(sample, 1e-4), 10 * share(name)));
  test('inferred shapes are those of the values', () => holds(samples, shapesAreInferred, 10 * share(name)));
  test('gradients are the limits of differences', () =>
    holds(samples, gradientsAreDifferences, 8 * share(name)));
  test('comes back from JSON with the same bits', () => holds(samples, returnsFromJson, 10 * share(name)));
  test('a float32 layer is the same function in float64', () =>
    holds(samplesOfLayer(name, 'f32'), twinIsReference, 10 * share(name)));
  test('the batch may be open until it is run', () => holds(samples, batchMayBeOpen, 10 * share(name)));
  test('examples are independent', () => holds(samples, examplesAreIndependent, 10 * share(name)));
  if (cases.layouts !== undefined)
    test('both layouts agree', () => holds(samples, layoutsAgree, 20 * share(name)));
  test('what does not fit is refused with a sentence', () => {
    expect(cases.bad.length).toBeGreaterThan(0);
    badSamplesAreRefused(name);
  });
  test('whatever is no tensor is refused', () => {
    const [{ options }] = fc.sample(samples, { numRuns: 1, seed: 1 }) as [DrawnLayer];
    const { code, sentence } = refusal(() => makeLayer(name, options)(3 as never));
    expect([code, sentence]).toEqual(['BAD_ARGUMENT', `${name} takes a tensor, not 3`]);
  });
  test('whoever has kinks says how samples stay away from them', () => {
    expect(cases.smooth !== undefined).toBe((cases.kinks ?? []).length > 0);
  });
});
