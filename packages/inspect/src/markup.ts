/** A small writer of SVG text: elements with attributes; every text and attribute is escaped. */
import { escapeXml } from './text.ts';

/** Markup that is already safe, as opposed to a text. */
export interface Markup {
  readonly svg: string;
}
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Hundredths of a pixel are enough. */
const written = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escapeXml(value, Infinity);

/** An element; children are markup or texts. */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string)[]
): Markup {
  const list = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${written(value)}"`))
    .join('');
  const content = children
    .map((child) => (typeof child === 'string' ? escapeXml(child) : child.svg))
    .join('');
  return { svg: content === '' ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>` };
}

export const group = (attributes: Attributes, children: readonly Markup[]): Markup =>
  element('g', attributes, ...children);

export const ink = '#1f2933';
export const quiet = '#66727f';
export const faint = '#e3e8ed';

/** A whole picture on white, with a title for readers that do not see it. */
export const picture = (width: number, height: number, title: string, children: readonly Markup[]): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'font-family': 'Helvetica, Arial, Liberation Sans, sans-serif',
      'font-size': 12,
      fill: quiet,
    },
    element('title', {}, title),
    element('rect', { width, height, fill: '#ffffff' }),
    ...children,
  ).svg;

export const heading = (x: number, title: string): Markup =>
  element('text', { x, y: 30, 'font-size': 16, 'font-weight': 600, fill: ink }, title);

/** About how wide a text is drawn: the widths of fonts are not known here. */
export const textWidth = (text: string, size = 12): number => [...text].length * size * 0.56;
