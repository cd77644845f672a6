/** Values on the way into and out of bodies: what is known outside goes in, what does not change comes out. */
import {
  type AnyTensor,
  BodyInput,
  bodiesOf,
  bodyInputs,
  isBarrier,
  isPartial,
  isPrimitiveName,
  NodeSet,
  rebuildOn,
} from '@cotangent/graph';
import { splat } from '@cotangent/graph/ops';
import { splatValue } from '../rules/rule.ts';
import { changeBodies, moved, rebodied, type View } from './view.ts';

/** A constant that fills a shape is made again inside; an operand or slice that comes twice comes once. */
export function settleOperands(view: View): View | undefined {
  const { consts, carries, xs } = view;
  const settle = (from: number) => {
    const first = new Map<AnyTensor, number>();
    return (operand: AnyTensor, i: number): number | 'constant' => {
      if (splatValue(operand) !== undefined) return 'constant';
      const known = first.get(operand);
      if (known === undefined) first.set(operand, from + i);
      return known ?? from + i;
    };
  };
  const behind = consts.length + carries.length;
  const becomes = [
    ...consts.map(settle(0)),
    ...carries.map((_, i) => consts.length + i),
    ...xs.map(settle(behind)),
  ];
  if (becomes.every((place, i) => place === i)) return undefined;
  const stays = (i: number): boolean => becomes[i] === i;
  const operands = [...consts, ...carries, ...xs];
  return {
    ...view,
    consts: consts.filter((_, i) => stays(i)),
    xs: xs.filter((_, i) => stays(behind + i)),
    ...changeBodies(view, (body) => {
      const replaced = new Map<AnyTensor, AnyTensor>();
      becomes.forEach((place, i) => {
        const input = body.inputs[i]!;
        if (place === 'constant')
          replaced.set(input, splat(splatValue(operands[i]!)!, input.shape, input.dtype));
        else if (place !== i) replaced.set(input, body.inputs[place]!);
      });
      const inputs = body.inputs.filter((_, i) => stays(i));
      return rebodied(body, inputs, () => true, replaced);
    }),
  };
}

/** A carry that every step hands on as it is, is no carry: its last value is its first. */
export function settleCarries(view: View): View | undefined {
  const { consts, carries, bodies } = view;
  const [body] = bodies;
  // Without its carries a loop with a condition would be gone, and with it the error that it does not end.
  if (view.conditions.length > 0) return undefined;
  const fixed = carries.map((_, i) => body!.outputs[i]!.tensor === body!.inputs[consts.length + i]);
  if (!fixed.some(Boolean)) return undefined;
  const kept = carries.flatMap((_, i) => (fixed[i] ? [] : [i]));
  const settled = carries.flatMap((_, i) => (fixed[i] ? [i] : []));
  const gone = carries.length - kept.length;
  return {
    ...view,
    consts: [...consts, ...settled.map((i) => carries[i]!)],
    carries: kept.map((i) => carries[i]!),
    ...changeBodies(view, (one, isCondition) => {
      const own = one.inputs.slice(consts.length, consts.length + carries.length);
      const inputs = [
        ...one.inputs.slice(0, consts.length),
        ...settled.map((i) => own[i]!),
        ...kept.map((i) => own[i]!),
        ...one.inputs.slice(consts.length + carries.length),
      ];
      return rebodied(one, inputs, (i) => isCondition || fixed[i] !== true);
    }),
    outcomes: moved(view.outcomes, (result) => {
      if (result >= carries.length) return { result: result - gone };
      return fixed[result] ? { tensor: carries[result]! } : { result: kept.indexOf(result) };
    }),
  };
}

/** What a loop computes from constants alone is computed once, before it. */
export function hoist(view: View): View | undefined {
  const [body] = view.bodies;
  if (view.runs === 'once' || body === undefined) return undefined;
  const { consts } = view;
  const still = new NodeSet();
  for (const { node } of body.inputs.slice(0, consts.length)) still.add(node);
  const nodes = body.nodes.filter((node) => {
    if (!isPrimitiveName(node.op) || isBarrier(node) || bodiesOf(node).length > 0) return false;
    // Before a loop that takes no step nothing may fail.
    if (view.runs === 'any number of times' && isPartial(node)) return false;
    const fixed = node.inputs.every((input) => still.has(input.node));
    if (fixed) still.add(node);
    return fixed && node.inputs.length > 0;
  });
  if (nodes.length === 0) return undefined;
  const moving = new NodeSet();
  for (const node of nodes) moving.add(node);
  // Only what the rest of the body looks at has to come back in.
  const wanted = new Set<AnyTensor>();
  const look = (tensor: AnyTensor): void => {
    if (moving.has(tensor.node)) wanted.add(tensor);
  };
  for (const node of body.nodes) if (!moving.has(node)) node.inputs.forEach(look);
  for (const { tensor } of body.outputs) look(tensor);
  const inside = body.inputs.slice(0, consts.length);
  const outside = rebuildOn(
    nodes,
    new Map<AnyTensor, AnyTensor>(inside.map((input, i) => [input, consts[i]!])),
  );
  const list = [...wanted];
  const of = body.inputs[0] instanceof BodyInput ? body.inputs[0].of : 'loop';
  const parameters = bodyInputs(
    of,
    list.map(({ shape, dtype }) => ({ name: 'fixed', shape, dtype })),
    [...body.inputs, ...view.conditions.flatMap(({ inputs }) => inputs)],
  );
  const replaced = new Map<AnyTensor, AnyTensor>(list.map((tensor, i) => [tensor, parameters[i]!]));
  return {
    ...view,
    consts: [...consts, ...list.map(outside)],
    ...changeBodies(view, (one, isCondition) => {
      const inputs = [
        ...one.inputs.slice(0, consts.length),
        ...parameters,
        ...one.inputs.slice(consts.length),
      ];
      return rebodied(one, inputs, () => true, isCondition ? new Map() : replaced);
    }),
  };
}
