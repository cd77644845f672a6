/** Reads the groups of PyTorch fixtures: a header in JSON whose tensor descriptors point into a binary file. */
import { readFileSync } from 'node:fs';
import { type FixtureTensor, fixture } from '../harness.ts';

const folder = new URL('../../fixtures/torch/', import.meta.url);

/** Tensors by the name of their entry, such as `x`, `weight`, `running_mean`. */
export type Entries = Readonly<Record<string, FixtureTensor>>;

/** A case of most groups; the others have types of their own beside their tests. */
export interface TorchCase {
  readonly name: string;
  readonly op: string;
  readonly config: object;
  readonly mode?: 'train' | 'eval';
  readonly inputs?: Entries;
  readonly params?: Entries;
  readonly consts?: Entries;
  readonly outputs: Entries;
  readonly cotangents?: Entries;
  readonly grads?: Entries;
}

export type GroupName =
  | 'linear'
  | 'conv'
  | 'conv-transpose'
  | 'norm'
  | 'pool'
  | 'dropout'
  | 'embedding'
  | 'recurrent'
  | 'activation'
  | 'loss'
  | 'primitive'
  | 'optimizer'
  | 'second-order'
  | 'training';

interface Index {
  readonly groups: Readonly<Record<GroupName, number>>;
  readonly count: number;
}

const readJson = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

// The files are part of this project; their README describes them.
export const index = readJson('index.json') as Index;

/** The cases of a group with their tensors read. `C` says what its cases look like. */
export function readGroup<C = TorchCase>(name: GroupName): readonly C[] {
  const head = readJson(`${name}.json`) as { readonly binary: string; readonly cases: readonly unknown[] };
  const file = readFileSync(new URL(head.binary, folder));
  // A copy of its own: views need an offset that is a multiple of 8.
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  return head.cases.map((one) => withTensors(one, bytes)) as C[];
}

interface Descriptor {
  readonly shape: readonly number[];
  readonly dtype: 'f64' | 'i32';
  readonly offset: number;
}

const isDescriptor = (value: object): value is Descriptor =>
  'dtype' in value && 'offset' in value && 'shape' in value;

function withTensors(value: unknown, bytes: ArrayBuffer | SharedArrayBuffer): unknown {
  if (Array.isArray(value)) return value.map((entry) => withTensors(entry, bytes));
  if (typeof value !== 'object' || value === null) return value;
  if (isDescriptor(value)) {
    const { shape, dtype, offset } = value;
    const count = shape.reduce((product, size) => product * size, 1);
    return fixture(
      shape,
      dtype === 'f64' ? new Float64Array(bytes, offset, count) : new Int32Array(bytes, offset, count),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withTensors(entry, bytes)]));
}
