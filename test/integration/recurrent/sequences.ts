/** What the laws of recurrent layers share: sequences in float64, runs with all results and gradients, comparison. */
import { grad } from '@cotangent/autodiff';
import { compute, type Feeds } from '@cotangent/engine';
import { type AnyTensor, HostArray, type Input, input, type Tensor, uniform } from '@cotangent/graph';
import { add, constantOfArray, mul, sum } from '@cotangent/graph/ops';
import {
  type AnyLayer,
  type CellKind,
  gru,
  lstm,
  parametersOf,
  type RecurrentOptions,
  type RunInputs,
  type RunOutputs,
  rnn,
} from '@cotangent/layers';
import seedrandom from 'seedrandom';
import { expectClose, type FixtureTensor, type Tolerance } from '../../conformance/harness.ts';

export const kinds: readonly CellKind[] = ['rnn', 'gru', 'lstm'];
export const units = 3;
export const features = 2;

export type RunnableLayer = AnyLayer & { run(x: AnyTensor, inputs?: RunInputs): RunOutputs };
const makers: Readonly<Record<CellKind, (options: RecurrentOptions) => RunnableLayer>> = { rnn, gru, lstm };

/** A layer whose biases are not 0. Layers of one kind have the same first parameters. */
export const layerOf = (kind: CellKind, options: Partial<RecurrentOptions> = {}): RunnableLayer =>
  makers[kind]({ units, biasInitializer: uniform(-1, 1), ...options });

/** Numbers from −1 to 1, other ones for every seed. */
export function drawn(shape: readonly number[], seed: string): HostArray<'f64'> {
  const draw = seedrandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return new HostArray(
    'f64',
    shape,
    Float64Array.from({ length: count }, () => 2 * draw() - 1),
  );
}

/** The same shape with some numbers changed: `change` sees the place and the number. */
export function changed(
  array: HostArray<'f64'>,
  change: (place: readonly number[], value: number) => number,
): HostArray<'f64'> {
  const data = array.data.map((value, flat) => {
    let rest = flat;
    const place = array.shape.map((_, axis) => {
      const stride = array.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
      const at = Math.floor(rest / stride);
      rest %= stride;
      return at;
    });
    return change(place, value);
  });
  return new HostArray('f64', array.shape, data);
}

/** Entries from `start` to `end` along an axis. */
export function part(
  { shape, data }: FixtureTensor,
  axis: number,
  start: number,
  end: number,
): HostArray<'f64'> {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const kept = Array.from(data).filter((_, flat) => {
    const at = Math.floor(flat / inner) % shape[axis]!;
    return at >= start && at < end;
  });
  const cut = shape.map((size, i) => (i === axis ? end - start : size));
  return new HostArray('f64', cut, Float64Array.from(kept));
}

/** [batch, time, features] of a known size. */
export const sequences = (batch: number, time: number, name = 'x'): Input =>
  input(name, [batch, time, features], 'f64') as unknown as Input;

/** Σ tensor·numbers: a loss to which every entry matters in its own way. */
export const weighed = (tensor: AnyTensor, numbers: HostArray<'f64'>): AnyTensor =>
  sum(mul(tensor, constantOfArray(numbers)));
export const total = (terms: readonly AnyTensor[]): AnyTensor => terms.reduce((a, b) => add(a, b));

/** All that a run gives, and gradients of a loss of it: by parameter, and of x. */
export function withGradients(
  layer: RunnableLayer,
  x: Input,
  feeds: Feeds,
  { output, last, state }: RunOutputs,
  loss: AnyTensor,
): Readonly<Record<string, FixtureTensor>> {
  const states = state.flatMap((one, i) =>
    Object.entries(one).map(([name, value]) => [`state ${i} ${name}`, value] as const),
  );
  const wrt = { ...parametersOf(layer), 'gradient of x': x } as Readonly<Record<string, AnyTensor>>;
  const gradients = grad(loss as Tensor<[]>, wrt);
  const outputs = { output, last, ...Object.fromEntries(states), ...gradients };
  return compute(outputs as Readonly<Record<string, AnyTensor>>, feeds) as unknown as Record<
    string,
    FixtureTensor
  >;
}

/** The same sums in another order: a few hundred terms of size 1 in float64. */
export const sameSums: Tolerance = { name: 'order of summation', absolute: 1e-13, relative: 1e-12 };
export const exactly: Tolerance = { name: 'exact', absolute: 0, relative: 0 };

export function expectSame(
  got: Readonly<Record<string, FixtureTensor>>,
  want: Readonly<Record<string, FixtureTensor>>,
  tolerance: Tolerance,
): void {
  for (const [name, value] of Object.entries(want)) expectClose(name, got[name]!, value, tolerance);
}
