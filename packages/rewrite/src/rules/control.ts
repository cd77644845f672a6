/** Laws of loops and branches. */
import {
  type AnyTensor,
  inline,
  isNodeOf,
  joinParts,
  loopParts,
  type Node,
  type PrimitiveName,
} from '@cotangent/graph';
import { expandDims, index, splat } from '@cotangent/graph/ops';
import { hoist, settleCarries, settleOperands } from '../control/motion.ts';
import { prune } from '../control/prune.ts';
import { type View, viewOf } from '../control/view.ts';
import { type Rule, splatValue, type Uses } from './rule.ts';

export const controlRules: readonly Rule[] = [
  {
    name: 'cond on a constant is the branch',
    on: ['cond'],
    apply: (node, [predicate, ...operands]) => {
      const chosen = splatValue(predicate!);
      if (chosen === undefined || !isNodeOf(node, 'cond')) return undefined;
      return inline(chosen === 0 ? node.params.onFalse : node.params.onTrue, operands);
    },
  },
  {
    name: 'a loop of no step gives its first carries, a loop of one step is its body',
    on: ['scan'],
    apply: (node, operands) => {
      if (!isNodeOf(node, 'scan')) return undefined;
      const { carries, length, body } = node.params;
      const parts = loopParts(operands, node.params);
      if (length === 0)
        return [
          ...parts.carries,
          ...node.outputs.slice(carries).map(({ shape, dtype }) => splat(0, shape, dtype)),
        ];
      if (length !== 1) return undefined;
      const xs = parts.xs.map((x) => index(x, 0, 0));
      const results = inline(body, joinParts({ ...parts, xs }));
      return results.map((result, i) => (i < carries ? result : expandDims(result, 0)));
    },
  },
  {
    name: 'results, carries and operands that nobody needs go; what does not change from step to step is computed once',
    on: ['call', 'cond', 'while', 'scan'],
    apply: improved,
  },
];

/** Each improvement may open the way for another. */
const mostImprovements = 16;

function improved(
  node: Node<PrimitiveName>,
  operands: readonly AnyTensor[],
  { isUsed }: Uses,
): readonly AnyTensor[] | undefined {
  const start = viewOf(node, operands);
  if (start === undefined) return undefined;
  let view: View = start;
  /** Results of the view that something in the graph uses. */
  const wanted = (): ReadonlySet<number> =>
    new Set(
      view.outcomes.flatMap((outcome, i) =>
        'result' in outcome && isUsed(node.outputs[i]!) ? [outcome.result] : [],
      ),
    );
  for (let round = 0; round < mostImprovements; round++) {
    const next = settleOperands(view) ?? settleCarries(view) ?? prune(view, wanted()) ?? hoist(view);
    if (next === undefined) break;
    view = next;
  }
  if (view === start) return undefined;
  // A node whose results are all known need not be there at all.
  const isNeeded = view.outcomes.some((outcome) => 'result' in outcome);
  const results = isNeeded ? view.build(view) : [];
  return view.outcomes.map((outcome, i) =>
    'result' in outcome ? results[outcome.result]! : 'tensor' in outcome ? outcome.tensor : node.outputs[i]!,
  );
}
