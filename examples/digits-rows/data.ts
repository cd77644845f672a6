/** Handwritten digits of 8 × 8 pixels: reading, and a split that has each digit in the same proportion on both sides. */
import { readFile } from 'node:fs/promises';
import { CotangentError, HostArray, permutation } from 'cotangent';

export const side = 8;
export const classes = 10;
const pixels = side * side;
const darkest = 16;

export interface Digits {
  /** [count, 8, 8]: rows from top to bottom, from 0 to 1. */
  readonly rows: HostArray<'f32'>;
  /** [count], 0 to 9. */
  readonly digit: HostArray<'i32'>;
}

export const readDigits = async (file = new URL('./data/digits.csv', import.meta.url)): Promise<Digits> =>
  parseDigits(await readFile(file, 'utf8'));

/** @throws BAD_DATA with the number of the line, if it is not 64 pixels from 0 to 16 and a digit */
export function parseDigits(text: string): Digits {
  const lines = text.split(/\r?\n/).filter((line, i, all) => line !== '' || i < all.length - 1);
  const rows = new Float32Array(lines.length * pixels);
  const digit = new Int32Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    const numbers = fields.map(Number);
    const right =
      fields.length === pixels + 1 &&
      fields.every((field) => /^\d+$/.test(field)) &&
      numbers.every((value, at) => value <= (at < pixels ? darkest : classes - 1));
    if (!right)
      throw new CotangentError(
        'BAD_DATA',
        `line ${i + 1}: a line is ${pixels} pixels from 0 to ${darkest} and a digit, with commas between`,
      );
    rows.set(
      numbers.slice(0, pixels).map((value) => value / darkest),
      i * pixels,
    );
    digit[i] = numbers[pixels]!;
  }
  return {
    rows: new HostArray('f32', [lines.length, side, side], rows),
    digit: new HostArray('i32', [lines.length], digit),
  };
}

/** Training and test: of each digit the same fraction goes to the test, chosen by the seed. */
export function stratifiedSplit(digits: Digits, testFraction: number, seed: number): [Digits, Digits] {
  const parts: [number[], number[]] = [[], []];
  for (let wanted = 0; wanted < classes; wanted++) {
    const places = [...digits.digit.data.keys()].filter((i) => digits.digit.data[i] === wanted);
    const order = permutation(`${seed}: digit ${wanted}`, 0, places.length);
    const testCount = Math.round(places.length * testFraction);
    order.forEach((position, i) => parts[i < testCount ? 1 : 0].push(places[position]!));
  }
  return [chosen(digits, parts[0]), chosen(digits, parts[1])];
}

function chosen({ rows, digit }: Digits, places: readonly number[]): Digits {
  const own = new Float32Array(places.length * pixels);
  for (const [i, place] of places.entries()) own.set(imageAt(rows, place), i * pixels);
  return {
    rows: new HostArray('f32', [places.length, side, side], own),
    digit: new HostArray(
      'i32',
      [places.length],
      Int32Array.from(places, (place) => digit.data[place]!),
    ),
  };
}

/** The pixels of one image. */
export const imageAt = (rows: HostArray<'f32'>, place: number): Float32Array =>
  rows.data.subarray(place * pixels, (place + 1) * pixels);
