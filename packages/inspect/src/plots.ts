/** Curves over steps or epochs as SVG, from plain data: losses, metrics, learning rates. */
import { CotangentError } from '@cotangent/graph';
import { line } from 'd3-shape';
import { type Area, bottomAxis, labelRoom, type Scale, type ScaleKind, scaleOver, sideAxis } from './axes.ts';
import { element, group, heading, type Markup, picture, textWidth } from './markup.ts';

export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  /** In order of x. Values that are not finite leave a gap. */
  readonly points: readonly Point[];
  /** Which vertical axis it is measured on. Default: 'left'. */
  readonly axis?: 'left' | 'right';
  readonly dashed?: boolean;
}

export interface CurvesOptions {
  readonly title: string;
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Name of the right axis, for series with `axis: 'right'`. */
  readonly rightLabel?: string;
  /** Default: 'linear'. */
  readonly yScale?: ScaleKind;
  /** In pixels. Default: 720 by 400. */
  readonly width?: number;
  readonly height?: number;
}

const colors = ['#3b6fb6', '#d9663d', '#3f9b63', '#8e63b5', '#c99a1f', '#3fa3a8', '#b5517e', '#7c6a58'];

/**
 * Curves as an SVG picture.
 *
 * @throws BAD_ARGUMENT for a logarithmic axis with values that are not above 0, or a size that leaves no room
 * @example
 * ```ts
 * plotCurves({ title: 'Training', xLabel: 'epoch', yLabel: 'loss', series: [{ name: 'loss', points: [[1, 0.9], [2, 0.4]] }] });
 * ```
 */
export function plotCurves(options: CurvesOptions): string {
  const {
    title,
    series,
    xLabel,
    yLabel,
    rightLabel = '',
    yScale = 'linear',
    width = 720,
    height = 400,
  } = options;
  if (!(width >= 200 && width <= 10_000 && height >= 150 && height <= 10_000))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `a plot of ${width} by ${height} pixels: use 200 by 150 to 10,000`,
    );
  const styled = series.map((one, i) => ({ ...one, color: colors[i % colors.length]! }));
  const on = (side: 'left' | 'right') => styled.filter(({ axis = 'left' }) => axis === side);
  const hasRight = on('right').length > 0;
  const legend = drawLegend(styled, width);
  const [top, bottom] = [52 + legend.height, height - 56];
  const rows = Math.max(2, Math.round((bottom - top) / 50));
  const vertical = (side: 'left' | 'right'): Scale =>
    scaleOver(coordinates(on(side), 1), [bottom, top], {
      kind: side === 'left' ? yScale : 'linear',
      count: rows,
    });
  const left = vertical('left');
  const right = hasRight ? vertical('right') : undefined;
  const area: Area = {
    left: labelRoom(left) + 18,
    right: width - (right === undefined ? 24 : labelRoom(right) + 22),
    top,
    bottom,
  };
  const x = scaleOver(coordinates(styled, 0), [area.left, area.right], {
    count: Math.max(2, Math.round((area.right - area.left) / 80)),
    nice: false,
  });
  const only = on('right').length === 1 ? on('right')[0]!.color : undefined;
  return picture(width, height, title, [
    heading(24, title),
    legend.markup,
    sideAxis(left, 'left', area, yLabel),
    ...(right === undefined ? [] : [sideAxis(right, 'right', area, rightLabel, only)]),
    bottomAxis(x, area, xLabel),
    ...styled.map((one) => drawSeries(one, x, one.axis === 'right' ? right! : left)),
  ]);
}

function* coordinates(series: readonly Series[], which: 0 | 1): Generator<number> {
  for (const { points } of series) for (const point of points) yield point[which];
}

type Styled = Series & { readonly color: string };

function drawSeries({ points, color, dashed = false }: Styled, x: Scale, y: Scale): Markup {
  const pixels = thinned(points.map(([a, b]): Point => [x(a), y(b)]));
  const path = line<Point>()
    .defined(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
    .x(([a]) => a)
    .y(([, b]) => b)
    .digits(2)(pixels);
  const stroke = {
    stroke: color,
    'stroke-width': pixels.length > 2000 ? 1.3 : 2,
    fill: 'none',
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
  };
  const curve = element('path', { d: path ?? '', ...stroke, 'stroke-dasharray': dashed ? '6 5' : undefined });
  const few = pixels.length <= 30 && !dashed;
  const dots = few
    ? pixels
        .filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
        .map(([cx, cy]) => element('circle', { cx, cy, r: 2.8, fill: color }))
    : [];
  return group({}, [curve, ...dots]);
}

/** Long curves keep first, lowest, highest and last point of every pixel column: they look the same. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= 4000) return points;
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const column = Math.round(points[start]![0]);
    let [end, lowest, highest] = [start, start, start];
    for (
      ;
      end < points.length && Math.round(points[end]![0]) === column && Number.isFinite(points[end]![1]);
      end++
    ) {
      if (points[end]![1] < points[lowest]![1]) lowest = end;
      if (points[end]![1] > points[highest]![1]) highest = end;
    }
    end = Math.max(end, start + 1);
    const chosen = new Set([start, lowest, highest, end - 1].sort((a, b) => a - b));
    for (const i of chosen) kept.push(points[i]!);
    start = end;
  }
  return kept;
}

/** Names with their line, in as many rows as they need. */
function drawLegend(
  series: readonly Styled[],
  width: number,
): { readonly markup: Markup; readonly height: number } {
  let [x, y] = [24, 56];
  const entries = series.map(({ name, color, dashed = false }) => {
    const room = textWidth(name) + 48;
    if (x > 24 && x + room > width - 24) [x, y] = [24, y + 20];
    const stroke = { stroke: color, 'stroke-width': 2.5, 'stroke-dasharray': dashed ? '6 4' : undefined };
    const entry = group({}, [
      element('path', { d: `M${x},${y - 4}h20`, ...stroke }),
      element('text', { x: x + 26, y }, name),
    ]);
    x += room;
    return entry;
  });
  return { markup: group({}, entries), height: series.length === 0 ? 0 : y - 36 };
}
