/**
 * The safetensors format (github.com/huggingface/safetensors): 8 bytes with the length of the header, little-endian,
 * a JSON header { name: { dtype, shape, data_offsets } }, and the data. Our own code, because the npm packages for it
 * stand unmaintained at 0.0.1, and reading untrusted bytes must be strict. Numbers are little-endian, as is every
 * machine that runs JavaScript engines today.
 */
import {
  allocate,
  bytesOf,
  CotangentError,
  type DType,
  formatShape,
  HostArray,
  show,
  type TypedArrayOf,
} from '@cotangent/graph';
import { suspiciousKey } from './json-keys.ts';

/** The largest header that is read or written, as in the reference implementation. */
export const largestHeader = 100_000_000;

const safeNames = { f32: 'F32', f64: 'F64', i32: 'I32', u32: 'U32', bool: 'BOOL' } as const;
const dtypeNames: ReadonlyMap<unknown, DType> = new Map(
  Object.entries(safeNames).map(([dtype, name]) => [name, dtype as DType]), // the keys of the table are dtypes
);

export interface Safetensors {
  readonly tensors: Readonly<Record<string, HostArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Tensors and text as safetensors bytes. The same content gives the same bytes: tensors stand in the order of their
 * element size (large first, so that all are aligned), then of their names.
 *
 * @throws BAD_ARGUMENT on the names '__metadata__' and '__proto__', and if the header grows beyond 100 MB
 * @example
 * ```ts
 * decodeSafetensors(encodeSafetensors({ tensors: { w: fromNested([1, 2]) }, metadata: {} })).tensors.w.toNested() // [1, 2]
 * ```
 */
export function encodeSafetensors(content: Safetensors): Uint8Array<ArrayBuffer> {
  const named = Object.entries(content.tensors).sort(
    ([nameA, a], [nameB, b]) =>
      bytesOf(b.dtype) - bytesOf(a.dtype) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
  const fields: string[] = [];
  const metadata = Object.entries(content.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (metadata.length > 0) {
    const entries = metadata.map(([key, text]) => `${writableName(key)}:${JSON.stringify(text)}`);
    fields.push(`"__metadata__":{${entries.join(',')}}`);
  }
  let size = 0;
  for (const [name, tensor] of named) {
    if (name === '__metadata__')
      throw new CotangentError(
        'BAD_ARGUMENT',
        `'__metadata__' cannot be the name of a tensor in a checkpoint`,
      );
    const info = {
      dtype: safeNames[tensor.dtype],
      shape: tensor.shape,
      data_offsets: [size, size + tensor.data.byteLength],
    };
    fields.push(`${writableName(name)}:${JSON.stringify(info)}`);
    size += tensor.data.byteLength;
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerLength = Math.ceil(header.length / 8) * 8;
  if (headerLength > largestHeader)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the header of the checkpoint has ${headerLength} bytes, and at most ${largestHeader} are allowed: keep less in its metadata`,
    );
  const bytes = new Uint8Array(8 + headerLength + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8 + header.length, 8 + headerLength);
  bytes.set(header, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function writableName(name: string): string {
  if (name === '__proto__')
    throw new CotangentError('BAD_ARGUMENT', `'__proto__' cannot be a name in a checkpoint`);
  return JSON.stringify(name);
}

const damaged = (sentence: string, cause?: unknown): CotangentError =>
  new CotangentError('BAD_CHECKPOINT', sentence, { cause });

/**
 * Reads safetensors bytes that nobody vouches for. What it allocates is bounded by the length of the bytes.
 *
 * @throws BAD_CHECKPOINT, with a sentence that says what is wrong with the bytes
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, data } = splitBytes(bytes);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const places = entries.map(([name, info]) => readPlace(name, info, data.length));
  checkCoverage(places, data.length);
  return {
    tensors: Object.fromEntries(places.map((place) => [place.name, readTensor(place, data)])),
    metadata: readMetadata(Object.hasOwn(header, '__metadata__') ? header.__metadata__ : {}),
  };
}

function splitBytes(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8)
    throw damaged(
      `the checkpoint is truncated: ${bytes.length} bytes are too few for the length of a header`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(largestHeader))
    throw damaged(
      `the checkpoint claims a header of ${length} bytes, and at most ${largestHeader} are read: it is damaged, or no safetensors file`,
    );
  const end = 8 + Number(length);
  if (end > bytes.length)
    throw damaged(
      `the checkpoint is truncated: its header should have ${length} bytes, and ${bytes.length - 8} are there`,
    );
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, end));
    header = JSON.parse(text);
  } catch (error) {
    throw damaged('the header of the checkpoint is not JSON: it is damaged, or no safetensors file', error);
  }
  if (!isRecord(header)) throw damaged(`the header of the checkpoint is ${show(header)}, not an object`);
  const suspicious = suspiciousKey(text);
  if (suspicious !== undefined)
    throw damaged(`in the header of the checkpoint, the name ${show(suspicious.key)} ${suspicious.why}`);
  return { header, data: bytes.subarray(end) };
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, info: unknown, available: number): Place {
  const tensor = `tensor ${show(name)} of the checkpoint`;
  if (!isRecord(info)) throw damaged(`${tensor} is described by ${show(info)}, not by an object`);
  const extra = Object.keys(info).find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (extra !== undefined) throw damaged(`${tensor} has the unknown field ${show(extra)}`);
  const { shape, data_offsets: offsets } = info;
  const dtype = dtypeNames.get(info.dtype);
  if (dtype === undefined)
    throw damaged(
      `${tensor} has the dtype ${show(info.dtype)}; ${[...dtypeNames.keys()].join(', ')} can be read`,
    );
  if (!isSizes(shape) || shape.length > 64)
    throw damaged(`${tensor} has the shape ${show(shape)}, which is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw damaged(`${tensor} has the data_offsets ${show(offsets)}, which are not a begin and an end`);
  const [begin, end] = offsets as readonly [number, number]; // its length was checked
  if (begin > end || end > available)
    throw damaged(
      `${tensor} lies at bytes ${begin} to ${end}, and the data has ${available}: the file is truncated or damaged`,
    );
  const size = byteSize(shape, bytesOf(dtype));
  if (size !== end - begin)
    throw damaged(
      `${tensor}, ${dtype}${formatShape(shape)}, needs ${size === Infinity ? 'more bytes than can be counted' : `${size} bytes`}, and its data_offsets hold ${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

/** Bytes of a shape; Infinity beyond what a number counts exactly. */
function byteSize(shape: readonly number[], bytesPerElement: number): number {
  if (shape.includes(0)) return 0;
  let size = bytesPerElement;
  for (const dim of shape) {
    size *= dim;
    if (size > Number.MAX_SAFE_INTEGER) return Infinity;
  }
  return size;
}

/** The tensors must fill the data exactly: no gap, no overlap, nothing behind. */
function checkCoverage(places: readonly Place[], available: number): void {
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered)
      throw damaged(`tensors ${show(previous)} and ${show(name)} of the checkpoint overlap at byte ${begin}`);
    if (begin > covered)
      throw damaged(
        `bytes ${covered} to ${begin} of the checkpoint, before ${show(name)}, belong to no tensor`,
      );
    covered = end;
    previous = name;
  }
  if (covered !== available)
    throw damaged(`${available - covered} bytes at the end of the checkpoint belong to no tensor`);
}

function readTensor({ name, dtype, shape, begin, end }: Place, data: Uint8Array): HostArray {
  const array = allocate(dtype, (end - begin) / bytesOf(dtype));
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  bytes.set(data.subarray(begin, end));
  if (dtype === 'bool') {
    const wrong = bytes.findIndex((byte) => byte > 1);
    if (wrong >= 0)
      throw damaged(
        `tensor ${show(name)} of the checkpoint is BOOL, and element ${wrong} is ${bytes[wrong]}`,
      );
  }
  return new HostArray<DType>(dtype, shape, array as TypedArrayOf[DType]); // allocated for this dtype
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isTexts(value)) throw damaged('the __metadata__ of the checkpoint is not an object of texts');
  return value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((text) => typeof text === 'string');

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
