/** Derivatives by decree: the rule that a value carries is the derivative. */
import {
  type AnyTensor,
  apply,
  CotangentError,
  fail,
  type Graph,
  Input,
  inline,
  type NamesOf,
  reachable,
} from '@cotangent/graph';
import { dependents } from '../dependence.ts';
import {
  type Calculus,
  instantiate,
  type JvpTable,
  seedsOf,
  type Tangent,
  type TransposeTable,
} from '../tangent.ts';

interface Rule {
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
  readonly params: { readonly values: number; readonly primals: number };
}

/**
 * Operands of a value with a rule: what it is derived by, and what else the rule takes. A rule that takes the value itself
 * means the value with the rule, so that a further derivative is by the rule as well.
 */
function partsOf({ inputs, outputs, params: { values, primals } }: Rule) {
  const wrt = inputs.slice(values, values + primals);
  const passing = inputs.slice(0, values);
  const withRule = (operand: AnyTensor): AnyTensor =>
    wrt.includes(operand) ? operand : (outputs[passing.indexOf(operand)] ?? operand);
  return { wrt, rest: inputs.slice(values + primals).map(withRule) };
}

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
    const { body } = node.params;
    return calculus.transposed
      ? apply('customLinear', [...rest, ...given], { consts: rest.length, body })
      : forwards(body, rest, given, calculus);
  },
  // Only where a linear map is itself differentiated: then it has to be known forwards.
  customLinear: (tangents, node, calculus) => {
    const { consts, body } = node.params;
    const known = forwards(body, node.inputs.slice(0, consts), node.inputs.slice(consts), calculus);
    return calculus.pushForward(known, seedsOf(node.inputs, tangents));
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

/** A linear map forwards: the transpose of its transpose, which is the body on some constants. */
function forwards(
  body: Graph,
  consts: readonly AnyTensor[],
  tangents: readonly AnyTensor[],
  { pullBack }: Calculus,
): AnyTensor[] {
  const taken = body.inputs.slice(consts.length);
  const placeholders = taken.map(({ shape, dtype }, i) => new Input(`cotangent${i}`, shape, dtype));
  const results = inline(body, [...consts, ...placeholders]);
  const nodes = dependents(reachable(results, placeholders[0]?.node.id), placeholders);
  try {
    const found = pullBack({ placeholders, results, nodes }, tangents);
    return found.map((tangent, i) => instantiate(tangent, taken[i]!));
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'NOT_DIFFERENTIABLE')
      throw fail(
        'NOT_DIFFERENTIABLE',
        `forward mode takes the rule of customVjp the other way round, and this one is not linear in the cotangent: use reverse mode, or customJvp`,
      );
    throw error;
  }
}
