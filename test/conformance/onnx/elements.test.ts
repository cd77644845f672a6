/** The reader of the files: halves, integers of 64 bits, and elements written in each of the two ways. */
import { expect, test } from 'vitest';
import { halfOfBits, tensorOf } from './elements.ts';
import { readTensor } from './proto.ts';

test.each([
  [0x0000, 0],
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24], // the largest subnormal
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0xc000, -2],
  [0x7bff, 65504],
  [0xfc00, -Infinity],
  [0x7e00, Number.NaN],
])('the bits %i are the half %d', (bits, half) => {
  expect(halfOfBits(bits)).toBe(half);
});

const message = (type: number, numbers: readonly number[]) => ({
  dims: [numbers.length],
  type,
  name: '',
  numbers,
  raw: new Uint8Array(),
});

test('the ends of 64 bits become those of 32, and what else does not fit is refused', () => {
  expect(tensorOf(message(7, [-(2 ** 63), -1, 2 ** 63])).data).toEqual([-(2 ** 31), -1, 2 ** 31 - 1]);
  expect(() => tensorOf(message(7, [2 ** 31]))).toThrow('does not fit into 32 bits');
  expect(() => tensorOf(message(13, [2 ** 32]))).toThrow('does not fit into 32 bits');
});

test('elements of a type that no dtype holds are refused', () => {
  expect(() => tensorOf(message(8, []))).toThrow('the type 8');
});

test.each([
  ['as bytes', [0x08, 0x02, 0x10, 0x06, 0x4a, 0x08, 0x05, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
  ['as packed numbers', [0x0a, 0x01, 0x02, 0x10, 0x06, 0x2a, 0x0b, 0x05, ...Array(9).fill(0xff), 0x01]],
  ['one by one', [0x08, 0x02, 0x10, 0x06, 0x28, 0x05, 0x28, ...Array(9).fill(0xff), 0x01]],
])('int32 [5, -1], written %s', (_, bytes) => {
  expect(tensorOf(readTensor(Uint8Array.from(bytes)))).toEqual({
    type: 'INT32',
    holder: 'i32',
    shape: [2],
    data: [5, -1],
  });
});
