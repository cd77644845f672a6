/** What a model consists of: one row per layer with output shape, parameters and operations, as data and as text. */
import {
  type Bindings,
  type Dim,
  type DType,
  formatShape,
  type Graph,
  isPrimitiveName,
  isVariable,
  type Node,
  sizeOf,
  type ValueType,
  type Variable,
} from '@cotangent/graph';
import { Amount, boundType, flopsOf } from './flops.ts';
import { describeNodes, type Member, membersOf, ownerOf } from './members.ts';
import { printable } from './text.ts';

export interface SummaryOptions {
  /** Sizes of named dimensions, such as `{ batch: 32 }`. Names without a size stay in shapes and amounts. */
  readonly bindings?: Bindings;
}

/** Amounts are numbers, or polynomials as text (`batch*320`) where a dimension has no size. */
export interface SummaryRow {
  /** Path of the layer; undefined for everything outside of layers. */
  readonly path: string | undefined;
  readonly kind: string;
  /** Type of the layer's result. */
  readonly output: { readonly dtype: DType; readonly shape: readonly Dim[] } | undefined;
  /** Elements of trainable variables. */
  readonly parameters: Dim;
  /** Elements of other variables: running statistics, frozen parameters, optimizer slots, counters. */
  readonly state: Dim;
  /** Operations of the model itself; a multiplication with its addition counts as 2. */
  readonly flops: Dim;
  /** Operations of derivatives and updates that the layer caused. */
  readonly derivedFlops: Dim;
  /** How many nodes. */
  readonly operations: number;
}

export interface Summary {
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly Dim[];
  }[];
  readonly rows: readonly SummaryRow[];
  readonly total: Pick<SummaryRow, 'parameters' | 'state' | 'flops' | 'derivedFlops' | 'operations'>;
}

class Group {
  readonly nodes: Node[] = [];
  readonly parameters = new Amount();
  readonly state = new Amount();
  readonly flops = new Amount();
  readonly derivedFlops = new Amount();
  kind: string | undefined;
  result: ValueType | undefined;
  last: ValueType | undefined;
  operations = 0;
}

/**
 * Rows of a graph's layers in the order of computation; what lies outside of layers comes last, as one row.
 *
 * @example
 * ```ts
 * const x = input('x', ['batch', 784]);
 * const y = x.matmul(variable('head/kernel', [784, 10]));
 * summarize(closeGraph({ outputs: { y } }), { bindings: { batch: 32 } }).rows[0];
 * // { path: 'head', kind: 'matmul', output: { dtype: 'f32', shape: [32, 10] }, parameters: 7840, flops: 501760, … }
 * ```
 */
export function summarize(graph: Graph, { bindings = {} }: SummaryOptions = {}): Summary {
  const members = membersOf(graph);
  const groups = new Map<string | undefined, Group>();
  const groupOf = (path: string | undefined): Group => {
    let group = groups.get(path);
    if (group === undefined) groups.set(path, (group = new Group()));
    return group;
  };
  for (const node of graph.nodes) {
    const member = members.get(node)!;
    if (isPrimitiveName(node.op)) countNode(groupOf(member.path), node, member, bindings);
  }
  for (const leaf of graph.variables) countVariable(groupOf(rowOf(leaf)), leaf, bindings);
  markResults(graph, members, groupOf);
  const rows = [...groups]
    .filter(([, group]) => group.operations > 0 || group.parameters.total !== 0 || group.state.total !== 0)
    .map(([path, group]) => toRow(path, group, bindings))
    .sort((a, b) => Number(a.path === undefined) - Number(b.path === undefined));
  const inputs = graph.inputs.map((leaf) => ({ name: leaf.name, ...plainType(boundType(leaf, bindings)) }));
  return { inputs, rows, total: totalOf(rows) };
}

/** Slots, counters and keys belong to optimizers and programs, not to layers. */
const rowOf = (leaf: Variable): string | undefined =>
  ['parameter', 'statistic', 'state'].includes(leaf.role) ? ownerOf(leaf) : undefined;

function countVariable(group: Group, leaf: Variable, bindings: Bindings): void {
  (leaf.trainable ? group.parameters : group.state).add(sizeOf(boundType(leaf, bindings).shape));
}

