/** A confusion matrix as SVG: rows are true classes, columns predicted ones, shade is the share of the row. */
import { CotangentError } from '@cotangent/graph';
import { element, heading, ink, type Markup, picture, textWidth } from './markup.ts';

const cell = 44;

/**
 * A picture of a confusion matrix.
 *
 * @param matrix  counts, [true class][predicted class], square
 * @param labels  names of the classes, as many as rows
 * @throws SHAPE_MISMATCH if the matrix is not square or the labels do not fit; BAD_ARGUMENT for negative counts
 * @example
 * ```ts
 * confusionMatrixSvg([[50, 2], [5, 43]], ['cat', 'dog']);
 * ```
 */
export function confusionMatrixSvg(
  matrix: readonly (readonly number[])[],
  labels: readonly string[],
  { title = 'Confusion matrix' }: { readonly title?: string } = {},
): string {
  const count = matrix.length;
  const wrong = matrix.findIndex((row) => row.length !== count);
  if (wrong >= 0)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `row ${wrong} of the matrix has ${matrix[wrong]!.length} entries, not ${count}: a confusion matrix is square`,
    );
  if (labels.length !== count)
    throw new CotangentError('SHAPE_MISMATCH', `${labels.length} labels for ${count} classes`);
  if (!matrix.flat().every((entry) => entry >= 0 && Number.isFinite(entry)))
    throw new CotangentError('BAD_ARGUMENT', 'the entries of a confusion matrix are counts, 0 or more');
  const longest = Math.max(...labels.map((label) => textWidth(label)), 10);
  const [left, top] = [longest + 66, 84];
  const slanted = longest > cell - 6;
  const below = slanted ? Math.min(longest, 160) * 0.71 + 14 : 22;
  const size = count * cell;
  const width = Math.max(left + size + 32, textWidth(title, 16) + 64);
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  const all = matrix.flat().reduce((sum, entry) => sum + entry, 0);
  const share =
    all === 0 ? '' : `${((100 * right) / all).toFixed(1)} % of ${all.toLocaleString('en-US')} right`;
  const middle = top + size / 2;
  return picture(width, top + size + below + 40, title, [
    heading(24, title),
    element('text', { x: 24, y: 54 }, share),
    ...matrix.flatMap((row, i) =>
      row.map((entry, j) => drawCell(entry, rowShare(row, entry), left + j * cell, top + i * cell)),
    ),
    ...labels.map((label, i) =>
      element(
        'text',
        { x: left - 10, y: top + i * cell + cell / 2 + 4, 'text-anchor': 'end', fill: ink },
        label,
      ),
    ),
    ...labels.map((label, j) => columnLabel(label, left + (j + 0.5) * cell, top + size + 18, slanted)),
    element('text', { x: left + size / 2, y: top + size + below + 22, 'text-anchor': 'middle' }, 'predicted'),
    element(
      'text',
      { x: 30, y: middle, transform: `rotate(-90 30 ${middle})`, 'text-anchor': 'middle' },
      'true',
    ),
  ]);
}

const rowShare = (row: readonly number[], entry: number): number => {
  const total = row.reduce((sum, each) => sum + each, 0);
  return total === 0 ? 0 : entry / total;
};

function columnLabel(label: string, x: number, y: number, slanted: boolean): Markup {
  if (!slanted) return element('text', { x, y, 'text-anchor': 'middle', fill: ink }, label);
  return element(
    'text',
    { x: x + 4, y, transform: `rotate(-45 ${x + 4} ${y})`, 'text-anchor': 'end', fill: ink },
    label,
  );
}

/** From near white to blue; the root makes rare mistakes visible. */
function drawCell(entry: number, share: number, x: number, y: number): Markup {
  const depth = Math.sqrt(share);
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * depth);
  const fill = `rgb(${mix(246, 44)},${mix(248, 95)},${mix(250, 165)})`;
  const text = entry >= 100_000 ? entry.toExponential(1) : String(Math.round(entry * 100) / 100);
  return element(
    'g',
    {},
    element('rect', { x: x + 1, y: y + 1, width: cell - 2, height: cell - 2, rx: 3, fill }),
    ...(entry === 0
      ? []
      : [
          element(
            'text',
            {
              x: x + cell / 2,
              y: y + cell / 2 + 4,
              'text-anchor': 'middle',
              fill: depth > 0.55 ? '#ffffff' : ink,
            },
            text,
          ),
        ]),
  );
}
