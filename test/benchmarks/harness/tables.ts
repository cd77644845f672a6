/** Tables of texts, for a terminal or as Markdown. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export type Cells = readonly (readonly string[])[];

/** Columns of equal width, two blanks apart. */
export function plainTable(columns: readonly Column[], rows: Cells): string {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n');
}

export function markdownTable(columns: readonly Column[], rows: Cells): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = `|${columns.map(({ align }) => (align === 'left' ? '---' : '--:')).join('|')}|`;
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n');
}
