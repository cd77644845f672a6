/**
 * Bodies: graphs inside nodes. A body is a function of its inputs; what a user's function takes from outside is found
 * when the body is closed, and becomes an operand of the node.
 */

import { assembleBody, type Graph, reachable } from './graph.ts';
import { BodyInput, type Input, isInput, isVariable } from './leaves.ts';
import { type AnyTensor, apply, arrayIn, type Node, type Operation, upcomingId } from './node.ts';
import { atOrigin } from './origin.ts';
import { body as bodyKind } from './params.ts';
import { definitionOf, isPrimitiveName, type PrimitiveName } from './primitives/index.ts';
import type { ValueType } from './shape.ts';

/** The names of the parameters of a primitive that hold bodies. */
const bodyNames = new Map<Operation, readonly string[]>();
function bodyNamesOf(op: Operation): readonly string[] {
  let names = bodyNames.get(op);
  if (names === undefined) {
    const kinds: Readonly<Record<string, unknown>> = isPrimitiveName(op) ? definitionOf(op).params : {};
    names = Object.keys(kinds).filter((name) => kinds[name] === bodyKind);
    bodyNames.set(op, names);
  }
  return names;
}

/** The graphs inside a node. */
export const bodiesOf = ({ op, params }: Node): Graph[] =>
  // Parameters of the kind `body` are graphs.
  bodyNamesOf(op).map((name) => (params as Readonly<Record<string, Graph>>)[name]!);

/** Values from nothing, the same in every run: constants, positions, sizes. */
export const isSource = (node: Node): boolean =>
  node.inputs.length === 0 && isPrimitiveName(node.op) && bodyNamesOf(node.op).length === 0;

/** Whether a node, or one inside its bodies, must run exactly as often as it is written. */
export const isBarrier = (node: Node): boolean =>
  (isPrimitiveName(node.op) && definitionOf(node.op).traits.barrier === true) ||
  bodiesOf(node).some(({ nodes }) => nodes.some(isBarrier));

/** Whether a node, or one inside its bodies, fails or never ends on some values. */
export const isPartial = (node: Node): boolean =>
  (isPrimitiveName(node.op) && definitionOf(node.op).traits.partial?.(node.inputs) === true) ||
  bodiesOf(node).some(({ nodes }) => nodes.some(isPartial));

/** The parameters of a node with other bodies; the same object if nothing changed. */
export function withBodies(node: Node, change: (body: Graph) => Graph): Node['params'] {
  const params = node.params as Readonly<Record<string, Graph>>;
  const changed = bodyNamesOf(node.op).flatMap((name) => {
    const body = change(params[name]!);
    return body === params[name] ? [] : [[name, body] as const];
  });
  return changed.length === 0 ? node.params : { ...params, ...Object.fromEntries(changed) };
}

/** The primitive of a node on other operands, in its place. */
export const applySame = (node: Node<PrimitiveName>, operands: readonly AnyTensor[]): readonly AnyTensor[] =>
  atOrigin(node.origin, () => apply(node.op, operands, node.params as never));

/** What tensors become when some of them are replaced: nodes that depend on those are built again, in order. */
export function rebuildOn(
  nodes: readonly Node[],
  replaced: ReadonlyMap<AnyTensor, AnyTensor> | ((tensor: AnyTensor) => AnyTensor),
): (tensor: AnyTensor) => AnyTensor {
  const built = new Map<AnyTensor, AnyTensor>();
  const outside =
    typeof replaced === 'function' ? replaced : (tensor: AnyTensor) => replaced.get(tensor) ?? tensor;
  const now = (tensor: AnyTensor): AnyTensor => built.get(tensor) ?? outside(tensor);
  for (const node of nodes) {
    if (node.inputs.length === 0) continue;
    const operands = node.inputs.map(now);
    if (operands.every((operand, i) => operand === node.inputs[i])) continue;
    // A node with operands is an application of a primitive.
    applySame(node as Node<PrimitiveName>, operands).forEach((output, i) => {
      built.set(node.outputs[i]!, output);
    });
  }
  return now;
}

/** The nodes of a body again, on operands in place of its inputs. */
export function inline(body: Graph, operands: readonly AnyTensor[]): AnyTensor[] {
  const now = rebuildOn(body.nodes, new Map(body.inputs.map((input, i) => [input, operands[i]!])));
  return body.outputs.map(({ tensor }) => now(tensor));
}

/** Names that are given out once each. */
export class Names {
  private readonly taken: Set<string>;
  /** The number to try next for a name that is taken: equal names in thousands are numbered without counting anew. */
  private readonly numbers = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.taken = new Set(taken);
  }

  /** `name`, or the first of name2, name3, … that is free. */
  unique(name: string): string {
    let free = name;
    let number = this.numbers.get(name) ?? 2;
    for (; this.taken.has(free); number++) free = `${name}${number}`;
    this.numbers.set(name, number);
    this.taken.add(free);
    return free;
  }
}

/** New parameters of a body like some values, named apart from `others`. */
export function bodyInputs(
  of: string,
  types: readonly (ValueType & { readonly name: string })[],
  others: readonly Input[] = [],
): BodyInput[] {
  const names = new Names(others.map(({ name }) => name));
  return types.map(({ name, shape, dtype }) => new BodyInput(names.unique(name), shape, dtype, of));
}

/** Values without operands that are made again inside a body instead of being passed in: counted, not stored. */
const isMadeAnew = (node: Node): boolean => isSource(node) && arrayIn(node) === undefined;

/**
 * A part of the graph that becomes bodies of one node: everything built from its creation on. Tensors from outside become
 * operands, the same for all its bodies; constant arrays too.
 */
export class Region {
  readonly of: string;
  readonly first = upcomingId();
  private readonly names = new Names();
  private readonly captures = new Map<AnyTensor, BodyInput>();

  constructor(of: string) {
    this.of = of;
  }

  /** A parameter. */
  parameter(name: string, { shape, dtype }: ValueType): BodyInput {
    return new BodyInput(this.names.unique(name === '' ? 'value' : name), shape, dtype, this.of);
  }

  /** What was taken from outside so far: the first operands of the node. */
  get captured(): AnyTensor[] {
    return [...this.captures.keys()];
  }

  /** Results with parameters in place of what comes from outside. */
  close(parameters: readonly BodyInput[], results: readonly AnyTensor[]): AnyTensor[] {
    const own = new Set<AnyTensor>(parameters);
    const inside = (tensor: AnyTensor): AnyTensor => {
      const { node } = tensor;
      if (own.has(tensor) || isMadeAnew(node)) return tensor;
      const outer = node.id < this.first || !isPrimitiveName(node.op) || isSource(node);
      return outer ? this.capture(tensor) : tensor;
    };
    const now = rebuildOn(reachable(results, this.first), inside);
    return results.map(now);
  }

  /** The body of closed results. All results of the region must have been closed before. */
  body(parameters: readonly Input[], results: readonly AnyTensor[], names: readonly string[] = []): Graph {
    const given = new Names();
    return assembleBody(
      [...this.captures.values(), ...parameters],
      results.map((tensor, i) => ({ name: given.unique(names[i] || 'result'), tensor })),
    );
  }

  private capture(tensor: AnyTensor): BodyInput {
    let parameter = this.captures.get(tensor);
    if (parameter === undefined) {
      const name = isInput(tensor) ? tensor.name : isVariable(tensor) ? tensor.path : 'outer';
      this.captures.set(tensor, (parameter = this.parameter(name, tensor)));
    }
    return parameter;
  }
}
