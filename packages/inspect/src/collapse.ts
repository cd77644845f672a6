/**
 * A graph seen from afar: one box per call of a layer, one for what lies between layers, and the values that pass from
 * box to box. Two calls of one layer are two boxes. Where a layer's own operations stand before and after those of
 * layers inside it, it is cut in pieces, so that arrows never run in circles.
 */
import {
  type AnyTensor,
  type Graph,
  isVariable,
  type Node,
  type ValueType,
  type Variable,
} from '@cotangent/graph';
import { describeNodes, type Member, membersOf, ownerOf } from './members.ts';

export interface Box {
  readonly key: string;
  readonly kind: 'input' | 'layer' | 'operations' | 'output' | 'updates';
  /** Path of a layer, name of an input or output, or what the operations do. */
  readonly name: string;
  /** Kind of a layer. */
  readonly detail: string;
  readonly member: Member | undefined;
  readonly nodes: readonly Node[];
  /** Variables that are first used here, or belong to this layer. */
  readonly variables: readonly Variable[];
}

export interface Link {
  readonly from: string;
  readonly to: string;
  /** What passes; each value once. */
  readonly types: readonly ValueType[];
}

export interface Collapsed {
  readonly boxes: readonly Box[];
  readonly links: readonly Link[];
}

export interface CollapseOptions {
  /** Show derivatives and updates too. By default only what the model itself computes, if it computes anything. */
  readonly derivatives?: boolean;
}

/** Boxes and links of a graph, boxes in the order of computation. */
export function collapse(graph: Graph, { derivatives = false }: CollapseOptions = {}): Collapsed {
  const members = membersOf(graph);
  const forward = (node: Node): boolean => members.get(node)!.purpose === 'forward';
  const all = derivatives || !graph.outputs.some(({ tensor }) => forward(tensor.node));
  const nodes = graph.nodes.filter((node) => (all || forward(node)) && isDrawn(node));
  const first = groupNodes(nodes, members, new Set());
  const tangled = circular(nodes, first);
  const groups = tangled.size === 0 ? first : groupNodes(nodes, members, tangled);
  return draw(graph, nodes, groups, members, all);
}

/** Constants and variables are part of what uses them. */
const isDrawn = (node: Node): boolean => node.inputs.length > 0 || node.op === 'input';

/** The one group of everything that only new values of variables need: nothing else depends on it. */
const updating = {};

type Groups = ReadonlyMap<Node, object>;

/**
 * The group of each node: an input alone; a layer's call; outside of layers what hangs together at one depth, depth
 * being how often the way from the inputs changes groups. Members in `cut` are cut by depth as well.
 */
