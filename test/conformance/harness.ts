/**
 * What the conformance suites share: tensors of fixtures, how they are laid out otherwise, how they become feeds, and
 * a comparison whose failure names the case, the entry, the place and both numbers. Nothing here knows PyTorch or WebNN.
 */
import { type DType, HostArray, isFloat, type TypedArrayOf } from '@cotangent/graph';

/** A tensor of a fixture: numbers in row-major order. */
export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** |got − want| ≤ absolute + relative·|want|. */
export interface Tolerance {
  readonly name: string;
  readonly absolute: number;
  readonly relative: number;
}

export const tolerances = {
  f64: { name: 'float64', absolute: 1e-11, relative: 1e-9 },
  f32: { name: 'float32', absolute: 1e-5, relative: 1e-4 },
  /** After many steps of training in float64. */
  trained: { name: 'float64 after training', absolute: 1e-11, relative: 1e-7 },
  exact: { name: 'exact', absolute: 0, relative: 0 },
} as const satisfies Record<string, Tolerance>;

export const fixture = (shape: readonly number[], data: ArrayLike<number>): FixtureTensor => ({
  shape,
  data,
});

const constructors = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
} as const;

/** A fixture as a host array of a dtype. */
export function hostOf<D extends DType>({ shape, data }: FixtureTensor, dtype: D): HostArray<D> {
  // The table gives exactly the array that holds the dtype.
  return new HostArray(dtype, shape, new constructors[dtype](data) as TypedArrayOf[D]);
}

/** A result of a program as a fixture: scalars come back as numbers. */
export const resultOf = (value: number | HostArray): FixtureTensor =>
  typeof value === 'number' ? fixture([], [value]) : value;

const countOf = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);

/** Where a flat position lies, as [i, j, …]. */
function placeOf(flat: number, shape: readonly number[]): string {
  const place: number[] = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${place.join(', ')}]`;
}

/** Result axis i is axis axes[i] of the tensor. */
export function transposed(tensor: FixtureTensor, axes: readonly number[]): FixtureTensor {
  const shape = axes.map((axis) => tensor.shape[axis]);
  const strides = tensor.shape.map((_, axis) => countOf(tensor.shape.slice(axis + 1)));
  const data = Array.from({ length: tensor.data.length }, (_, flat) => {
    let rest = flat;
    let source = 0;
    for (let i = shape.length - 1; i >= 0; i--) {
      source += (rest % shape[i]) * strides[axes[i]];
      rest = Math.floor(rest / shape[i]);
    }
    return tensor.data[source];
  });
  return fixture(shape, data);
}

export const reshaped = (tensor: FixtureTensor, shape: readonly number[]): FixtureTensor =>
  fixture(shape, tensor.data);

/** [batch, channels, ...spatial] to [batch, ...spatial, channels]. */
export function channelsToEnd(tensor: FixtureTensor): FixtureTensor {
  const [batch, channel, ...spatial] = tensor.shape.map((_, axis) => axis);
  return transposed(tensor, [batch, ...spatial, channel]);
}

const same = (got: number, want: number, { absolute, relative }: Tolerance): boolean =>
  got === want ||
  (Number.isNaN(got) && Number.isNaN(want)) ||
  (Number.isFinite(want) && Math.abs(got - want) <= absolute + relative * Math.abs(want));

/** Compares all elements; NaN and infinities must be met exactly. `what` says which case and which entry it is. */
export function expectClose(
  what: string,
  got: FixtureTensor,
  want: FixtureTensor,
  tolerance: Tolerance,
): void {
  if (got.shape.join() !== want.shape.join())
    throw new Error(`${what}: the shape is [${got.shape.join(', ')}] instead of [${want.shape.join(', ')}]`);
  const wrong = Array.from(want.data, (_, i) => i).filter((i) => !same(got.data[i], want.data[i], tolerance));
  if (wrong.length === 0) return;
  const worst = wrong.reduce((a, b) => (distance(got, want, b) > distance(got, want, a) ? b : a));
  throw new Error(
    `${what}: ${wrong.length} of ${want.data.length} elements are off. At ${placeOf(worst, want.shape)} got ` +
      `${got.data[worst]}, want ${want.data[worst]} (off by ${distance(got, want, worst)}; ${tolerance.name} allows ` +
      `${tolerance.absolute} + ${tolerance.relative}·|want|)`,
  );
}

const distance = (got: FixtureTensor, want: FixtureTensor, i: number): number => {
  const size = Math.abs(got.data[i] - want.data[i]);
  return Number.isNaN(size) ? Infinity : size;
};

/** The tolerance for results of a dtype: integers and booleans are exact. */
export const toleranceFor = (dtype: DType): Tolerance =>
  isFloat(dtype) ? tolerances[dtype] : tolerances.exact;
