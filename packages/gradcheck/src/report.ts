/** Reports as text. */
import type { GradcheckReport } from './gradcheck.ts';

/** A line for each input and parameter: the worst entry, both values, and the verdict. */
export function formatReport({ entries, dotProductError, passed }: GradcheckReport): string {
  const rows = entries.map(({ name, index, derivative, difference, error, verdict }) => [
    name,
    `[${index.join(', ')}]`,
    derivative.toPrecision(8),
    difference.toPrecision(8),
    error.toExponential(1),
    verdict,
  ]);
  const table = [['name', 'worst at', 'derivative', 'difference', 'error', 'verdict'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    `dot-product identity: ${dotProductError.toExponential(1)}`,
    passed ? 'all derivatives are right' : 'a derivative is wrong',
  ].join('\n');
}