function countNode(group: Group, node: Node, { kind, purpose }: Member, bindings: Bindings): void {
  const flops = flopsOf(node, bindings);
  group.operations++;
  group.kind ??= kind;
  if (purpose !== 'forward') {
    group.derivedFlops.add(flops);
    return;
  }
  group.flops.add(flops);
  group.nodes.push(node);
  group.last = node.outputs[0];
}

/** The result of a layer: the last value that something outside of the layer uses. */
function markResults(
  graph: Graph,
  members: ReadonlyMap<Node, Member>,
  groupOf: (path: string | undefined) => Group,
): void {
  for (const node of graph.nodes) {
    const user = members.get(node)!;
    if (user.purpose !== 'forward') continue;
    for (const tensor of node.inputs) {
      const { path } = members.get(tensor.node)!;
      if (path !== undefined && path !== user.path && !isVariable(tensor)) groupOf(path).result = tensor;
    }
  }
  for (const { tensor } of graph.outputs) {
    const { path, purpose } = members.get(tensor.node)!;
    if (path !== undefined && purpose === 'forward' && !isVariable(tensor)) groupOf(path).result = tensor;
  }
}

const plainType = ({ dtype, shape }: ValueType): { dtype: DType; shape: readonly Dim[] } => ({
  dtype,
  shape,
});

function toRow(path: string | undefined, group: Group, bindings: Bindings): SummaryRow {
  const output = path === undefined ? undefined : (group.result ?? group.last);
  return {
    path,
    kind: path === undefined ? '' : (group.kind ?? describeNodes(group.nodes)),
    output: output === undefined ? undefined : plainType(boundType(output, bindings)),
    parameters: group.parameters.total,
    state: group.state.total,
    flops: group.flops.total,
    derivedFlops: group.derivedFlops.total,
    operations: group.operations,
  };
}

function totalOf(rows: readonly SummaryRow[]): Summary['total'] {
  const sum = (amountOf: (row: SummaryRow) => Dim): Dim => {
    const amount = new Amount();
    for (const row of rows) amount.add(amountOf(row));
    return amount.total;
  };
  return {
    parameters: sum((row) => row.parameters),
    state: sum((row) => row.state),
    flops: sum((row) => row.flops),
    derivedFlops: sum((row) => row.derivedFlops),
    operations: rows.reduce((total, row) => total + row.operations, 0),
  };
}

/** 1,234,567; polynomials stay as they are. */
export const formatAmount = (amount: Dim): string =>
  typeof amount === 'number' ? amount.toLocaleString('en-US') : amount;

const formatOutput = (output: SummaryRow['output']): string =>
  output === undefined ? '' : `${output.dtype === 'f32' ? '' : output.dtype}${formatShape(output.shape)}`;

/**
 * A summary as a table for the terminal. Columns that would be all zero are left out.
 *
 * @example
 * ```ts
 * console.log(formatSummary(summarize(graph, { bindings: { batch: 1 } })));
 * ```
 */
export function formatSummary({ inputs, rows, total }: Summary): string {
  const amounts = (
    [
      ['parameters', 'parameters'],
      ['other state', 'state'],
      ['FLOPs', 'flops'],
      ['derived FLOPs', 'derivedFlops'],
    ] as const
  ).filter(([, key]) => key === 'parameters' || key === 'flops' || total[key] !== 0);
  const head = ['layer', 'kind', 'output', ...amounts.map(([title]) => title)];
  const cells = (row: SummaryRow): string[] => [
    printable(row.path ?? '(outside of layers)') || '(root)',
    printable(row.kind),
    formatOutput(row.output),
    ...amounts.map(([, key]) => formatAmount(row[key])),
  ];
  const body = rows.map(cells);
  const foot = ['total', '', '', ...amounts.map(([, key]) => formatAmount(total[key]))];
  const widths = head.map((_, i) => Math.max(...[head, ...body, foot].map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('   ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 3, -3));
  const fed = inputs
    .map((leaf) => `${printable(leaf.name)} ${leaf.dtype}${formatShape(leaf.shape)}`)
    .join(', ');
  return [`inputs: ${fed}`, rule, line(head), rule, ...body.map(line), rule, line(foot)].join('\n');
}
