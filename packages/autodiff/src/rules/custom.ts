/** Derivatives by decree: the rule that a value carries is the derivative. */
import {
  type AnyTensor,
  apply,
  fail,
  Input,
  inline,
  type NamesOf,
  NodeSet,
  reachable,
} from '@cotangent/graph';
import {
  type Calculus,
  instantiate,
  type JvpTable,
  type NodeOf,
  type Tangent,
  type TransposeTable,
} from '../tangent.ts';

interface Rule {
  readonly inputs: readonly AnyTensor[];
  readonly params: { readonly values: number; readonly primals: number };
}

/** Operands of a value with a rule: what passes, what it is derived by, what else the rule takes. */
const partsOf = ({ inputs, params: { values, primals } }: Rule) => ({
  wrt: inputs.slice(values, values + primals),
  rest: inputs.slice(values + primals),
});

/** Tangents of what the value is derived by, or undefined if none is there. */
function tangentsOfPrimals(tangents: readonly Tangent[], node: Rule): AnyTensor[] | undefined {
  const { values, primals } = node.params;
  const given = tangents.slice(values, values + primals);
  if (given.every((tangent) => tangent === undefined)) return undefined;
  return partsOf(node).wrt.map((primal, i) => instantiate(given[i], primal));
}

export const customJvp: JvpTable<NamesOf<'custom'>> = {
  customJvp: (tangents, node) => {
    const given = tangentsOfPrimals(tangents, node);
    if (given === undefined) return node.outputs.map(() => undefined);
    return inline(node.params.body, [...partsOf(node).rest, ...given]);
  },
  customVjp: (tangents, node, calculus) => {
    const given = tangentsOfPrimals(tangents, node);
    if (given === undefined) return node.outputs.map(() => undefined);
    const { rest } = partsOf(node);
    const linear = apply('customLinear', [...rest, ...given], {
      consts: rest.length,
      body: node.params.body,
    });
    return calculus.together ? forwards(linear[0]!.node as never, calculus) : linear;
  },
  // Only where a linear map is itself differentiated: then it has to be known forwards.
  customLinear: (tangents, node, calculus) => {
    const seeds = new Map(node.inputs.map((input, i) => [input, tangents[i]]));
    return calculus.pushForward(forwards(node, calculus), seeds);
  },
};

export const customTranspose = {
  customLinear: (cotangents, node) => {
    const { consts, body } = node.params;
    const given = node.outputs.map((output, i) => instantiate(cotangents[i], output));
    const back = inline(body, [...node.inputs.slice(0, consts), ...given]);
    return [...node.inputs.slice(0, consts).map(() => undefined), ...back];
  },
} satisfies TransposeTable<NamesOf<'custom'>>;

/** The linear map forwards: the transpose of its transpose. */
export function forwards(node: NodeOf<'customLinear'>, calculus: Calculus): AnyTensor[] {
  const { consts, body } = node.params;
  const cotangents = node.outputs.map(
    ({ shape, dtype }, i) => new Input(`cotangent${i}`, shape, dtype) as AnyTensor,
  );
  const results = inline(body, [...node.inputs.slice(0, consts), ...cotangents]);
  const dependent = new NodeSet();
  for (const { node: leaf } of cotangents) dependent.add(leaf);
  const first = Math.min(...cotangents.map((leaf) => leaf.node.id));
  const nodes = reachable(results, first).filter((one) => {
    if (one.inputs.some((input) => dependent.has(input.node))) dependent.add(one);
    return dependent.has(one) && one.inputs.length > 0;
  });
  try {
    const map = { placeholders: cotangents, results, nodes };
    const found = calculus.pullBack(map, node.inputs.slice(consts));
    return found.map((tangent, i) => instantiate(tangent, node.outputs[i]!));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_DIFFERENTIABLE')
      throw fail(
        'NOT_DIFFERENTIABLE',
        `forward mode takes the rule of customVjp the other way round, and this one is not linear in the cotangent: use reverse mode, or customJvp`,
      );
    throw error;
  }
}
