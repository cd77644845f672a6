/**
 * Graphs in the DOT language of Graphviz: from afar (a box per layer) or in full (a node per operation, layers as
 * frames). Names are data: they only ever stand in labels, escaped; identifiers are our own.
 */
import {
  type Bindings,
  CotangentError,
  formatShape,
  type Graph,
  sizeOf,
  type ValueType,
} from '@cotangent/graph';
import { type Box, collapse } from './collapse.ts';
import { drawOperations } from './dot-operations.ts';
import { type Cluster, clustersOf, dotEdge, dotNode, frame } from './dot-parts.ts';
import { Amount, boundType } from './flops.ts';
import { formatAmount } from './summary.ts';

export interface PictureOptions {
  /** 'layers' (default): one box per layer. 'operations': one per node, framed by layers. */
  readonly level?: 'layers' | 'operations';
  /** Sizes of named dimensions, shown instead of the names. */
  readonly bindings?: Bindings;
  /** Which way the data flows. Default: 'down'. */
  readonly direction?: 'down' | 'right';
  readonly title?: string;
  /** Show derivatives and updates too. By default only what the model itself computes. */
  readonly derivatives?: boolean;
  /** More boxes than this are refused; default 5,000 in DOT, 400 in SVG, where the layout takes about a second. */
  readonly maximumBoxes?: number;
}

/** What is drawn, in either level. */
export interface Drawing {
  readonly root: Cluster;
  readonly edges: readonly string[];
}

const defaultMaximumBoxes = 5_000;

/**
 * A graph as DOT text.
 *
 * @throws BAD_ARGUMENT if there are more boxes than `maximumBoxes`
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 *
 * await writeFile('model.dot', toDot(graph, { level: 'operations' }));
 * ```
 */
export function toDot(graph: Graph, options: PictureOptions = {}): string {
  const { level = 'layers', direction = 'down', title, maximumBoxes = defaultMaximumBoxes } = options;
  if (level === 'operations') refuseMore(graph.nodes.length, maximumBoxes, level);
  const drawing = level === 'layers' ? drawLayers(graph, options) : drawOperations(graph, options);
  return frame(drawing, { direction, title, crowded: level === 'operations' });

  function drawLayers(closed: Graph, { bindings = {}, derivatives = false }: PictureOptions): Drawing {
    const { boxes, links } = collapse(closed, { derivatives });
    refuseMore(boxes.length, maximumBoxes, level);
    const clusters = clustersOf(boxes.filter(({ kind }) => kind === 'layer').map(({ name }) => name));
    for (const box of boxes) {
      const framed = box.kind === 'layer' && box.member?.purpose === 'forward';
      const cluster = framed ? clusters.of(box.name) : clusters.root;
      cluster.lines.push(dotNode(box.key, styleOf(box), ...textOf(box, cluster.path, bindings)));
    }
    const edges = links.map(({ from, to, types }) => dotEdge(from, to, describeTypes(types, bindings)));
    return { root: clusters.root, edges };
  }
}

function refuseMore(count: number, most: number, level: string): void {
  if (count <= most) return;
  throw new CotangentError(
    'BAD_ARGUMENT',
    `a picture of ${count} ${level === 'layers' ? 'layers' : 'operations'} is more than the ${most} that can be laid out and read: ${level === 'layers' ? 'draw a part of the graph' : "use level: 'layers'"}, or pass a larger maximumBoxes`,
  );
}

/** `[batch, 10]`, with the dtype where it is not f32. */
export const describeType = ({ dtype, shape }: ValueType): string =>
  `${dtype === 'f32' ? '' : `${dtype} `}${formatShape(shape)}`;

const describeTypes = (types: readonly ValueType[], bindings: Bindings): string => {
  const texts = [...new Set(types.map((type) => describeType(boundType(type, bindings))))];
  if (types.length === 1) return texts[0]!;
  return texts.length === 1 ? `${types.length} × ${texts[0]}` : `${types.length} values`;
};

const styleOf = ({ kind, member }: Box): Parameters<typeof dotNode>[1] =>
  kind === 'layer' || kind === 'operations'
    ? member?.purpose === 'forward'
      ? kind
      : 'derivative'
    : kind === 'updates'
      ? 'output'
      : kind;

/** The path within its frame, and what is known about it. */
function textOf(
  { name, detail, variables, member }: Box,
  prefix: string,
  bindings: Bindings,
): [string, string[]] {
  const own = prefix !== '' && name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name;
  // The number of a layer in a sequence says little without its kind.
  const numbered = /^\d+$/.test(own) && detail !== '';
  const title = numbered ? `${own} · ${detail}` : own;
  const amount = new Amount();
  for (const { shape, dtype } of variables.filter(({ trainable }) => trainable))
    amount.add(sizeOf(boundType({ shape, dtype }, bindings).shape));
  const { total } = amount;
  const details = [
    ...(numbered || detail === '' || detail === name ? [] : [detail]),
    ...(total === 0 ? [] : [`${formatAmount(total)} ${total === 1 ? 'parameter' : 'parameters'}`]),
  ];
  return [member?.purpose === 'derivative' && member.path !== undefined ? `∂ ${title}` : title, details];
}
