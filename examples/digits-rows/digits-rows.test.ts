/** Reading, splitting and drawing; and a few epochs on a few images. */
import { fromArrays } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { classes, imageAt, parseDigits, readDigits, stratifiedSplit } from './data.ts';
import { drawSideBySide } from './draw.ts';
import { rowReader } from './model.ts';

const line = (digit: number, pixel = 0): string => `${Array.from({ length: 64 }, () => pixel)},${digit}`;
const countsOf = (digits: Int32Array): number[] =>
  Array.from({ length: classes }, (_, wanted) => digits.filter((digit) => digit === wanted).length);

describe('reading', () => {
  test('gives rows from 0 to 1', () => {
    const pixels = Array.from({ length: 64 }, (_, i) => i % 17);
    const { rows, digit } = parseDigits(`${pixels},7\n${line(3, 16)}\n`);
    expect(rows.shape).toEqual([2, 8, 8]);
    expect([...imageAt(rows, 0)]).toEqual(pixels.map((value) => value / 16));
    expect([...imageAt(rows, 1)]).toEqual(new Array(64).fill(1));
    expect(digit.toNested()).toEqual([7, 3]);
  });
  test.each([
    ['a pixel too dark', line(1, 17)],
    ['no digit', line(10)],
    ['too few fields', '1,2,3'],
    ['an empty line', ''],
    ['no number', line(1).replace('0', 'x')],
  ])('refuses %s', (_, bad) => {
    expect(() => parseDigits(`${line(0)}\n${bad}\n${line(0)}`)).toThrow(/^\[?.*line 2: /s);
  });
  test('of the file gives 1,797 images, every digit about as often', async () => {
    const { rows, digit } = await readDigits();
    expect(rows.shape).toEqual([1797, 8, 8]);
    expect(countsOf(digit.data)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });
});

describe('the split', () => {
  test('has the same fraction of each digit, and every image once', async () => {
    const all = await readDigits();
    const [training, held] = stratifiedSplit(all, 0.2, 1);
    expect(countsOf(held.digit.data)).toEqual(
      countsOf(all.digit.data).map((count) => Math.round(count * 0.2)),
    );
    const texts = (digits: typeof all): string[] =>
      Array.from(digits.digit.data, (digit, i) => `${digit}: ${imageAt(digits.rows, i)}`);
    expect([...texts(training), ...texts(held)].sort()).toEqual(texts(all).sort());
    expect(stratifiedSplit(all, 0.2, 1)[1].digit.data).toEqual(held.digit.data);
    expect(stratifiedSplit(all, 0.2, 2)[1].rows.data).not.toEqual(held.rows.data);
  });
});

test('images stand side by side', () => {
  const [dark, half] = [new Float32Array(64).fill(1), new Float32Array(64).fill(0.5)];
  const lines = drawSideBySide([
    { caption: 'a 1', pixels: dark },
    { caption: 'a 2', pixels: half },
  ]).split('\n');
  expect(lines).toHaveLength(9);
  expect(lines[0]).toBe(`a 1${' '.repeat(16)}a 2`);
  expect(lines[8]).toBe(`${'█'.repeat(16)}   ${'▒'.repeat(16)}`);
});

test.each(['gru', 'lstm'] as const)('a %s learns most of a few images', async (cell) => {
  const all = await readDigits();
  const [few] = stratifiedSplit(all, 0.98, 1);
  const data = fromArrays({ ...few });
  const reader = rowReader({ cell, units: 12, steps: 120, seed: 1 });
  await reader.fit(data.shuffle(1).batch(12), { epochs: 40 });
  expect((await reader.evaluate(data.batch(50))).accuracy).toBeGreaterThan(0.6);
});
