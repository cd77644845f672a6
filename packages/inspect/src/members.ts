/**
 * Which layer a node belongs to. The layer that was at work when the node was made says so; in graphs without layer
 * scopes (read from JSON, built from plain operations), operations belong to the owner of the variables they use.
 */
import {
  families,
  type Graph,
  isPrimitiveName,
  isVariable,
  type LayerCall,
  type Node,
  NodeSet,
  reachable,
  type Variable,
} from '@cotangent/graph';

/** What a node is there for: the model, its derivatives, or new values of variables. */
export type Purpose = 'forward' | 'derivative' | 'update';

/** A layer, as one of its calls has it; nodes of one call share the object. */
export interface Member {
  /** Such as `encoder/0`; undefined outside of layers. */
  readonly path: string | undefined;
  /** Such as `conv2d`, where the layer says so. */
  readonly kind: string | undefined;
  readonly purpose: Purpose;
}

/**
 * The path of the layer that a variable belongs to. A graph from JSON has paths alone: there it is `encoder/0` of
 * `encoder/0/kernel`.
 */
export function ownerOf({ owner, path }: Variable): string | undefined {
  if (owner !== undefined) return owner.path;
  const cut = path.lastIndexOf('/');
  return cut < 0 ? undefined : path.slice(0, cut);
}

/** The layer of every node of a graph, in one pass. */
export function membersOf(graph: Graph): ReadonlyMap<Node, Member> {
  const derived = graph.nodes.filter((node) => node.origin?.role !== undefined);
  // What results and derivatives are made of is the model; what only new values of variables need is an update.
  const computed = new NodeSet();
  reachable(
    [...graph.outputs.map(({ tensor }) => tensor), ...derived.map(({ outputs }) => outputs[0]!)],
    0,
    computed,
  );
  const members = new Map<Node, Member>();
  const byOwner = memberCache<string | undefined>();
  const byCall = memberCache<LayerCall>();
  const pure = new Map<Node, string | undefined>();
  for (const node of graph.nodes) {
    const purpose: Purpose =
      node.origin?.role !== undefined ? 'derivative' : computed.has(node) ? 'forward' : 'update';
    const call = node.origin?.layer;
    if (call !== undefined) members.set(node, byCall(call, purpose, call.path, call.kind));
    else {
      const owner = purpose === 'forward' ? variableOwner(node, pure) : undefined;
      members.set(
        node,
        byOwner(owner, purpose, () => owner, undefined),
      );
    }
  }
  return members;
}

/** One object per key and purpose. */
function memberCache<K>() {
  const cache = new Map<K, Partial<Record<Purpose, Member>>>();
  return (key: K, purpose: Purpose, path: () => string | undefined, kind: string | undefined): Member => {
    let known = cache.get(key);
    if (known === undefined) cache.set(key, (known = {}));
    return (known[purpose] ??= { path: path(), kind, purpose });
  };
}

/** The one owner whose variables a node uses directly or reshaped; `pure` holds what depends on nothing else. */
function variableOwner(node: Node, pure: Map<Node, string | undefined>): string | undefined {
  const leaf = node.outputs[0];
  if (isVariable(leaf)) {
    const owner = ownerOf(leaf);
    pure.set(node, owner);
    return owner;
  }
  if (node.op === 'input') return undefined;
  const owners = new Set<string>();
  let onlyPure = true;
  for (const { node: operand } of node.inputs) {
    if (!pure.has(operand)) onlyPure = false;
    const owner = pure.get(operand);
    if (owner !== undefined) owners.add(owner);
  }
  const [owner] = owners.size === 1 ? owners : [];
  if (onlyPure) pure.set(node, owner);
  return owner;
}

const kindNames: Readonly<Record<string, string>> = { convGeneral: 'convolution', dotGeneral: 'matmul' };
const isQuiet = (op: string): boolean => op in families.movement || op in families.meta;

/** What a group of nodes does, in a word or a few: for groups whose layer does not say its kind. */
export function describeNodes(nodes: readonly Node[]): string {
  const names = [...new Set(nodes.map(({ op }) => op).filter(isPrimitiveName))];
  const heavy = names.find((op) => op in families.contraction);
  if (heavy !== undefined) return kindNames[heavy] ?? heavy;
  if (names.some((op) => op in families.window)) return 'pooling';
  const telling = names.filter((op) => !isQuiet(op));
  const shown = telling.length > 0 ? telling : names.filter((op) => op !== 'constant' || names.length === 1);
  return shown.length <= 3 ? shown.join(', ') : `${shown.slice(0, 3).join(', ')} …`;
}
