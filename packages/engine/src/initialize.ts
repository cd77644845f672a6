/** First values of variables: drawn on the host from (seed, path) alone, so no other variable has a say in them. */
import {
  CotangentError,
  convertHost,
  countOf,
  type DType,
  formatShape,
  fromNested,
  type HostArray,
  type Initializer,
  sameShape,
  zerosHost,
} from '@cotangent/graph';
import seedrandom from 'seedrandom';

type Draw = () => number;

/** The generator of a variable's numbers. */
export const generatorOf = (seed: number | string, path: string): Draw => seedrandom(`${seed}/${path}`);

/** The first value of a variable. */
export function initialValue(
  initializer: Initializer,
  shape: readonly number[],
  dtype: DType,
  seed: number | string,
  path: string,
): HostArray {
  if (!isDrawn(initializer)) return givenValues(initializer, shape, dtype, path);
  const draw = generatorOf(seed, path);
  const result = zerosHost('f64', shape);
  if (initializer.kind === 'orthogonal') orthogonalInto(result.data, shape, initializer.gain, draw);
  else {
    const next = samplerOf(initializer, shape, draw);
    for (let i = 0; i < result.data.length; i++) result.data[i] = next();
  }
  return convertHost(result, dtype);
}

type Given = Extract<Initializer, { kind: 'constant' | 'array' | 'nested' }>;
type Drawn = Exclude<Initializer, Given>;

const isDrawn = (initializer: Initializer): initializer is Drawn =>
  !['constant', 'array', 'nested'].includes(initializer.kind);

function givenValues(initializer: Given, shape: readonly number[], dtype: DType, path: string): HostArray {
  if (initializer.kind === 'constant') {
    const result = zerosHost(dtype, shape);
    result.data.fill(initializer.value);
    return result;
  }
  const array = initializer.kind === 'array' ? initializer.array : fromNested(initializer.values, dtype);
  if (!sameShape(array.shape, shape))
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `the variable '${path}' is ${formatShape(shape)} but its initial value is ${formatShape(array.shape)}`,
    );
  return convertHost(array, dtype);
}

/** Numbers that go into and come out of a unit: [...window, in, out]. */
export function fansOf(shape: readonly number[]): {
  readonly in: number;
  readonly out: number;
  readonly average: number;
} {
  const window = countOf(shape.slice(0, -2));
  const fanIn = (shape.at(-2) ?? shape.at(-1) ?? 1) * window;
  const fanOut = (shape.at(-1) ?? 1) * window;
  return { in: fanIn, out: fanOut, average: (fanIn + fanOut) / 2 };
}

/** The deviation of a normal distribution that is cut off at two deviations. */
const truncatedDeviation = 0.8796256610342398;

function samplerOf(
  initializer: Exclude<Drawn, { kind: 'orthogonal' }>,
  shape: readonly number[],
  draw: Draw,
): Draw {
  switch (initializer.kind) {
    case 'uniform':
      return () => initializer.low + (initializer.high - initializer.low) * draw();
    case 'normal':
      return normalFrom(draw, initializer.mean, initializer.deviation);
    case 'truncatedNormal':
      return truncatedFrom(draw, initializer.mean, initializer.deviation);
    case 'key':
      return () => Math.floor(draw() * 2 ** 32);
    case 'varianceScaling': {
      const deviation = Math.sqrt(initializer.scale / Math.max(1, fansOf(shape)[initializer.fan]));
      if (initializer.distribution === 'normal') return normalFrom(draw, 0, deviation);
      if (initializer.distribution === 'truncatedNormal')
        return truncatedFrom(draw, 0, deviation / truncatedDeviation);
      const limit = Math.sqrt(3) * deviation;
      return () => limit * (2 * draw() - 1);
    }
  }
}

/** Normal numbers by Box and Muller 1958. */
function normalFrom(draw: Draw, mean: number, deviation: number): Draw {
  return () => mean + deviation * Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

function truncatedFrom(draw: Draw, mean: number, deviation: number): Draw {
  const standard = normalFrom(draw, 0, 1);
  return () => {
    let value = standard();
    while (Math.abs(value) > 2) value = standard();
    return mean + deviation * value;
  };
}

/** Rows or columns (whichever are fewer) made orthonormal by modified Gram-Schmidt. */
function orthogonalInto(data: Float64Array, shape: readonly number[], gain: number, draw: Draw): void {
  const columns = shape.at(-1) ?? 1;
  const rows = columns === 0 ? 0 : data.length / columns;
  const normal = normalFrom(draw, 0, 1);
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, normal);
    for (const other of vectors) {
      const overlap = other.reduce((sum, entry, i) => sum + entry * vector[i]!, 0);
      for (let i = 0; i < length; i++) vector[i]! -= overlap * other[i]!;
    }
    const size = Math.sqrt(vector.reduce((sum, entry) => sum + entry * entry, 0));
    if (size < 1e-6) continue;
    vectors.push(vector.map((entry) => entry / size));
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      data[row * columns + column] =
        gain * (rows < columns ? vectors[row]![column]! : vectors[column]![row]!);
}
