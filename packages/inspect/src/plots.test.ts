import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { confusionMatrixSvg } from './confusion.ts';
import { plotCurves } from './plots.ts';
import { drawDigit, drawImage } from './terminal.ts';

function elementsOf(svg: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => found.push({ name, attributes }));
  parser.write(svg).close();
  return found;
}

const labels = { title: 'Loss', xLabel: 'epoch', yLabel: 'loss' };
const curve = (points: readonly (readonly [number, number])[]) =>
  elementsOf(plotCurves({ ...labels, series: [{ name: 'a', points }] })).find(
    ({ attributes }) => attributes['stroke-linejoin'] === 'round',
  )!.attributes.d!;

test('points lie where the axes say', () => {
  const numbers = [
    ...curve([
      [0, 0],
      [10, 1],
      [20, 0.5],
    ]).matchAll(/-?[\d.]+/g),
  ].map(Number);
  const [x0, y0, x1, y1, x2, y2] = numbers as [number, number, number, number, number, number];
  expect(x1 - x0).toBeCloseTo(x2 - x1, 1);
  expect(y2).toBeCloseTo((y0 + y1) / 2, 1);
  expect(y1).toBeLessThan(y0);
});

test('what is not finite leaves a gap', () => {
  expect(
    curve([
      [0, 1],
      [1, 2],
      [2, NaN],
      [3, Infinity],
      [4, 2],
      [5, 3],
    ]).match(/M/g),
  ).toHaveLength(2);
});

test('a million points stay a small picture that keeps its spikes', () => {
  const points = Array.from(
    { length: 1_000_000 },
    (_, i) => [i, i === 777_777 ? 1000 : Math.sin(i)] as const,
  );
  const svg = plotCurves({ ...labels, series: [{ name: 'a', points }] });
  expect(svg.length).toBeLessThan(100_000);
  const ys = [...curve(points).matchAll(/,(-?[\d.]+)/g)].map((match) => Number(match[1]));
  expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(200);
});

test('empty, constant and single-point series draw', () => {
  for (const points of [
    [],
    [[1, 5]],
    [
      [1, 0],
      [2, 0],
    ],
    [[1, NaN]],
  ] as const)
    expect(plotCurves({ ...labels, series: [{ name: 'a', points }] })).not.toMatch(/NaN|Infinity/);
});

test('a logarithmic axis refuses what has no logarithm', () => {
  expect(() =>
    plotCurves({
      ...labels,
      yScale: 'log',
      series: [
        {
          name: 'a',
          points: [
            [0, 1],
            [1, 0],
          ],
        },
      ],
    }),
  ).toThrow(/no place for 0/);
});

test('names are text, whatever they contain', () => {
  const name = '"><script>&\u0000';
  const plot = plotCurves({
    title: name,
    xLabel: name,
    yLabel: name,
    rightLabel: name,
    series: [{ name, axis: 'right', points: [[0, 1]] }],
  });
  for (const svg of [plot, confusionMatrixSvg([[1]], [name], { title: name })])
    expect(new Set(elementsOf(svg).map((entry) => entry.name)).has('script')).toBe(false);
});

test('a confusion matrix shows counts and the share that is right, and checks its shape', () => {
  expect(
    confusionMatrixSvg(
      [
        [3, 1],
        [0, 4],
      ],
      ['a', 'b'],
    ),
  ).toContain('87.5 % of 8 right');
  expect(() => confusionMatrixSvg([[1, 2]], ['a'])).toThrow(/is square/);
  expect(() => confusionMatrixSvg([[1]], ['a', 'b'])).toThrow(/2 labels for 1 classes/);
});

test('digits are drawn in shades, two characters a pixel', () => {
  expect(drawDigit([0, 0.25, 0.5, 1], 2, { range: [0, 1] })).toBe('  ░░\n▒▒██');
  expect(() => drawDigit([1, 2, 3], 2)).toThrow(/3 values are not whole rows of 2 pixels/);
});

test('half blocks carry two pixels each', () => {
  expect(drawImage([1, 0], 1, { ansi: true, range: [0, 1] })).toBe(
    '\u001b[38;2;255;255;255m\u001b[48;2;0;0;0m▀\u001b[0m',
  );
  expect(drawImage([1, 0, 0.5], 1, { ansi: true, range: [0, 1], channels: 3 })).toBe(
    '\u001b[38;2;255;0;128m▀\u001b[0m',
  );
});
