/** The pieces of DOT text: nodes with a name in bold and details below, edges with labels, nested frames, colours. */
import type { Drawing } from './dot.ts';
import { escapeLabel, quoteDot } from './text.ts';

/** Graphviz knows the widths of this one without asking the system; the SVG names more. */
const font = 'Helvetica';
const ink = '#1f2933';
const quiet = '#66727f';

/** Fill and border by what a box is. */
const styles = {
  input: ['#e8f1fb', '#5b8fc7'],
  layer: ['#ffffff', '#8794a3'],
  operations: ['#f4f6f8', '#b3bdc8'],
  variable: ['#fdf5e3', '#cfa144'],
  output: ['#e7f5ec', '#5aa576'],
  derivative: ['#f6eefb', '#a47fc0'],
} as const;
export type BoxStyle = keyof typeof styles;

/** A node whose first line is its name. */
export function dotNode(key: string, style: BoxStyle, name: string, details: readonly string[]): string {
  const [fill, border] = styles[style];
  const small = details.map(
    (line) => `<BR/><FONT POINT-SIZE="10.5" COLOR="${quiet}">${escapeLabel(line, 60)}</FONT>`,
  );
  const label = `<B>${escapeLabel(name, 48)}</B>${small.join('')}`;
  return `${key} [label=<${label}>, fillcolor="${fill}", color="${border}"${style === 'operations' ? ', style="rounded,filled,dashed"' : ''}];`;
}

export const dotEdge = (from: string, to: string, label: string, dashed = false): string =>
  `${from} -> ${to} [label=${quoteDot(`  ${label}  `)}${dashed ? ', style=dashed' : ''}];`;

/** A frame around what belongs together, with frames inside. */
export interface Cluster {
  /** Path from the outermost; '' for the whole picture. */
  readonly path: string;
  readonly label: string;
  readonly lines: string[];
  readonly inner: Map<string, Cluster>;
}

const newCluster = (path: string, label: string): Cluster => ({ path, label, lines: [], inner: new Map() });

/** Deeper containers than this are not framed. */
const deepestFrame = 6;

/** Frames of all containers that hold two or more of the given layers, and the innermost frame of each layer. */
export function clustersOf(paths: readonly string[]): { root: Cluster; of(path: string): Cluster } {
  const counts = new Map<string, number>();
  for (const path of paths)
    for (const outer of containersOf(path)) counts.set(outer, (counts.get(outer) ?? 0) + 1);
  const root = newCluster('', '');
  const of = (path: string): Cluster => {
    let cluster = root;
    for (const outer of containersOf(path)) {
      if (counts.get(outer)! < 2) continue;
      const known = cluster.inner.get(outer);
      const label = cluster.path === '' ? outer : outer.slice(cluster.path.length + 1);
      const next = known ?? newCluster(outer, label);
      if (known === undefined) cluster.inner.set(outer, next);
      cluster = next;
    }
    return cluster;
  };
  return { root, of };
}

/** `a`, `a/b` of `a/b/c`. */
function containersOf(path: string): string[] {
  const parts = path.split('/', deepestFrame + 1);
  const whole = path.split('/').length === parts.length;
  return parts.slice(0, whole ? -1 : deepestFrame).map((_, i) => parts.slice(0, i + 1).join('/'));
}

function clusterLines(cluster: Cluster, indent: string, number: () => number): string[] {
  const inner = [...cluster.inner.values()].flatMap((child) => [
    `${indent}subgraph cluster_${number()} {`,
    `${indent}  label=<<B>${escapeLabel(child.label, 48)}</B>>; labeljust=l; fontsize=11; fontcolor="${quiet}"; style="rounded"; color="#ccd4dc"; bgcolor="#f8fafb"; margin=14;`,
    ...clusterLines(child, `${indent}  `, number),
    `${indent}}`,
  ]);
  return [...cluster.lines.map((line) => indent + line), ...inner];
}

/** The whole text. */
export function frame(
  { root, edges }: Drawing,
  options: {
    readonly direction: 'down' | 'right';
    readonly title: string | undefined;
    readonly crowded: boolean;
  },
): string {
  const { direction, title, crowded } = options;
  let clusters = 0;
  const heading =
    title === undefined ? '' : ` label=${quoteDot(title)}; labelloc=t; fontsize=16; fontcolor="${ink}";`;
  return [
    'digraph model {',
    `  rankdir=${direction === 'down' ? 'TB' : 'LR'}; bgcolor="#ffffff"; pad=0.25; nodesep=${crowded ? 0.25 : 0.4}; ranksep=${crowded ? 0.3 : 0.28}; fontname="${font}";${heading}`,
    `  node [shape=box, style="rounded,filled", fontname="${font}", fontsize=13, fontcolor="${ink}", margin="0.23,0.1", height=0.4, penwidth=1.1];`,
    `  edge [fontname="${font}", fontsize=10, fontcolor="${quiet}", color="#93a0ad", arrowsize=0.65, penwidth=1.1];`,
    ...clusterLines(root, '  ', () => clusters++),
    ...edges.map((edge) => `  ${edge}`),
    '}',
  ].join('\n');
}
