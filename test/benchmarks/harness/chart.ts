/**
 * The ratios as a picture: for each work, a bar of every engine and of the best JavaScript peer, from 1 (PyTorch's best) on a
 * logarithmic axis. To the left is faster.
 */
import { scaleLog } from 'd3-scale';
import { facts, shown } from './figures.ts';
import { type Row, rowsOf } from './judgement.ts';
import type { Results } from './results.ts';
import { targets } from './targets.ts';

const [width, top, labelWidth, right] = [860, 96, 220, 70];
const [barHeight, groupGap] = [14, 12];
const colors = ['#3b6fb6', '#3f9b63', '#8e63b5', '#c99a1f', '#3fa3a8'];
const [peerColor, targetColor, ink, quiet, faint] = ['#b8c0c9', '#d9363e', '#1f2933', '#66727f', '#e3e8ed'];

interface Bar {
  readonly name: string;
  readonly color: string;
  readonly ratio: number;
}
interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** The target, where it is a ratio. */
  readonly target: number | undefined;
}

/** Undefined if nobody was measured beside PyTorch. */
export function chartOf(results: Results): string | undefined {
  const groups = groupsOf(results);
  if (groups.length === 0) return undefined;
  const heights = groups.map(({ bars }) => bars.length * barHeight + groupGap);
  const bottom = top + heights.reduce((sum, height) => sum + height, 0);
  const values = groups.flatMap(({ bars, target }) => [...bars.map(({ ratio }) => ratio), target ?? 1]);
  const scale = scaleLog(
    [Math.min(...values, 0.5) / 1.2, Math.max(...values, 2) * 1.2],
    [labelWidth, width - right],
  );
  const ticks = scale.ticks().filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e9) / 1e9));
  let y = top;
  const drawn = groups.map((group, i) => {
    const markup = drawGroup(group, y, scale);
    y += heights[i]!;
    return markup;
  });
  const grid = ticks.map((tick) => {
    const x = scale(tick);
    return `${rule(x, top - 6, bottom, faint)}${text(x, bottom + 16, String(tick), 'middle')}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 50}" width="${width}" height="${bottom + 50}" role="img" font-family="Helvetica, Arial, Liberation Sans, sans-serif" font-size="12" fill="${quiet}">`,
    `<title>Time by the time of PyTorch</title><rect width="${width}" height="${bottom + 50}" fill="#ffffff"/>`,
    `<text x="24" y="30" font-size="16" font-weight="600" fill="${ink}">Time by the time of PyTorch (best of 1 and 2 threads)</text>`,
    text(
      24,
      50,
      `${results.when.slice(0, 10)}, ${results.machine.processor}, ${results.machine.cores} cores; left is faster`,
    ),
    legend(groups),
    ...grid,
    ...drawn,
    rule(scale(1), top - 6, bottom, ink),
    text((labelWidth + width - right) / 2, bottom + 38, 'ratio, logarithmic', 'middle'),
    '</svg>',
  ].join('\n');
}

function groupsOf(results: Results): Group[] {
  const rows = rowsOf(results).filter(({ toTorch }) => toTorch !== undefined);
  const ids = [...new Set(rows.map(({ id }) => id))];
  return [...new Set(rows.map(({ work }) => work))].map((work) => {
    const own = rows.filter((row) => row.work === work);
    const bars = own.map((row): Bar => {
      return { name: row.id, color: colors[ids.indexOf(row.id) % colors.length]!, ratio: row.toTorch! };
    });
    return { title: facts[work].title, bars: [...bars, ...peerBar(own[0]!)], target: targetOf(results, own) };
  });
}

const peerBar = ({ peer, torch }: Row): Bar[] =>
  peer === undefined ? [] : [{ name: 'best JavaScript peer', color: peerColor, ratio: peer.ms / torch!.ms }];

/** Of the compiled engine if there is one. */
function targetOf({ contestants }: Results, rows: readonly Row[]): number | undefined {
  const kinds = rows.flatMap(
    ({ id }) => contestants.find((entrant) => entrant.id === id)?.engine?.kind ?? [],
  );
  const target = targets[kinds.includes('compiled') ? 'compiled' : 'interpreter'][rows[0]!.work];
  return target?.kind === 'ratio' ? target.most : undefined;
}

function drawGroup({ title, bars, target }: Group, y: number, scale: (value: number) => number): string {
  const height = bars.length * barHeight;
  const one = scale(1);
  const drawnBars = bars.map(({ ratio, color, name }, i) => {
    const [from, to] = [Math.min(scale(ratio), one), Math.max(scale(ratio), one)];
    const size = `x="${fixed(from)}" y="${y + i * barHeight + 1}" width="${fixed(Math.max(to - from, 1))}" height="${barHeight - 2}"`;
    return `<rect ${size} fill="${color}"><title>${escaped(`${title}, ${name}: ${shown(ratio)}`)}</title></rect>`;
  });
  // On white, so that a target behind it does not cross it out.
  const labels = bars.map(({ ratio }, i) => {
    const [x, baseline] = [scale(ratio), y + i * barHeight + 11];
    const label =
      ratio < 1 ? text(x - 5, baseline, shown(ratio), 'end') : text(x + 5, baseline, shown(ratio));
    return `<g paint-order="stroke" stroke="#ffffff" stroke-width="3">${label}</g>`;
  });
  const mark = target === undefined ? '' : rule(scale(target), y - 2, y + height + 2, targetColor, 2);
  return [text(24, y + height / 2 + 4, title, 'start', ink), ...drawnBars, mark, ...labels].join('');
}

function legend(groups: readonly Group[]): string {
  const names = new Map(groups.flatMap(({ bars }) => bars.map(({ name, color }) => [name, color] as const)));
  let x = 24;
  const entries = [...names].map(([name, color]) => {
    const entry = `<rect x="${x}" y="63" width="12" height="12" fill="${color}"/>${text(x + 17, 73, name)}`;
    x += 17 + name.length * 7 + 22;
    return entry;
  });
  return `${entries.join('')}${rule(x + 6, 62, 76, targetColor, 2)}${text(x + 14, 73, 'target')}`;
}

const fixed = (value: number): number => Math.round(value * 100) / 100;

const rule = (x: number, from: number, to: number, color: string, thickness = 1): string =>
  `<path d="M${fixed(x)},${from}V${to}" stroke="${color}" stroke-width="${thickness}"/>`;

const text = (x: number, y: number, content: string, anchor = 'start', color = quiet): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}" fill="${color}">${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
