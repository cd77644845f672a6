/** Named dimensions become sizes: the same program for one set of sizes. */
import {
  applyForUser,
  type Bindings,
  definitionOf,
  type Graph,
  inputAs,
  type Node,
  namesIn,
  type PrimitiveName,
  type Shape,
  substituteDim,
  transform,
  variableAs,
} from '@cotangent/graph';

/**
 * Puts sizes in for names, everywhere: leaves, parameters, types. Constraints that could not be decided on names are
 * checked now.
 *
 * @throws SHAPE_MISMATCH and the like, if the sizes do not fit together
 */
export function specialize(graph: Graph, bindings: Bindings): Graph {
  const sized = (shape: Shape): Shape => shape.map((dim) => substituteDim(dim, bindings));
  return transform(graph, {
    input: (leaf) => (isFixed(leaf.shape) ? leaf : inputAs(leaf, sized(leaf.shape), leaf.dtype)),
    variable: (leaf) => (isFixed(leaf.shape) ? leaf : variableAs(leaf, sized(leaf.shape), leaf.dtype)),
    node: (node, operands) => {
      const params = withBindings(node, bindings);
      if (params === node.params && operands.every((operand, i) => operand === node.inputs[i]))
        return undefined;
      // Sizes are what a call hands in: what they do not allow is said in the words of the function that was called.
      return applyForUser(node.op, operands, params as never);
    },
  });
}

const isFixed = (shape: Shape): boolean => shape.every((dim) => typeof dim === 'number');

/** The parameters with sizes put in; the same object if it holds no names. */
function withBindings(node: Node<PrimitiveName>, bindings: Bindings): unknown {
  const kinds = definitionOf(node.op).params as Readonly<
    Record<
      string,
      { substitute(value: unknown, bindings: Bindings, ofBody: (body: Graph) => Graph): unknown }
    >
  >;
  const inside = (body: Graph): Graph => specialize(body, bindings);
  const values = node.params as Readonly<Record<string, unknown>>;
  let result: Record<string, unknown> | undefined;
  for (const name in kinds) {
    const value = values[name];
    if (typeof value === 'number' || typeof value === 'boolean') continue;
    const substituted = kinds[name]!.substitute(value, bindings, inside);
    if (substituted !== value && !sameValue(substituted, value))
      (result ??= { ...values })[name] = substituted;
  }
  return result ?? node.params;
}

/** Lists of dims and of pairs of dims, entry by entry. */
const sameValue = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) &&
  Array.isArray(b) &&
  a.length === b.length &&
  a.every((entry, i) => entry === b[i] || sameValue(entry, b[i]));

/** The names that a graph needs sizes for. */
export const dimensionNames = (graph: Graph): string[] => [
  ...new Set([...graph.inputs, ...graph.variables].flatMap(({ shape }) => shape.flatMap(namesIn))),
];
