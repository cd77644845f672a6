/**
 * Reverse mode as transposition: the tangent computation is linear, so running it backwards with the transposes of
 * its primitives gives the gradient (Radul et al., "You Only Linearize Once", POPL 2023).
 */
import {
  type AnyTensor,
  apply,
  derivedFrom,
  fail,
  Input,
  type Node,
  NodeSet,
  type PrimitiveName,
  reachable,
} from '@cotangent/graph';
import { add } from '@cotangent/graph/ops';
import { pushForwardWith } from './forward.ts';
import { transposeRules } from './rules/index.ts';
import type { Calculus, LinearMap, NodeOf, Tangent, TransposeRule } from './tangent.ts';

const apart: Calculus = {
  together: false,
  pushForward: (outputs, seeds) => pushForwardWith(apart, outputs, seeds),
  linearMap,
  pullBack,
};
const together: Calculus = {
  ...apart,
  together: true,
  pushForward: (outputs, seeds) => pushForwardWith(together, outputs, seeds),
};

/** Tangents of `outputs` in forward mode: loops run value and tangent side by side, and keep nothing of their steps. */
export const { pushForward } = together;

/** The derivative of `outputs` with respect to `wrt` at the values that flow there. */
export function linearMap(outputs: readonly AnyTensor[], wrt: readonly AnyTensor[]): LinearMap {
  const placeholders = wrt.map(({ shape, dtype }, i) => new Input(`tangent${i}`, shape, dtype));
  const results = apart.pushForward(outputs, new Map(wrt.map((tensor, i) => [tensor, placeholders[i]])));
  const first = placeholders[0]?.node.id ?? 0;
  const dependent = new NodeSet();
  for (const { node } of placeholders) dependent.add(node);
  const nodes = reachable(
    results.filter((result) => result !== undefined),
    first,
  ).filter((node) => {
    if (node.inputs.some((input) => dependent.has(input.node))) dependent.add(node);
    return dependent.has(node) && node.inputs.length > 0;
  });
  return { placeholders, results, nodes };
}

/** Cotangents of the placeholders from cotangents of the results. */
export function pullBack(
  { placeholders, results, nodes }: LinearMap,
  cotangents: readonly Tangent[],
): Tangent[] {
  const sums = new Map<AnyTensor, AnyTensor>();
  const accumulate = (tensor: AnyTensor, cotangent: Tangent): void => {
    if (cotangent === undefined) return;
    const sum = sums.get(tensor);
    sums.set(tensor, sum === undefined ? cotangent : add(sum, cotangent));
  };
  results.forEach((result, i) => {
    if (result !== undefined) accumulate(result, cotangents[i]);
  });
  const linear = new NodeSet();
  for (const node of nodes) linear.add(node);
  for (const { node } of placeholders) linear.add(node);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const outgoing = node.outputs.map((output) => sums.get(output));
    if (outgoing.every((cotangent) => cotangent === undefined)) continue;
    for (const output of node.outputs) sums.delete(output);
    const isLinear = (operand: number): boolean => linear.has(node.inputs[operand]!.node);
    derivedFrom(node.origin, 'gradient of', () => {
      const incoming = ruleOf(node)(outgoing, node as NodeOf<PrimitiveName>, isLinear, apart);
      node.inputs.forEach((input, operand) => {
        if (isLinear(operand)) accumulate(input, incoming[operand]);
      });
    });
  }
  return placeholders.map((placeholder) => sums.get(placeholder));
}

/** Runs a linear map again on given tangents, sharing its residuals. */
export function applyLinear(
  { placeholders, results, nodes }: LinearMap,
  tangents: readonly AnyTensor[],
): Tangent[] {
  const values = new Map<AnyTensor, AnyTensor>(
    placeholders.map((placeholder, i) => [placeholder, tangents[i]!]),
  );
  for (const node of nodes) {
    const operands = node.inputs.map((input) => values.get(input) ?? input);
    const outputs = derivedFrom(node.origin, node.origin?.role ?? 'derivative of', () =>
      apply(node.op as PrimitiveName, operands, node.params as never),
    );
    node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
  }
  return results.map((result) => result && (values.get(result) ?? result));
}

function ruleOf(node: Node): TransposeRule<PrimitiveName> {
  const rule = (transposeRules as Partial<Record<string, unknown>>)[node.op];
  if (rule === undefined)
    throw fail(
      'NOT_DIFFERENTIABLE',
      `'${node.op}' is not linear and has no transpose: a derivative rule applied it to a tangent`,
    );
  // The table holds the rule under the name of this node's primitive.
  return rule as TransposeRule<PrimitiveName>;
}
