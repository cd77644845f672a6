/** Host arrays: the concrete values that feed a program and come out of it. */
import { allocate, type DType, holds, isFloat, type TypedArray, type TypedArrayOf } from './dtype.ts';
import { CotangentError, show } from './errors.ts';
import { countOf, formatShape } from './shape.ts';

/** Numbers (or booleans) nested to any depth; a bare number is a scalar. */
export type Nested = number | boolean | readonly Nested[];

/** Row-major elements with a shape and a dtype. The array is owned: do not write into it while a program runs. */
export class HostArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrayOf[D];

  /** @throws SHAPE_MISMATCH if `data` has not as many elements as `shape`; DTYPE_MISMATCH if it is the wrong kind of array. */
  constructor(dtype: D, shape: readonly number[], data: TypedArrayOf[D]) {
    if (!holds(data, dtype))
      throw new CotangentError('DTYPE_MISMATCH', `${dtype} elements do not live in ${show(data)}`);
    if (data.length !== countOf(shape))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `${data.length} elements do not fill the shape ${formatShape(shape)} of ${countOf(shape)}`,
      );
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  get size(): number {
    return this.data.length;
  }

  /** Nested arrays (booleans for bool), or a bare number for a scalar. */
  toNested(): Nested {
    const element = this.dtype === 'bool' ? (i: number) => this.data[i] !== 0 : (i: number) => this.data[i]!;
    const build = (axis: number, offset: number, block: number): Nested => {
      if (axis === this.shape.length) return element(offset);
      const count = this.shape[axis]!;
      const inner = count === 0 ? 0 : block / count;
      return Array.from({ length: count }, (_, i) => build(axis + 1, offset + i * inner, inner));
    };
    return build(0, 0, this.data.length);
  }

  /** The only element of a scalar or one-element array. */
  item(): number {
    if (this.data.length !== 1)
      throw new CotangentError('SHAPE_MISMATCH', `item() needs one element, not ${formatShape(this.shape)}`);
    return this.data[0]!;
  }

  /** As numpy prints: aligned columns, long axes shortened in the middle. */
  toString(): string {
    return formatHost(this);
  }
}

/** Zeros of a shape. */
export const zerosHost = <D extends DType>(dtype: D, shape: readonly number[]): HostArray<D> =>
  new HostArray(dtype, shape, allocate(dtype, countOf(shape)) as TypedArrayOf[D]);

/** The shape of a nest, reading first entries only. */
export function nestedShape(value: Nested): number[] {
  const shape: number[] = [];
  let level: Nested | undefined = value;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
    if (shape.length > 64) throw new CotangentError('BAD_DATA', 'nested arrays are limited to 64 levels');
  }
  return shape;
}

/**
 * Nested arrays to a host array.
 *
 * @throws BAD_DATA if rows have different lengths, or an entry is not a number, with its position
 * @example
 * ```ts
 * fromNested([[1, 2], [3, 4]]).shape // [2, 2]
 * ```
 */
export function fromNested<D extends DType = 'f32'>(value: Nested, dtype?: D): HostArray<D> {
  const wanted = (dtype ?? (leafIsBoolean(value) ? 'bool' : 'f32')) as D;
  const shape = nestedShape(value);
  const result = zerosHost(wanted, shape);
  let at = 0;
  const fill = (part: Nested, axis: number, path: readonly number[]): void => {
    const here = () => (path.length === 0 ? '' : ` at [${path.join(', ')}]`);
    if (axis === shape.length) {
      if (typeof part !== 'number' && typeof part !== 'boolean')
        throw new CotangentError('BAD_DATA', `expected a number${here()}, found ${show(part)}`);
      result.data[at++] = checkedElement(Number(part), wanted, here);
      return;
    }
    if (!Array.isArray(part) || part.length !== shape[axis])
      throw new CotangentError(
        'BAD_DATA',
        `the nested array is ragged: expected ${shape[axis]} entries${here()}, found ${Array.isArray(part) ? `${part.length}: pad sequences to one length and give their lengths, as padSequences(list) does` : show(part)}`,
      );
    for (let i = 0; i < part.length; i++) fill(part[i]!, axis + 1, [...path, i]);
  };
  fill(value, 0, []);
  return result;
}

function checkedElement(value: number, dtype: DType, here: () => string): number {
  if (isFloat(dtype)) return value;
  const fits =
    dtype === 'bool'
      ? value === 0 || value === 1
      : Number.isInteger(value) && value === (dtype === 'i32' ? value | 0 : value >>> 0);
  if (!fits) throw new CotangentError('BAD_DATA', `${value}${here()} is not a value of ${dtype}`);
  return value;
}

function leafIsBoolean(value: Nested): boolean {
  let level: Nested | undefined = value;
  while (Array.isArray(level)) level = level[0];
  return typeof level === 'boolean';
}

/** A copy with another dtype; floats truncate towards zero on the way to integers, as in C. */
export function convertHost<D extends DType>(array: HostArray, dtype: D): HostArray<D> {
  const data = allocate(dtype, array.size);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = array.data[i] !== 0 ? 1 : 0;
  else data.set(array.data as TypedArray);
  return new HostArray(dtype, array.shape, data as TypedArrayOf[D]);
}

function formatHost(array: HostArray): string {
  const { shape, data } = array;
  const edge = 3;
  const shortened = data.length > 1000;
  const shownAxis = (count: number): (number | null)[] =>
    shortened && count > 2 * edge
      ? [...Array(edge).keys(), null, ...Array.from({ length: edge }, (_, i) => count - edge + i)]
      : [...Array(count).keys()];
  const cells: string[] = [];
  const render = (axis: number, offset: number, block: number, emit: (index: number) => string): string => {
    if (axis === shape.length) return emit(offset);
    const inner = shape[axis] === 0 ? 0 : block / shape[axis]!;
    const parts = shownAxis(shape[axis]!).map((i) =>
      i === null ? '...' : render(axis + 1, offset + i * inner, inner, emit),
    );
    const separator =
      axis === shape.length - 1 ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`;
    return `[${parts.join(separator)}]`;
  };
  render(0, 0, data.length, (i) => {
    cells.push(formatElement(data[i]!, array.dtype));
    return '';
  });
  const width = Math.max(0, ...cells.map((cell) => cell.length));
  return render(0, 0, data.length, (i) => formatElement(data[i]!, array.dtype).padStart(width));
}

function formatElement(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (!isFloat(dtype)) return String(value);
  if (Object.is(value, -0)) return '-0.';
  if (Number.isInteger(value) && Math.abs(value) < 1e8) return `${value}.`;
  return String(Number(value.toPrecision(dtype === 'f32' ? 6 : 9)));
}
