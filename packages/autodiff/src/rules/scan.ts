/** Derivatives of scan: side by side with the values, apart from them, and backwards. */
import {
  type AnyTensor,
  apply,
  isBarrier,
  isPartial,
  joinParts,
  type LoopParts,
  loopParts,
  reachable,
  rebuildOn,
} from '@cotangent/graph';
import { add } from '@cotangent/graph/ops';
import { dependentOn } from '../dependence.ts';
import {
  type Calculus,
  instantiate,
  isThere,
  type NodeOf,
  present,
  type Tangent,
  type TransposeRule,
  zerosLike,
} from '../tangent.ts';
import {
  bodyOf,
  type LinearPart,
  linearPart,
  marked,
  namedInputs,
  outputsOf,
  placed,
  placesOf,
  renamed,
  spread,
  tangentBody,
  transposed,
} from './bodies.ts';

/**
 * Which operands have tangents: a carry has one if its first value has, or if a step gives it one. Found as a fixed
 * point: the derivative of the body for more and more carries.
 */
function settled<D extends { readonly tangents: readonly Tangent[] }>(
  node: NodeOf<'scan'>,
  tangents: readonly Tangent[],
  derive: (mask: readonly boolean[]) => D,
): { readonly mask: LoopParts<boolean>; readonly derived: D } {
  const mask = loopParts(tangents.map(isThere), node.params);
  for (;;) {
    const derived = derive(joinParts(mask));
    const grown = mask.carries.map((one, i) => one || isThere(derived.tangents[i]));
    if (grown.every((one, i) => one === mask.carries[i])) return { mask, derived };
    for (const [i, one] of grown.entries()) mask.carries[i] = one;
  }
}

/** Tangents of carries after a step, for those that have one, and of ys. */
function stepTangents(
  node: NodeOf<'scan'>,
  mask: LoopParts<boolean>,
  tangents: readonly Tangent[],
): AnyTensor[] {
  const { carries, body } = node.params;
  return [
    ...mask.carries.flatMap((one, i) => (one ? [instantiate(tangents[i], body.outputs[i]!.tensor)] : [])),
    ...present(tangents.slice(carries)),
  ];
}

/** Tangents of the results of a scan from results of its derivative: carries with tangents, then ys. */
function resultTangents(
  node: NodeOf<'scan'>,
  mask: LoopParts<boolean>,
  tangents: readonly Tangent[],
  results: readonly AnyTensor[],
): Tangent[] {
  const alive = [...mask.carries, ...tangents.slice(node.params.carries).map(isThere)];
  return spread(alive, results);
}

/** Tangents of the operands that have one, zeros where a carry gets its tangent only later. */
const operandTangents = (
  node: NodeOf<'scan'>,
  mask: LoopParts<boolean>,
  tangents: readonly Tangent[],
): LoopParts<AnyTensor> => {
  const inputs = loopParts(node.inputs, node.params);
  const given = loopParts(tangents, node.params);
  const of = (part: keyof LoopParts<unknown>): AnyTensor[] =>
    inputs[part].flatMap((input, i) => (mask[part][i] ? [instantiate(given[part][i], input)] : []));
  return { consts: of('consts'), carries: of('carries'), xs: of('xs') };
};

/** A list of the marked operands, in three parts. */
function markedParts<T>(list: readonly T[], mask: LoopParts<boolean>): LoopParts<T> {
  const count = (part: readonly boolean[]): number => part.filter(Boolean).length;
  return loopParts(list, { consts: count(mask.consts), carries: count(mask.carries) });
}

/** Forward mode: one loop over values and tangents, which keeps nothing of its steps. */
export function scanTogether(
  tangents: readonly Tangent[],
  node: NodeOf<'scan'>,
  calculus: Calculus,
): Tangent[] {
  const { length, reverse, body } = node.params;
  const { mask, derived } = settled(node, tangents, (marks) => tangentBody('scan', body, marks, calculus));
  const inputs = loopParts(body.inputs, node.params);
  const dots = markedParts(derived.dots, mask);
  const operands = loopParts(node.inputs, node.params);
  const given = operandTangents(node, mask, tangents);
  const values = outputsOf(body).slice(0, node.params.carries);
  const outputs = apply(
    'scan',
    [...operands.consts, ...given.consts, ...operands.carries, ...given.carries, ...operands.xs, ...given.xs],
    {
      consts: operands.consts.length + given.consts.length,
      carries: operands.carries.length + given.carries.length,
      length,
      reverse,
      body: bodyOf(
        [...inputs.consts, ...dots.consts, ...inputs.carries, ...dots.carries, ...inputs.xs, ...dots.xs],
        [...values, ...stepTangents(node, mask, derived.tangents)],
      ),
    },
  );
  return resultTangents(node, mask, derived.tangents, outputs.slice(operands.carries.length));
}

/** Reverse mode, first half: the loop of values stacks its residuals, the loop of tangents runs over them. */
export function scanApart(tangents: readonly Tangent[], node: NodeOf<'scan'>, calculus: Calculus): Tangent[] {
  const { length, reverse, body } = node.params;
  const { mask, derived } = settled(node, tangents, (marks) => linearPart('scan', body, marks, calculus));
  const values = residualValues(node, derived);
  const fixed = values.map(({ stacked }) => !stacked);
  const kept = (stacked: boolean) => derived.kept.filter((_, i) => values[i]!.stacked === stacked);
  const dots = markedParts(derived.dots, mask);
  const given = operandTangents(node, mask, tangents);
  const tensors = values.map(({ tensor }) => tensor);
  const outputs = apply(
    'scan',
    [
      ...marked(tensors, fixed),
      ...given.consts,
      ...given.carries,
      ...tensors.filter((_, i) => !fixed[i]),
      ...given.xs,
    ],
    {
      consts: fixed.filter(Boolean).length + given.consts.length,
      carries: given.carries.length,
      length,
      reverse,
      body: bodyOf(
        [...kept(false), ...dots.consts, ...dots.carries, ...kept(true), ...dots.xs],
        stepTangents(node, mask, derived.tangents),
      ),
    },
  );
  return resultTangents(node, mask, derived.tangents, outputs);
}

