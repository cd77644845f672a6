import { expect, test } from 'vitest';
import { arraysOf, parseDigits, readDigits, stratified } from './digits.ts';

const line = (label: number, first = 16): string => [first, ...Array(63).fill(0), label].join(',');

test('a digit is 64 values from 0 to 1 and a class', () => {
  const [digit] = parseDigits(line(7));
  expect(digit!.label).toBe(7);
  expect(Array.from(digit!.pixels.subarray(0, 2))).toEqual([1, 0]);
});

test('a damaged line is named', () => {
  expect(() => parseDigits(`${line(1)}\n${line(2, 17)}`)).toThrow(/line 2/);
  expect(() => parseDigits(line(10))).toThrow(/line 1/);
});

test('both parts have the classes in the same shares', async () => {
  const digits = await readDigits();
  expect(digits.length).toBe(1797);
  const { train, test: judged } = stratified(digits, 5);
  expect(train.length + judged.length).toBe(1797);
  for (let label = 0; label < 10; label++) {
    const all = digits.filter((digit) => digit.label === label).length;
    expect(judged.filter((digit) => digit.label === label).length).toBe(Math.floor(all / 5));
  }
});

test('arrays have the digits in order', () => {
  const { rows, label } = arraysOf(parseDigits(`${line(3)}\n${line(4)}`));
  expect(rows.shape).toEqual([2, 8, 8]);
  expect(Array.from(label.data)).toEqual([3, 4]);
});
