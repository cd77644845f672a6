/**
 * Loops, branches and calls seen alike: operands that every step sees, carries, slices; bodies that take them in this
 * order; results of which the first belong to carries and the rest are free. Improvements work on this view.
 */
import {
  type AnyTensor,
  apply,
  assembleBody,
  type Graph,
  type Input,
  isNodeOf,
  loopParts,
  type Node,
  type PrimitiveName,
  rebuildOn,
} from '@cotangent/graph';

/** What becomes of a result of the node: a result of the improved one, or a tensor that is known. */
export type Outcome =
  | { readonly result: number }
  | { readonly tensor: AnyTensor }
  | { readonly unused: true };

export interface View {
  /** Operands that the bodies do not take. */
  readonly lead: readonly AnyTensor[];
  readonly consts: readonly AnyTensor[];
  readonly carries: readonly AnyTensor[];
  readonly xs: readonly AnyTensor[];
  /** Bodies whose results are those of the node. */
  readonly bodies: readonly Graph[];
  /** The condition of a loop, which gives no result of the node. */
  readonly conditions: readonly Graph[];
  /** How often a body runs: once if its turn comes, or once for every step, of which there is one for sure or not. */
  readonly runs: 'once' | 'any number of times' | 'at least once';
  readonly outcomes: readonly Outcome[];
  /** The node again. */
  readonly build: (view: View) => readonly AnyTensor[];
}

/** The view of a node on its operands, if it is one of control flow. */
export function viewOf(node: Node<PrimitiveName>, operands: readonly AnyTensor[]): View | undefined {
  const outcomes = node.outputs.map((_, result) => ({ result }));
  const base = { lead: [], carries: [], xs: [], conditions: [], runs: 'once' as const, outcomes };
  if (isNodeOf(node, 'call')) {
    const { remat, body } = node.params;
    return {
      ...base,
      consts: operands,
      bodies: [body],
      build: ({ consts, bodies }) => apply('call', consts, { remat, body: bodies[0]! }),
    };
  }
  if (isNodeOf(node, 'cond')) {
    const { onTrue, onFalse } = node.params;
    return {
      ...base,
      lead: operands.slice(0, 1),
      consts: operands.slice(1),
      bodies: [onTrue, onFalse],
      build: ({ lead, consts, bodies }) =>
        apply('cond', [...lead, ...consts], { onTrue: bodies[0]!, onFalse: bodies[1]! }),
    };
  }
  if (isNodeOf(node, 'while')) {
    const { maxSteps, condition, body } = node.params;
    return {
      ...base,
      ...loopParts(operands, { consts: node.params.consts }),
      runs: 'any number of times',
      bodies: [body],
      conditions: [condition],
      build: ({ consts, carries, bodies, conditions }) =>
        apply('while', [...consts, ...carries], {
          consts: consts.length,
          maxSteps,
          condition: conditions[0]!,
          body: bodies[0]!,
        }),
    };
  }
  if (isNodeOf(node, 'scan')) {
    const { length, reverse, body } = node.params;
    return {
      ...base,
      ...loopParts(operands, node.params),
      runs: typeof length === 'number' && length > 0 ? 'at least once' : 'any number of times',
      bodies: [body],
      build: ({ consts, carries, xs, bodies }) =>
        apply('scan', [...consts, ...carries, ...xs], {
          consts: consts.length,
          carries: carries.length,
          length,
          reverse,
          body: bodies[0]!,
        }),
    };
  }
  return undefined;
}

/** A body whose nodes see other tensors in place of some inputs, with chosen inputs and results. */
export function rebodied(
  body: Graph,
  inputs: readonly Input[],
  keep: (output: number) => boolean,
  replaced: ReadonlyMap<AnyTensor, AnyTensor> = new Map(),
): Graph {
  const now = rebuildOn(body.nodes, replaced);
  return assembleBody(
    inputs,
    body.outputs.filter((_, i) => keep(i)).map(({ name, tensor }) => ({ name, tensor: now(tensor) })),
  );
}

/** All bodies of a view changed alike. */
export const changeBodies = (
  { bodies, conditions }: View,
  change: (body: Graph, isCondition: boolean) => Graph,
): Pick<View, 'bodies' | 'conditions'> => ({
  bodies: bodies.map((body) => change(body, false)),
  conditions: conditions.map((body) => change(body, true)),
});

/** The outcomes after results have gone: `place` says where a result of before is now. */
export const moved = (outcomes: readonly Outcome[], place: (result: number) => Outcome): readonly Outcome[] =>
  outcomes.map((outcome) => ('result' in outcome ? place(outcome.result) : outcome));