/** Values of residuals outside of the loop: what does not change from step to step, or one entry for each step. */
function residualValues(
  node: NodeOf<'scan'>,
  { residuals }: LinearPart,
): readonly { readonly tensor: AnyTensor; readonly stacked: boolean }[] {
  const { body, carries, length } = node.params;
  const inputs = loopParts(body.inputs, node.params);
  const operands = loopParts(node.inputs, node.params);
  // The derivative has added nodes to those of the body.
  const nodes = reachable(residuals);
  const steps = typeof length === 'number' && length > 0;
  // What reports or fails does so where it is written, as often as a step comes to it.
  const bound = nodes.filter((one) => isBarrier(one) || (!steps && isPartial(one)));
  const varying = dependentOn(nodes, [
    ...inputs.carries,
    ...inputs.xs,
    ...bound.flatMap(({ outputs }) => outputs),
  ]);
  const invariant = rebuildOn(
    nodes.filter((one) => !varying.has(one)),
    new Map<AnyTensor, AnyTensor>(inputs.consts.map((input, i) => [input, operands.consts[i]!])),
  );
  const outputs = outputsOf(body);
  const [slices, stacks] = [placesOf(inputs.xs), placesOf(outputs, carries)];
  const known = (residual: AnyTensor): boolean =>
    !varying.has(residual.node) || slices.has(residual) || stacks.has(residual);
  const extra = residuals.filter((residual) => !known(residual));
  const all = [...outputs, ...extra];
  const again = extra.length === 0 ? node.outputs : applyWith(node, all);
  const results = placesOf(all, carries);
  return residuals.map((residual) => {
    if (!varying.has(residual.node)) return { tensor: invariant(residual), stacked: false };
    const x = slices.get(residual);
    return { tensor: x === undefined ? again[results.get(residual)!]! : operands.xs[x]!, stacked: true };
  });
}

/** The same loop, whose body gives more. */
const applyWith = (node: NodeOf<'scan'>, results: readonly AnyTensor[]): readonly AnyTensor[] =>
  apply('scan', node.inputs, { ...node.params, body: bodyOf(node.params.body.inputs, results) });

/**
 * Reverse mode, second half: the transpose of a loop of tangents runs from the other end. Cotangents of carries are
 * carried back, cotangents of constants add up in carries of their own, cotangents of slices are stacked.
 */
export const scanTranspose: TransposeRule<'scan'> = (cotangents, node, isLinear, calculus) => {
  const { length, reverse, body, carries } = node.params;
  // All carries of a loop of tangents are tangents, also those that start at zero.
  const linear = loopParts(
    node.inputs.map((_, i) => isLinear(i)),
    node.params,
  );
  linear.carries.fill(true);
  const not = (mask: readonly boolean[]): boolean[] => mask.map((one) => !one);
  const inputs = loopParts(body.inputs, node.params);
  const operands = loopParts(node.inputs, node.params);
  const values = {
    consts: marked(inputs.consts, not(linear.consts)),
    xs: marked(inputs.xs, not(linear.xs)),
  };
  const stacksGiven = cotangents.slice(carries);
  const own = [...values.consts, ...values.xs];
  const back = renamed('scan', 'ct', namedInputs(inputs.carries), own);
  const fromStacks = renamed(
    'scan',
    'ct',
    body.outputs.slice(carries).filter((_, i) => isThere(stacksGiven[i])),
    [...own, ...back],
  );
  const given: Tangent[] = [...back, ...placed(stacksGiven, fromStacks)];
  const incoming = transposed(body, joinParts(linear), given, calculus);
  const arrived = markedParts(incoming, linear);
  const sums = renamed(
    'scan',
    'sum',
    namedInputs(marked(inputs.consts, linear.consts)).filter((_, i) => isThere(arrived.consts[i])),
    [...own, ...back, ...fromStacks],
  );
  const constCotangents = present(arrived.consts);
  const outputs = apply(
    'scan',
    [
      ...marked(operands.consts, not(linear.consts)),
      ...sums.map(zerosLike),
      ...operands.carries.map((carry, i) => instantiate(cotangents[i], carry)),
      ...marked(operands.xs, not(linear.xs)),
      ...present(stacksGiven),
    ],
    {
      consts: values.consts.length,
      carries: sums.length + carries,
      length,
      reverse: !reverse,
      body: bodyOf(
        [...values.consts, ...sums, ...back, ...values.xs, ...fromStacks],
        [
          ...sums.map((sum, i) => add(sum, constCotangents[i]!)),
          ...inputs.carries.map((carry, i) => instantiate(arrived.carries[i], carry)),
          ...present(arrived.xs),
        ],
      ),
    },
  );
  const behind = sums.length + carries;
  return [
    ...spread(linear.consts, placed(arrived.consts, outputs.slice(0, sums.length))),
    ...outputs.slice(sums.length, behind),
    ...spread(linear.xs, placed(arrived.xs, outputs.slice(behind))),
  ];
};
