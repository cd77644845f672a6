/** Sequences of different lengths: what is padded is not there. */
import { HostArray, input } from '@cotangent/graph';
import { describe, expect, test } from 'vitest';
import { type FixtureTensor, fixture } from '../../conformance/harness.ts';
import {
  changed,
  drawn,
  exactly,
  expectSame,
  features,
  kinds,
  layerOf,
  part,
  type RunnableLayer,
  sameSums,
  sequences,
  total,
  units,
  weighed,
  withGradients,
} from './sequences.ts';

const batch = 3;
const time = 5;
/** One full, one short, one empty. */
const lengths = [5, 2, 0];
const numbers = drawn([batch, time, features], 'x');
const isPadded = ([row, step]: readonly number[]): boolean => step! >= lengths[row]!;

const forms = [
  {},
  { reverse: true },
  { layers: 2 },
  { bidirectional: 'concat' },
  { bidirectional: 'concat', layers: 2 },
] as const;
const cases = kinds.flatMap((kind) => forms.map((form) => ({ kind, form })));

/** The loss weighs every output, and the last ones. */
const outputWeights = drawn([batch, time, 2 * units], 'output');
const lastWeights = drawn([batch, 2 * units], 'last');
const forWidth = (weights: HostArray<'f64'>, width: number): HostArray<'f64'> =>
  part(weights, weights.shape.length - 1, 0, width);

function run(layer: RunnableLayer, x: HostArray<'f64'>, given: 'lengths' | 'mask') {
  const tensor = sequences(batch, time);
  const counts = input('lengths', [batch], 'i32');
  const mask = input('mask', [batch, time], 'bool');
  const results = layer.run(tensor, given === 'lengths' ? { lengths: counts } : { mask });
  const width = Number(results.last.shape[1]);
  const loss = total([
    weighed(results.output, forWidth(outputWeights, width)),
    weighed(results.last, forWidth(lastWeights, width)),
  ]);
  const valid = lengths.flatMap((length) => Array.from({ length: time }, (_, step) => step < length));
  const feeds = {
    x,
    ...(given === 'lengths'
      ? { lengths }
      : { mask: new HostArray('bool', [batch, time], Uint8Array.from(valid, Number)) }),
  };
  return withGradients(layer, tensor, feeds, results, loss);
}

/** A sequence by itself, without padding. */
function alone(layer: RunnableLayer, row: number) {
  const length = lengths[row]!;
  const own = part(part(numbers, 0, row, row + 1), 1, 0, length);
  const tensor = sequences(1, length);
  const results = layer.run(tensor);
  const width = Number(results.last.shape[1]);
  const outputs = part(part(forWidth(outputWeights, width), 0, row, row + 1), 1, 0, length);
  const last = part(forWidth(lastWeights, width), 0, row, row + 1);
  const loss = total([weighed(results.output, outputs), weighed(results.last, last)]);
  return withGradients(layer, tensor, { x: own }, results, loss);
}

const rowsOf = (results: Readonly<Record<string, FixtureTensor>>, row: number) =>
  Object.fromEntries(
    Object.entries(results)
      .filter(([name]) => name === 'last' || name.startsWith('state '))
      .map(([name, value]) => [name, part(value, 0, row, row + 1)]),
  );

describe.each(cases)('$kind $form', ({ kind, form }) => {
  const layer = layerOf(kind, form);
  const padded = run(layer, numbers, 'lengths');

  test.each([1e6, -3, Number.NaN, Infinity])(
    'nothing changes if %d stands where nothing is valid',
    (junk) => {
      const other = changed(numbers, (place, value) => (isPadded(place) ? junk : value));
      expectSame(run(layer, other, 'lengths'), padded, exactly);
    },
  );

  test('the output and the gradient are 0 where nothing is valid', () => {
    for (const name of ['output', 'gradient of x'])
      for (const [row, length] of lengths.entries()) {
        const rest = part(part(padded[name]!, 0, row, row + 1), 1, length, time);
        expect(Array.from(rest.data).filter((value) => value !== 0)).toEqual([]);
      }
  });

  test('a mask says the same as lengths', () => expectSame(run(layer, numbers, 'mask'), padded, exactly));

  test('each sequence gives what it gives alone: outputs, last output, last states, gradients', () => {
    const single = [0, 1].map((row) => alone(layer, row));
    for (const [row, results] of single.entries()) {
      const valid = (name: string) => part(part(padded[name]!, 0, row, row + 1), 1, 0, lengths[row]!);
      const { output, 'gradient of x': gradient } = results;
      expectSame(
        { output: valid('output'), gradient: valid('gradient of x'), ...rowsOf(padded, row) },
        { output: output!, gradient: gradient!, ...rowsOf(results, 0) },
        sameSums,
      );
    }
    const parameters = Object.keys(padded).filter((name) => name.startsWith(layer.path));
    expect(parameters.length).toBeGreaterThan(2);
    for (const name of parameters) {
      const [one, two] = single.map((results) => results[name]!.data);
      const sums = Float64Array.from(one!, (value, i) => value + two![i]!);
      expectSame(padded, { [name]: fixture(padded[name]!.shape, sums) }, sameSums);
    }
  });

  test('an empty sequence ends as it begins', () => {
    for (const [name, value] of Object.entries(rowsOf(padded, 2)))
      expect(
        Array.from(value.data).filter((entry) => entry !== 0),
        name,
      ).toEqual([]);
  });
});
