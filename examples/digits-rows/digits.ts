/** The digits as sequences: 8 rows of 8 pixels, from 0 to 1. */
import { readFile } from 'node:fs/promises';
import { CotangentError, HostArray } from 'cotangent';

export interface Digit {
  /** 64 values from 0 to 1, row by row. */
  readonly pixels: Float32Array;
  readonly label: number;
}

const digitsFile = new URL('./data/digits.csv', import.meta.url);

/** @throws BAD_DATA naming the line that is not 64 values from 0 to 16 and a class */
export function parseDigits(text: string): Digit[] {
  return text
    .trim()
    .split('\n')
    .map((line, i) => {
      const values = line.split(',').map(Number);
      const label = values.pop();
      const good =
        values.length === 64 &&
        values.every((value) => value >= 0 && value <= 16) &&
        Number.isInteger(label) &&
        label! >= 0 &&
        label! <= 9;
      if (!good)
        throw new CotangentError(
          'BAD_DATA',
          `line ${i + 1} is not 64 values from 0 to 16 and a class from 0 to 9`,
        );
      return { pixels: Float32Array.from(values, (value) => value / 16), label: label! };
    });
}

export const readDigits = async (file: URL = digitsFile): Promise<Digit[]> =>
  parseDigits(await readFile(file, 'utf8'));

/** Every `nth` digit of each class for testing: both parts have the classes in the same shares. */
export function stratified(digits: readonly Digit[], nth: number): { train: Digit[]; test: Digit[] } {
  const seen = new Map<number, number>();
  const parts = { train: [] as Digit[], test: [] as Digit[] };
  for (const digit of digits) {
    const count = (seen.get(digit.label) ?? 0) + 1;
    seen.set(digit.label, count);
    parts[count % nth === 0 ? 'test' : 'train'].push(digit);
  }
  return parts;
}

/** Arrays for a dataset: `rows` [n, 8, 8] and `label` [n]. */
export function arraysOf(digits: readonly Digit[]) {
  const rows = new Float32Array(digits.length * 64);
  digits.forEach(({ pixels }, i) => rows.set(pixels, i * 64));
  return {
    rows: new HostArray('f32', [digits.length, 8, 8], rows),
    label: new HostArray(
      'i32',
      [digits.length],
      Int32Array.from(digits, ({ label }) => label),
    ),
  };
}
