/** Reading and cutting: what a bad file is told, and that no forecast knows the future. */
import { describe, expect, test } from 'vitest';
import { dayOf, parseSeries, readSeries, type Series } from './read.ts';
import { cuts, sizes } from './setting.ts';
import { channels, examplesOf, levelOf, partsOf, spreadOf, unscaled, windowsOf } from './windows.ts';

/** Daily rows from 1 January 2000 on; undefined is missing. */
const daily = (...values: (number | undefined)[]): Series =>
  parseSeries(
    [
      'date,co2',
      ...values.map((value, i) => `200001${String(i + 1).padStart(2, '0')},${value ?? ''}`),
      '',
    ].join('\n'),
    1,
  );

describe('reading', () => {
  test('gives days, values and what is present', () => {
    const { days, values, present } = parseSeries(
      'date,co2\r\n19700103,316.5\r\n19700110,\r\n19700117,317\r\n',
    );
    expect([...days]).toEqual([2, 9, 16]);
    expect([...values]).toEqual([316.5, Number.NaN, 317]);
    expect([...present]).toEqual([1, 0, 1]);
  });

  test('the record has the weeks and the gaps that its README tells', async () => {
    const series = await readSeries();
    expect([series.days[0], series.days.at(-1)]).toEqual([dayOf('1958-03-29'), dayOf('2001-12-29')]);
    const parts = partsOf(series, cuts);
    const counts = [{ from: 0, to: series.days.length }, ...Object.values(parts)].map(({ from, to }) => [
      to - from,
      series.present.subarray(from, to).filter((entry) => entry === 0).length,
    ]);
    expect(counts).toEqual([
      [2284, 59],
      [875, 53],
      [261, 1],
      [1148, 5],
    ]);
  });

  test.each([
    ['', /line 1: the header must be 'date,co2', not ''/],
    ['date,co2\n', /line 1: no row follows/],
    ['date,co2\n19700103,1\n\n19700110,1\n', /line 3: a row is a date, a comma and a value, not ''/],
    ['date,co2\n19700103,1,2\n', /line 2: a row is/],
    ['date,co2\n19700103,1\n19700110,-99.99\n', /line 3: the value must be .* not '-99.99'/],
    ['date,co2\n19700103,NaN\n', /line 2: the value must be/],
    ['date,co2\n19700103,0\n', /line 2: the value must be/],
    ['date,co2\n19700230,1\n', /line 2: '19700230' is no date/],
    ['date,co2\n1970-01-03,1\n', /line 2: '1970-01-03' is no date/],
    ['date,co2\n19700103,1\n19700117,1\n', /line 3: the date is 14 days after .* not 7/],
    ['date,co2\n19700103,1\n19700103,1\n', /line 3: the date is 0 days after/],
  ])('refuses %j', (text, sentence) => {
    expect(() => parseSeries(text)).toThrow(sentence);
  });
});

