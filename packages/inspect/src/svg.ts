/** Graphs as SVG pictures: DOT laid out and drawn by Graphviz, compiled to WebAssembly, inside this process. */
import { CotangentError, type Graph } from '@cotangent/graph';
import type { Viz } from '@viz-js/viz';
import { type PictureOptions, toDot } from './dot.ts';

let graphviz: Promise<Viz> | undefined;

/** Loaded at the first picture: it costs some 90 ms that scripts without pictures need not pay. */
const loadGraphviz = (): Promise<Viz> =>
  (graphviz ??= import('@viz-js/viz').then(({ instance }) => instance()));

const defaultMaximumBoxes = 400;

/**
 * A picture of a graph as SVG text: by layers, with kinds, parameter counts and the shapes that pass between them.
 * Needs no network, no browser and no installed Graphviz.
 *
 * @throws BAD_ARGUMENT if there are more boxes than `maximumBoxes` (400 by default)
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 *
 * await writeFile('model.svg', await toSvg(graph, { title: 'Digits' }));
 * ```
 */
export async function toSvg(graph: Graph, options: PictureOptions = {}): Promise<string> {
  return renderDot(toDot(graph, { maximumBoxes: defaultMaximumBoxes, ...options }));
}

/**
 * DOT text as SVG text.
 *
 * @throws BAD_ARGUMENT if the text is not DOT
 */
export async function renderDot(dot: string): Promise<string> {
  const viz = await loadGraphviz();
  const result = viz.render(dot, { format: 'svg', engine: 'dot' });
  if (result.status === 'failure')
    throw new CotangentError(
      'BAD_ARGUMENT',
      `Graphviz does not take this text: ${result.errors.map(({ message }) => message.trim()).join('; ')}`,
    );
  // Without the XML prolog, so that it can stand inside an HTML page too.
  return centred(result.output.slice(result.output.indexOf('<svg'))).replaceAll(
    /font-family="[^"]*"/g,
    'font-family="Helvetica, Arial, Liberation Sans, sans-serif"',
  );
}

/**
 * Graphviz starts the lines of a node where its own estimate of their width puts them. Anchored in the middle of the
 * box they stay centred in whatever font the reader has.
 */
const centred = (svg: string): string =>
  svg.replaceAll(/<g id="[^"]*" class="node">[\s\S]*?<\/g>/g, (node) => {
    const outline = /<path [^>]*\bd="([^"]*)"/.exec(node)?.[1] ?? '';
    const xs = [...outline.matchAll(/(-?[\d.]+),-?[\d.]+/g)].map((match) => Number(match[1]));
    if (xs.length === 0) return node;
    const middle = ((Math.min(...xs) + Math.max(...xs)) / 2).toFixed(2);
    return node.replaceAll(/text-anchor="start" x="[^"]*"/g, `text-anchor="middle" x="${middle}"`);
  });
