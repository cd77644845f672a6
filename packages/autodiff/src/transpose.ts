/**
 * Reverse mode as transposition: the tangent computation is linear, so running it backwards with the transposes of
 * its primitives gives the gradient (Radul et al., "You Only Linearize Once", POPL 2023).
 */
import {
  type AnyTensor,
  apply,
  atOrigin,
  derivedFrom,
  fail,
  type Graph,
  Input,
  type Node,
  type NodeSet,
  type PrimitiveName,
  reachable,
} from '@cotangent/graph';
import { add } from '@cotangent/graph/ops';
import { dependentOn, dependents } from './dependence.ts';
import { pushForwardWith } from './forward.ts';
import { transposeRules } from './rules/index.ts';
import {
  type Calculus,
  type LinearMap,
  type NodeOf,
  type Purpose,
  present,
  seedsOf,
  type Tangent,
  type TransposeRule,
} from './tangent.ts';

/** A calculus for one derivative. */
function calculusFor(purpose: Purpose): Calculus {
  const found = new Map<Graph, Map<string, object>>();
  const calculus: Calculus = {
    ...purpose,
    pushForward: (outputs, seeds) => pushForwardWith(calculus, outputs, seeds),
    linearMap: (outputs, wrt) => linearMapWith(calculus, outputs, wrt),
    pullBack,
    once: <T extends object>(body: Graph, key: string, find: () => T): T => {
      const ofBody = found.get(body) ?? new Map<string, object>();
      found.set(body, ofBody);
      const known = ofBody.get(key) ?? find();
      ofBody.set(key, known);
      // A key says what is found under it.
      return known as T;
    },
  };
  return calculus;
}

/** A way of taking derivatives, of which each is found by a calculus of its own. */
const modeOf = (purpose: Purpose): Pick<Calculus, 'pushForward' | 'linearMap'> => ({
  pushForward: (outputs, seeds) => calculusFor(purpose).pushForward(outputs, seeds),
  linearMap: (outputs, wrt) => calculusFor(purpose).linearMap(outputs, wrt),
});
/** Forward mode: loops keep nothing of their steps. */
export const forwardMode = modeOf({ together: true, transposed: false });
/** Forward mode in two halves: values once, tangents as often as wanted. */
export const linearMode = modeOf({ together: false, transposed: false });
/** Reverse mode. */
export const reverseMode = modeOf({ together: false, transposed: true });

/** The derivative of `outputs` with respect to `wrt` at the values that flow there. */
function linearMapWith(
  { pushForward }: Calculus,
  outputs: readonly AnyTensor[],
  wrt: readonly AnyTensor[],
): LinearMap {
  const placeholders = wrt.map(({ shape, dtype }, i) => new Input(`tangent${i}`, shape, dtype));
  const results = pushForward(outputs, seedsOf(wrt, placeholders));
  const nodes = dependents(reachable(present(results), placeholders[0]?.node.id), placeholders);
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
  const linear = dependentOn(nodes, placeholders);
  const calculus = calculusFor({ together: false, transposed: true });
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const outgoing = node.outputs.map((output) => sums.get(output));
    if (outgoing.every((cotangent) => cotangent === undefined)) continue;
    for (const output of node.outputs) sums.delete(output);
    const isLinear = (operand: number): boolean => linear.has(node.inputs[operand]!.node);
    derivedFrom(node.origin, 'gradient of', () => {
      const incoming = ruleOf(node)(outgoing, node as NodeOf<PrimitiveName>, isLinear, calculus);
      node.inputs.forEach((input, operand) => {
        if (isLinear(operand)) accumulate(input, incoming[operand]);
      });
    });
  }
  const pulled = placeholders.map((placeholder) => sums.get(placeholder));
  checkLinear(linear, placeholders, pulled);
  return pulled;
}

/** Cotangents that still depend on a tangent come from a rule that is not linear: a product of two tangents, a question about one. */
function checkLinear(linear: NodeSet, placeholders: readonly AnyTensor[], pulled: readonly Tangent[]): void {
  const first = placeholders[0]?.node.id;
  if (first === undefined) return;
  const guilty = reachable(present(pulled), first).find((node) => linear.has(node));
  if (guilty === undefined) return;
  throw atOrigin(guilty.origin, () =>
    fail(
      'NOT_DIFFERENTIABLE',
      `a derivative rule is not linear in what it is given: it multiplies two tangents, or asks about one, as in where(dy.greater(0), …); reverse mode needs a linear rule`,
    ),
  );
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