function groupNodes(
  nodes: readonly Node[],
  members: ReadonlyMap<Node, Member>,
  cut: ReadonlySet<Member>,
): Groups {
  const depths = new Map<Node, number>();
  const parents = new Map<Node, Node>();
  const rootOf = (node: Node): Node => {
    let root = node;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    for (let at = node; at !== root; ) {
      const next = parents.get(at)!;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const inPieces = (member: Member): boolean => member.path === undefined || cut.has(member);
  for (const node of nodes) {
    const member = members.get(node)!;
    const joins = (operand: Node): boolean => operand.op !== 'input' && members.get(operand) === member;
    let depth = 0;
    for (const { node: operand } of node.inputs) {
      const before = depths.get(operand);
      if (before !== undefined) depth = Math.max(depth, joins(operand) ? before : before + 1);
    }
    depths.set(node, depth);
    if (!inPieces(member)) continue;
    for (const { node: operand } of node.inputs)
      if (joins(operand) && depths.get(operand) === depth && rootOf(operand) !== rootOf(node))
        parents.set(rootOf(operand), rootOf(node));
  }
  const groupOf = (node: Node, member: Member): object =>
    node.op === 'input'
      ? node
      : member.purpose === 'update'
        ? updating
        : inPieces(member)
          ? rootOf(node)
          : member;
  return new Map(
    nodes.map((node) => {
      const member = members.get(node)!;
      return [node, groupOf(node, member)] as const;
    }),
  );
}

/** Members whose groups lie on circles: what remains when sources and sinks are taken away again and again. */
function circular(nodes: readonly Node[], groups: Groups): Set<Member> {
  const after = new Map<object, Set<object>>();
  const before = new Map<object, Set<object>>();
  for (const group of groups.values()) {
    after.set(group, new Set());
    before.set(group, new Set());
  }
  for (const node of nodes)
    for (const { node: operand } of node.inputs) {
      const [from, to] = [groups.get(operand), groups.get(node)!];
      if (from === undefined || from === to) continue;
      after.get(from)!.add(to);
      before.get(to)!.add(from);
    }
  const left = new Set(after.keys());
  for (const [ahead, behind] of [
    [after, before],
    [before, after],
  ] as const) {
    const free = [...left].filter((group) => behind.get(group)!.size === 0);
    for (let group = free.pop(); group !== undefined; group = free.pop()) {
      left.delete(group);
      for (const next of ahead.get(group)!) {
        behind.get(next)!.delete(group);
        if (left.has(next) && behind.get(next)!.size === 0) free.push(next);
      }
      for (const previous of behind.get(group)!) ahead.get(previous)!.delete(group);
    }
  }
  // Groups are members, or single nodes where there is no layer, or all updates.
  return new Set([...left].filter((group): group is Member => 'purpose' in group));
}

function draw(
  graph: Graph,
  nodes: readonly Node[],
  groups: Groups,
  members: ReadonlyMap<Node, Member>,
  all: boolean,
): Collapsed {
  const contents = new Map<object, Node[]>();
  for (const node of nodes) {
    const group = groups.get(node)!;
    const list = contents.get(group);
    if (list === undefined) contents.set(group, [node]);
    else list.push(node);
  }
  const keys = new Map([...contents.keys()].map((group, i) => [group, `b${i}`]));
  const keyOf = (node: Node): string | undefined => {
    const group = groups.get(node);
    return group === undefined ? undefined : keys.get(group);
  };
  const updateName = graph.updates.length === 1 ? '1 update' : `${graph.updates.length} updates`;
  const held = holders(nodes, keyOf, members);
  const boxes: Box[] = [...contents].map(([group, list]) => {
    const key = keys.get(group)!;
    const member = members.get(list[0]!)!;
    const isInput = list[0]!.op === 'input';
    if (group === updating) return { ...empty, key, kind: 'updates', name: updateName, nodes: list };
    const kind = isInput ? 'input' : member.path === undefined ? 'operations' : 'layer';
    const doing = isInput ? '' : describeNodes(list);
    const name = isInput ? leafName(graph, list[0]!) : kind === 'layer' ? member.path! || 'model' : doing;
    const detail = kind === 'layer' ? (member.kind ?? doing) : '';
    return { key, kind, name, detail, member, nodes: list, variables: held.get(key) ?? [] };
  });
  const links = new LinkSet();
  for (const node of nodes)
    for (const tensor of node.inputs) links.add(keyOf(tensor.node), keyOf(node)!, tensor);
  graph.outputs.forEach(({ name, tensor }, i) => {
    const from = keyOf(tensor.node);
    if (from === undefined) return;
    boxes.push({ ...empty, key: `out${i}`, kind: 'output', name });
    links.add(from, `out${i}`, tensor);
  });
  if (all && graph.updates.length > 0) {
    const key = keys.get(updating) ?? 'updates';
    if (!keys.has(updating)) boxes.push({ ...empty, key, kind: 'updates', name: updateName });
    for (const { value } of graph.updates) links.add(keyOf(value.node), key, value);
  }
  return { boxes, links: links.links };
}

const empty = { detail: '', member: undefined, nodes: [], variables: [] } as const;

const leafName = (graph: Graph, node: Node): string =>
  graph.inputs.find((leaf) => leaf.node === node)?.name ?? 'input';

/** Where each variable is shown: in its layer's first box, or where it is used first. */
function holders(
  nodes: readonly Node[],
  keyOf: (node: Node) => string | undefined,
  members: ReadonlyMap<Node, Member>,
): Map<string, Variable[]> {
  const firstUse = new Map<Variable, string>();
  const atHome = new Set<Variable>();
  for (const node of nodes) {
    if (members.get(node)!.purpose !== 'forward') continue;
    for (const tensor of node.inputs) {
      if (!isVariable(tensor) || atHome.has(tensor)) continue;
      const owner = ownerOf(tensor);
      const home = owner !== undefined && owner === members.get(node)!.path;
      if (home) atHome.add(tensor);
      if (home || !firstUse.has(tensor)) firstUse.set(tensor, keyOf(node)!);
    }
  }
  const held = new Map<string, Variable[]>();
  for (const [tensor, key] of firstUse) held.set(key, [...(held.get(key) ?? []), tensor]);
  return held;
}

/** One link for each pair of boxes. */
class LinkSet {
  private readonly found = new Map<string, { from: string; to: string; types: Set<AnyTensor> }>();

  add(from: string | undefined, to: string, tensor: AnyTensor): void {
    if (from === undefined || from === to) return;
    const pair = `${from} ${to}`;
    const link = this.found.get(pair) ?? { from, to, types: new Set() };
    this.found.set(pair, link);
    link.types.add(tensor);
  }
  get links(): Link[] {
    return [...this.found.values()].map(({ from, to, types }) => ({ from, to, types: [...types] }));
  }
}
