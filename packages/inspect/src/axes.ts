/** The axes of a plot: scales and ticks by d3-scale, drawn as thin lines. */
import { CotangentError } from '@cotangent/graph';
import { format } from 'd3-format';
import { scaleLinear, scaleLog } from 'd3-scale';
import { element, faint, group, ink, type Markup, textWidth } from './markup.ts';

export type ScaleKind = 'linear' | 'log';

/** From data to pixels, with ticks. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** A scale over the values; finite ones only, and above 0 for a logarithmic one. */
export function scaleOver(
  values: Iterable<number>,
  range: readonly [number, number],
  options: { readonly kind?: ScaleKind; readonly count: number; readonly nice?: boolean },
): Scale {
  const { kind = 'linear', count, nice = true } = options;
  const [low, high] = extentOf(values, kind);
  const scale = kind === 'log' ? scaleLog([low, high], range) : scaleLinear([low, high], range);
  if (nice) scale.nice(count);
  const ticks = scale.ticks(count);
  const label = kind === 'log' ? logLabels(ticks, count) : scale.tickFormat(count, tickStyle(ticks));
  const text = (value: number): string => (value === 0 ? '0' : label(value).replace('\u2212', '-'));
  const marks = ticks.map((value) => ({ at: scale(value), label: text(value) }));
  return Object.assign((value: number) => scale(value), { ticks: marks.filter((mark) => mark.label !== '') });
}

/** Prefixes for very large ticks, exponents for very small ones; else what d3 chooses. */
function tickStyle(ticks: readonly number[]): string | undefined {
  const largest = Math.max(...ticks.map(Math.abs), 0);
  return largest >= 1e6 ? '~s' : largest > 0 && largest < 1e-3 ? '~e' : undefined;
}

/** Powers of ten, and the numbers between where there are few. */
function logLabels(ticks: readonly number[], count: number): (value: number) => string {
  const powers = ticks.filter((value) => Number.isInteger(Math.log10(value)) || isPower(value));
  const sparse = powers.length < 2;
  const text = format('~g');
  return (value) =>
    sparse ? (ticks.length <= 2 * count ? text(value) : '') : isPower(value) ? text(value) : '';
}
const isPower = (value: number): boolean =>
  Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

function extentOf(values: Iterable<number>, kind: ScaleKind): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (kind === 'log' && value <= 0)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `a logarithmic axis has no place for ${value}: use a linear one`,
      );
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return kind === 'log' ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  if (kind === 'log') return [low / 2, high * 2];
  const room = low === 0 ? 1 : Math.abs(low) * 0.1;
  return [low - room, high + room];
}

/** The area inside the axes, in pixels. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function bottomAxis(scale: Scale, { left, right, bottom }: Area, label: string): Markup {
  const ticks = scale.ticks.map(({ at, label: text }) =>
    element('text', { x: at, y: bottom + 18, 'text-anchor': 'middle' }, text),
  );
  const line = element('path', { d: `M${left},${bottom}H${right}`, stroke: '#9aa5b1', fill: 'none' });
  const name = element(
    'text',
    { x: (left + right) / 2, y: bottom + 40, 'text-anchor': 'middle', fill: ink },
    label,
  );
  return group({}, [line, ...ticks, name]);
}

/** Vertical, with grid lines on the left one only. */
export function sideAxis(
  scale: Scale,
  side: 'left' | 'right',
  area: Area,
  label: string,
  color = ink,
): Markup {
  const { left, right, top, bottom } = area;
  const isLeft = side === 'left';
  const grid = isLeft
    ? scale.ticks.map(({ at }) =>
        element('path', { d: `M${left},${at}H${right}`, stroke: faint, fill: 'none' }),
      )
    : [];
  const ticks = scale.ticks.map(({ at, label: text }) =>
    element(
      'text',
      { x: isLeft ? left - 8 : right + 8, y: at + 4, 'text-anchor': isLeft ? 'end' : 'start' },
      text,
    ),
  );
  const x = isLeft ? left - labelRoom(scale) : right + labelRoom(scale) + 4;
  const y = (top + bottom) / 2;
  const name = element(
    'text',
    { x, y, transform: `rotate(-90 ${x} ${y})`, 'text-anchor': 'middle', fill: color },
    label,
  );
  return group({}, [...grid, ...ticks, name]);
}

/** From the axis to the middle of its name. */
export const labelRoom = (scale: Scale): number =>
  Math.max(...scale.ticks.map(({ label }) => textWidth(label)), 14) + 16;
