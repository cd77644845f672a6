/** Reads the WebNN vectors: files of cases, each with inputs, a chain of operator calls, and expected tensors. */
import { readFileSync } from 'node:fs';
import type { FixtureTensor } from '../harness.ts';
import { type DataType, numberOf } from './numbers.ts';

const folder = new URL('../../fixtures/webnn/', import.meta.url);

export interface VectorTensor extends FixtureTensor {
  readonly dataType: DataType;
  /** Known when the graph is built. */
  readonly constant: boolean;
}

export interface OperatorCall {
  readonly name: string;
  /** In the order of the call: one-key records; a name of a tensor stands for the tensor. */
  readonly arguments: readonly Readonly<Record<string, unknown>>[];
  readonly outputs: string | readonly string[];
}

export interface VectorTolerance {
  readonly metric: 'ULP' | 'ATOL';
  readonly value: number;
}

export interface VectorCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, VectorTensor>>;
  readonly operators: readonly OperatorCall[];
  readonly expected: Readonly<Record<string, VectorTensor>>;
  readonly tolerance: VectorTolerance;
}

interface RawTensor {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly data?: readonly (number | string)[];
  readonly fill?: number | string;
  readonly constant?: boolean;
}
type RawCase = Omit<VectorCase, 'inputs' | 'expected'> &
  Record<'inputs' | 'expected', Record<string, RawTensor>>;

interface Index {
  readonly files: Readonly<Record<string, { readonly cases: number }>>;
  readonly count: number;
}

const readJson = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

// The files are part of this project; their README describes them.
export const index = readJson('index.json') as Index;

const tensorsOf = (tensors: Readonly<Record<string, RawTensor>>): Record<string, VectorTensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensorOf(tensor)]));

const readVectors = (file: string): readonly VectorCase[] =>
  (readJson(file) as { readonly cases: readonly RawCase[] }).cases.map((one) => ({
    ...one,
    inputs: tensorsOf(one.inputs),
    expected: tensorsOf(one.expected),
  }));

/** All cases, by file. */
export const vectors: ReadonlyMap<string, readonly VectorCase[]> = new Map(
  Object.keys(index.files).map((file) => [file, readVectors(file)]),
);

function tensorOf({ dataType, shape, data, fill, constant = false }: RawTensor): VectorTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values =
    data === undefined
      ? new Float64Array(count).fill(numberOf(fill ?? 0, dataType))
      : Float64Array.from(data, (value) => numberOf(value, dataType));
  return { dataType, shape, constant, data: values };
}