describe('parts and windows', () => {
  const series = daily(1, 2, undefined, 4, 5, 6, undefined, 8, 9, 10);
  const parts = partsOf(series, { validationFrom: '2000-01-06', testFrom: '2000-01-08' });

  test('parts follow each other and are complete', () => {
    expect(parts).toEqual({
      training: { from: 0, to: 5 },
      validation: { from: 5, to: 7 },
      test: { from: 7, to: 10 },
    });
    for (const [validationFrom, testFrom] of [
      ['2000-01-01', '2000-01-08'],
      ['2000-01-08', '2000-01-08'],
      ['2000-01-06', '2000-01-11'],
    ])
      expect(() => partsOf(series, { validationFrom: validationFrom!, testFrom: testFrom! })).toThrow(
        /without rows/,
      );
    expect(() => partsOf(series, { validationFrom: 'soon', testFrom: '2000-01-08' })).toThrow(/'soon'/);
  });

  test('a window is a past and the steps behind it', () => {
    const windows = windowsOf(series, parts.training, { history: 2, horizon: 2 });
    expect(windows.map(({ past, target }) => [[...past.values], [...target]])).toEqual([
      [
        [1, 2],
        [Number.NaN, 4],
      ],
      [
        [2, Number.NaN],
        [4, 5],
      ],
    ]);
    expect(windows.map(({ past, targetPresent }) => [[...past.present], [...targetPresent]])).toEqual([
      [
        [1, 1],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ]);
    expect(windows.map(({ past }) => levelOf(past))).toEqual([2, 2]);
  });

  test('targets stay in their part, pasts may reach back', () => {
    const [first, ...rest] = windowsOf(series, parts.test, { history: 3, horizon: 3 });
    expect(rest).toEqual([]);
    expect([...first!.past.values]).toEqual([5, 6, Number.NaN]);
    expect([...first!.target]).toEqual([8, 9, 10]);
  });

  test('windows without anything to go by, or to judge, are left out', () => {
    const whole = { from: 0, to: 10 };
    expect(windowsOf(series, whole, { history: 1, horizon: 1 })).toHaveLength(9 - 4);
    expect(() => windowsOf(series, parts.validation, { history: 2, horizon: 3 })).toThrow(/no window/);
    expect(() => windowsOf(series, whole, { history: 0, horizon: 1 })).toThrow(/history/);
  });

  test('the scale is the root mean square of measured differences from the level', () => {
    // Differences: 4 − 2; 4 − 2, 5 − 2.
    const windows = windowsOf(series, parts.training, { history: 2, horizon: 2 });
    expect(spreadOf(windows)).toBeCloseTo(Math.sqrt((4 + 4 + 9) / 3), 12);
    expect(() => spreadOf([])).toThrow(/no scale/);
  });

  test('later values change neither earlier windows nor the scale', async () => {
    const real = await readSeries();
    const { training, validation, test: last } = partsOf(real, cuts);
    const altered = {
      ...real,
      values: real.values.map((value, i) => (i < validation.from ? value : -value)),
    };
    const before = windowsOf(real, training, sizes);
    const after = windowsOf(altered, training, sizes);
    expect(after).toEqual(before);
    expect(spreadOf(after)).toBe(spreadOf(before));
    const days = (part: typeof last) => windowsOf(real, part, sizes).map(({ past }) => past.days.at(-1)! + 7);
    // From one part's first target on, no window of the part before it has a target.
    expect(days(training).at(-1)! + 7 * (sizes.horizon - 1)).toBeLessThan(days(validation)[0]!);
    expect(days(validation).at(-1)! + 7 * (sizes.horizon - 1)).toBeLessThan(days(last)[0]!);
  });
});

describe('arrays for a network', () => {
  const series = daily(undefined, 3, undefined, undefined, 7, undefined, 11);
  const windows = windowsOf(series, { from: 5, to: 7 }, { history: 5, horizon: 2 });
  const { past, target, targetPresent } = examplesOf(windows, 2);

  test('missing values are 0, masked, and followed by the time since a value', () => {
    expect(past.shape).toEqual([1, 5, channels.length]);
    const channel = (index: number) => [...past.data].filter((_, i) => i % channels.length === index);
    expect(channel(0)).toEqual([0, -2, 0, 0, 0]);
    expect(channel(1)).toEqual([0, 1, 0, 0, 1]);
    expect(channel(2)).toEqual([0.25, 0, 0.25, 0.5, 0]);
    channel(3).forEach((sine, i) => {
      expect(sine ** 2 + channel(4)[i]! ** 2).toBeCloseTo(1, 6);
    });
    expect(target.toNested()).toEqual([[0, 2]]);
    expect(targetPresent.toNested()).toEqual([[0, 1]]);
  });

  test('the season comes back after a year and is opposite after half of one', async () => {
    const real = await readSeries();
    const [first] = windowsOf(real, { from: 0, to: 200 }, { history: 60, horizon: 1 });
    const { data } = examplesOf([first!], 1).past;
    const seasonAt = (step: number) => [3, 4].map((index) => data[step * channels.length + index]!);
    seasonAt(52).forEach((value, i) => {
      expect(Math.abs(value - seasonAt(0)[i]!)).toBeLessThan(0.03);
      expect(Math.abs(seasonAt(26)[i]! + seasonAt(0)[i]!)).toBeLessThan(0.03);
    });
  });

  test('unscaled is the way back', () => {
    expect(unscaled(target, windows, 2).map((row) => [...row])).toEqual([[7, 11]]);
    expect(() => unscaled(past, windows, 2)).toThrow(/\[1, 2\], not \[1, 5, 5\]/);
  });
});
