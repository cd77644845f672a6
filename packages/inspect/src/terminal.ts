/** Small pictures in the terminal: shades of block characters, or two pixels per character in 24-bit colour. */
import { CotangentError } from '@cotangent/graph';

export interface DrawOptions {
  /** The values that are drawn black and white. Default: the least and the largest pixel. */
  readonly range?: readonly [number, number];
  /** 24-bit ANSI colour codes instead of plain characters. Default: false. */
  readonly ansi?: boolean;
  /** 1 for gray, 3 for red, green and blue last in the pixels (drawn in colour with `ansi` only). Default: 1. */
  readonly channels?: 1 | 3;
}

const shades = [' ', '░', '▒', '▓', '█'];
const reset = '\u001b[0m';

/**
 * A gray image as text, dark to bright as ` ░▒▓█`; each pixel is two characters wide, so that it looks square.
 *
 * @param pixels  row by row
 * @param width   pixels in a row
 * @throws SHAPE_MISMATCH if the pixels do not fill whole rows
 * @example
 * ```ts
 * console.log(drawDigit(images.slice(0, 784), 28, { range: [0, 1] }));
 * ```
 */
export function drawDigit(
  pixels: ArrayLike<number>,
  width: number,
  options: Omit<DrawOptions, 'channels' | 'ansi'> = {},
): string {
  const levels = levelsOf(pixels, width, 1, options.range);
  return rowsOf(levels, width)
    .map((row) =>
      row
        .map((level) => shades[Math.round(level * (shades.length - 1))]!.repeat(2))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * An image as text. With `ansi`, each character is an upper half block: its own colour is one pixel, its background the
 * pixel below. Without, the shades of `drawDigit`, the mean of the channels.
 *
 * @param pixels  row by row, channels last
 * @param width   pixels in a row
 * @throws SHAPE_MISMATCH if the pixels do not fill whole rows
 */
export function drawImage(pixels: ArrayLike<number>, width: number, options: DrawOptions = {}): string {
  const { ansi = false, channels = 1, range } = options;
  const levels = levelsOf(pixels, width, channels, range);
  if (!ansi) {
    const gray = Array.from({ length: levels.length / channels }, (_, i) => {
      const pixel = levels.slice(i * channels, (i + 1) * channels);
      return pixel.reduce((sum, level) => sum + level, 0) / channels;
    });
    return drawDigit(gray, width, { range: [0, 1] });
  }
  const rows = rowsOf(levels, width * channels);
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const cells = Array.from({ length: width }, (_, x) => {
      const lower = rows[y + 1];
      return `${code(38, rows[y]!, x, channels)}${lower === undefined ? '' : code(48, lower, x, channels)}▀`;
    });
    lines.push(cells.join('') + reset);
  }
  return lines.join('\n');
}

/** ANSI code of a pixel's colour; 38 is the foreground, 48 the background. */
function code(layer: 38 | 48, row: readonly number[], x: number, channels: 1 | 3): string {
  const [red, green, blue] = [0, 1, 2].map((c) =>
    Math.round(255 * row[x * channels + (channels === 1 ? 0 : c)]!),
  );
  return `\u001b[${layer};2;${red};${green};${blue}m`;
}

/** Between 0 and 1; what is not a number is drawn as 0. */
function levelsOf(
  pixels: ArrayLike<number>,
  width: number,
  channels: number,
  range?: readonly [number, number],
): number[] {
  const values = Array.from(pixels);
  if (!Number.isInteger(width) || width < 1 || values.length % (width * channels) !== 0)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `${values.length} values are not whole rows of ${width} pixels with ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
    );
  const [low, high] = range ?? extent(values);
  return values.map((value) => {
    const level = (value - low) / (high - low);
    return Number.isNaN(level) ? 0 : Math.min(1, Math.max(0, level));
  });
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const rowsOf = (levels: readonly number[], width: number): number[][] =>
  Array.from({ length: levels.length / width }, (_, y) => levels.slice(y * width, (y + 1) * width));
