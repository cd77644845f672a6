/**
 * Batching: the nodes that depend on an example, built again for all examples at once. Everything else stays as it is, and
 * is computed once.
 */
import {
  type AnyTensor,
  apply1,
  applySame,
  atOrigin,
  BodyInput,
  bodyInputs,
  type Dim,
  firstOf,
  type Graph,
  isPartial,
  type Node,
  NodeSet,
  type PrimitiveName,
  reachable,
} from '@cotangent/graph';
import { batchRules } from './rules/index.ts';
import { type BatchedBody, type Batching, type BatchRule, mapped, shared, type Value } from './value.ts';

/**
 * What tensors become when some of the tensors that they depend on become one for each example.
 *
 * @param results   tensors that depend on `examples`
 * @param examples  tensors, with the values for all examples [size, ...shape] that take their place
 * @param size      the number of examples
 * @returns a tensor for each result, with the axis of the examples in front; repeated if it does not depend on them
 */
export function batchOver(
  results: readonly AnyTensor[],
  examples: ReadonlyMap<AnyTensor, AnyTensor>,
  size: Dim,
): AnyTensor[] {
  const first = firstOf(examples.keys());
  const given = new Map([...examples].map(([tensor, all]) => [tensor, mapped(all)] as const));
  const walk = new Walk(size, undefined);
  return walk.over(reachable(results, first), given, results).map(walk.spread);
}

class Walk implements Batching {
  readonly size: Dim;
  readonly active: AnyTensor | undefined;
  /** Nodes that depend on an example: those at hand, and of the walks around this one. */
  private readonly dependent = new NodeSet();
  /** Bodies that are batched already, by what differs in them: loops ask again until their carries have settled. */
  private readonly known: Map<Graph, Map<string, BatchedBody>>;

  constructor(
    size: Dim,
    active: AnyTensor | undefined,
    known: Map<Graph, Map<string, BatchedBody>> = new Map(),
  ) {
    this.size = size;
    this.active = active;
    this.known = known;
  }

  /** Builds nodes again, in order. */
  over(nodes: readonly Node[], given: ReadonlyMap<AnyTensor, Value>, results: readonly AnyTensor[]): Value[] {
    const values = new Map(given);
    const becomes = (tensor: AnyTensor): Value => values.get(tensor) ?? shared(tensor);
    for (const [tensor, value] of given) if (value.mapped) this.dependent.add(tensor.node);
    for (const node of nodes) {
      if (node.outputs.some((output) => given.has(output))) continue;
      const operands = node.inputs.map(becomes);
      const touched = operands.some((value) => value.mapped) || this.mayFail(node);
      if (touched) this.dependent.add(node);
      if (!touched && operands.every(({ tensor }, i) => tensor === node.inputs[i])) continue;
      // A node with operands is an application of a primitive.
      const made = atOrigin(node.origin, () =>
        touched
          ? ruleOf(node)(operands, node as Node<PrimitiveName>, this)
          : applySame(
              node as Node<PrimitiveName>,
              operands.map(({ tensor }) => tensor),
            ).map(shared),
      );
      node.outputs.forEach((output, i) => values.set(output, made[i]!));
    }
    return results.map(becomes);
  }

  // Passed to rules as functions, so they keep their walk.
  readonly spread = (value: Value): AnyTensor => {
    if (value.mapped) return value.tensor;
    const { tensor } = value;
    const shape = [this.size, ...tensor.shape];
    return apply1('broadcastInDim', [tensor], { shape, axes: tensor.shape.map((_, axis) => axis + 1) });
  };

  dependsOnExample(tensor: AnyTensor): boolean {
    const nodes = reachable([tensor]);
    return nodes.some((node) => this.dependent.has(node));
  }

  body(body: Graph, mask: readonly boolean[], of: string): BatchedBody {
    const forms = this.known.get(body) ?? new Map<string, BatchedBody>();
    this.known.set(body, forms);
    const form = `${mask.map(Number).join('')} ${this.active !== undefined}`;
    const batched = forms.get(form) ?? this.batched(body, mask, of);
    forms.set(form, batched);
    return batched;
  }

  private batched(body: Graph, mask: readonly boolean[], of: string): BatchedBody {
    const inputs = body.inputs.map((input, i) =>
      mask[i] ? new BodyInput(input.name, [this.size, ...input.shape], input.dtype, of) : input,
    );
    const [active] =
      this.active === undefined
        ? []
        : bodyInputs(of, [{ name: 'active', dtype: 'bool', shape: [this.size] }], inputs);
    const given = new Map<AnyTensor, Value>(
      body.inputs.map((input, i) => [input, { tensor: inputs[i]!, mapped: mask[i]! }]),
    );
    const results = this.inside(active).over(
      body.nodes,
      given,
      body.outputs.map(({ tensor }) => tensor),
    );
    return { inputs, active, results };
  }

  inline(body: Graph, operands: readonly Value[], active: AnyTensor | undefined): readonly Value[] {
    const given = new Map<AnyTensor, Value>(body.inputs.map((input, i) => [input, operands[i]!]));
    return this.inside(active).over(
      body.nodes,
      given,
      body.outputs.map(({ tensor }) => tensor),
    );
  }

  /** Whether a node that is the same for all examples could fail, or never end, for those that are not at work. */
  private mayFail(node: Node): boolean {
    return this.active !== undefined && isPartial(node);
  }

  private inside(active: AnyTensor | undefined): Walk {
    return new Walk(this.size, active, this.known);
  }
}

/** The rule of a primitive known only at run time; it is applied to nodes of that primitive alone. */
const ruleOf = ({ op }: Node): BatchRule<PrimitiveName> =>
  batchRules[op as PrimitiveName] as unknown as BatchRule<PrimitiveName>;
