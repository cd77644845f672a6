/**
 * Element types of ONNX: which of our dtypes holds them, and how their elements are read. Whole numbers of 64 bits, and of
 * 8 and 16, are held in 32; halves in f32, and rounded where a result is compared.
 */
import type { DType } from '@cotangent/graph';
import type { FixtureTensor } from '../harness.ts';
import type { TensorMessage } from './proto.ts';

interface Element {
  readonly name: string;
  readonly holder: DType;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const element = (name: string, holder: DType, bytes: number, read: Element['read']): Element => ({
  name,
  holder,
  bytes,
  read,
});

/** ±m·2⁻²⁴ below the normal numbers, ±(1 + m·2⁻¹⁰)·2ᵉ⁻¹⁵ otherwise. */
export function halfOfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** By the numbers that `TensorProto.DataType` gives them. */
const elements: Readonly<Record<number, Element>> = {
  1: element('FLOAT', 'f32', 4, (view, at) => view.getFloat32(at, true)),
  2: element('UINT8', 'u32', 1, (view, at) => view.getUint8(at)),
  3: element('INT8', 'i32', 1, (view, at) => view.getInt8(at)),
  4: element('UINT16', 'u32', 2, (view, at) => view.getUint16(at, true)),
  5: element('INT16', 'i32', 2, (view, at) => view.getInt16(at, true)),
  6: element('INT32', 'i32', 4, (view, at) => view.getInt32(at, true)),
  7: element('INT64', 'i32', 8, (view, at) => Number(view.getBigInt64(at, true))),
  9: element('BOOL', 'bool', 1, (view, at) => view.getUint8(at)),
  10: element('FLOAT16', 'f32', 2, (view, at) => halfOfBits(view.getUint16(at, true))),
  11: element('DOUBLE', 'f64', 8, (view, at) => view.getFloat64(at, true)),
  12: element('UINT32', 'u32', 4, (view, at) => view.getUint32(at, true)),
  13: element('UINT64', 'u32', 8, (view, at) => Number(view.getBigUint64(at, true))),
};

function elementOf(type: number): Element {
  if (!Object.hasOwn(elements, type)) throw new Error(`elements of the type ${type} have no dtype here`);
  return elements[type];
}

export const holderOf = (type: number): DType => elementOf(type).holder;

export interface OnnxTensor extends FixtureTensor {
  readonly type: string;
  readonly holder: DType;
}

const smallest = -(2 ** 31);
const largest = 2 ** 31 - 1;

/** "As far as it goes" is said with the ends of the 64 bits; those of 32 mean the same. */
function within32Bits(value: number, type: string): number {
  if (type === 'INT64' && Math.abs(value) === 2 ** 63) return value < 0 ? smallest : largest;
  const fits = type.startsWith('UINT')
    ? value >= 0 && value < 2 ** 32
    : value >= smallest && value <= largest;
  if (!fits) throw new Error(`${value} does not fit into 32 bits`);
  return value;
}

/** The elements of a tensor message in their holder's range. */
export function tensorOf({ dims, type, numbers, raw }: TensorMessage): OnnxTensor {
  const { name, holder, bytes, read } = elementOf(type);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values =
    raw.length > 0
      ? Array.from({ length: raw.length / bytes }, (_, i) => read(view, i * bytes))
      : numbers.map((value) => (name === 'FLOAT16' ? halfOfBits(value) : value));
  const data = name.includes('INT') ? values.map((value) => within32Bits(value, name)) : values;
  return { type: name, holder, shape: dims, data };
}
