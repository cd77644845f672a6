/** Reports as text. */
import type { GradcheckEntry, GradcheckReport } from './gradcheck.ts';

const header = ['name', 'order', 'worst at', 'of', 'reverse', 'forward', 'measured', '±', 'error', 'verdict'];

const rowOf = ({
  name,
  order,
  index,
  of,
  derivative,
  forward,
  difference,
  uncertainty,
  error,
  verdict,
}: GradcheckEntry) => [
  name,
  String(order),
  `[${index.join(', ')}]`,
  `[${of.join(', ')}]`,
  derivative.toPrecision(8),
  forward.toPrecision(8),
  difference.toPrecision(8),
  uncertainty.toExponential(0),
  error.toExponential(1),
  verdict,
];

/** A line for each input and parameter: the worst entry, the values of both modes, what was measured, and the verdict. */
export function formatReport(report: GradcheckReport): string {
  const { entries, dotProductError, deterministic, culprits, notes, passed } = report;
  const table = [header, ...entries.map(rowOf)];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    `dot-product identity: ${dotProductError.toExponential(1)}`,
    ...(report.linearityError > 1e-10
      ? [`a derivative is not linear in its direction: ${report.linearityError.toExponential(1)}`]
      : []),
    ...(deterministic ? [] : ['two runs at the same point gave different results']),
    ...culprits.map(({ sentence }) => `to blame: ${sentence}`),
    ...notes.map((note) => `note: ${note}`),
    verdictOf(report, passed),
  ].join('\n');
}

function verdictOf({ entries }: GradcheckReport, passed: boolean): string {
  const count = (verdict: GradcheckEntry['verdict']): number =>
    entries.filter((entry) => entry.verdict === verdict).length;
  if (passed)
    return count('kink') === 0
      ? 'all derivatives are right'
      : 'no derivative is wrong; at a kink there is none, and the one given lies between the slopes of both sides';
  if (count('wrong') > 0) return 'a derivative is wrong';
  if (count('not finite') > 0)
    return 'a value or a derivative is not finite here: move the point into the domain, or guard the function';
  return count('ill-conditioned') > 0
    ? 'a slope could not be measured well enough to tell: scale the function, or move the point'
    : 'the derivatives are not reliable';
}
