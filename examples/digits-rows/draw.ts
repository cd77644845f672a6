/** Images side by side in the terminal, each with a line above it. */
import { drawDigit } from 'cotangent';
import { side } from './data.ts';

export interface Captioned {
  readonly caption: string;
  readonly pixels: Float32Array;
}

/** A pixel is two characters wide; between images there is a little paper. */
const width = 2 * side + 3;

export function drawSideBySide(images: readonly Captioned[]): string {
  const drawn = images.map(({ caption, pixels }) => [
    caption,
    ...drawDigit(pixels, side, { range: [0, 1] }).split('\n'),
  ]);
  return Array.from({ length: side + 1 }, (_, line) =>
    drawn
      .map((lines) => lines[line]!.padEnd(width))
      .join('')
      .trimEnd(),
  ).join('\n');
}
