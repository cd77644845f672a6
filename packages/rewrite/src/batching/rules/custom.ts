/** Batching of rules of the user: everything differs by example, so that the rule can be written for one. */
import { type AnyTensor, apply, assembleBody, type Graph, type NamesOf } from '@cotangent/graph';
import { type Batching, type BatchTable, mapped, type Value } from '../value.ts';

export const customBatching: BatchTable<NamesOf<'custom'>> = {
  customJvp: (operands, { params }, batch) => {
    const { body, active } = forEach(params.body, 'customJvp', batch);
    // Behind values and primals the rule takes what else it needs: who is at work comes first.
    const given = placed(allOf(operands, batch), params.values + params.primals, active);
    return apply('customJvp', given, { ...params, body }).map(mapped);
  },
  customVjp: (operands, { params }, batch) => {
    const { body, active } = forEach(params.body, 'customVjp', batch);
    const given = placed(allOf(operands, batch), params.values + params.primals, active);
    return apply('customVjp', given, { ...params, body }).map(mapped);
  },
  customLinear: (operands, { params }, batch) => {
    const { body, active } = forEach(params.body, 'customLinear', batch);
    const consts = params.consts + active.length;
    return apply('customLinear', [...active, ...allOf(operands, batch)], { consts, body }).map(mapped);
  },
};

/** Operands for each example. One tensor stays one, because a rule that takes its own value is known by that. */
function allOf(operands: readonly Value[], { spread }: Batching): AnyTensor[] {
  const known = new Map<AnyTensor, AnyTensor>();
  return operands.map((value) => {
    const all = known.get(value.tensor) ?? spread(value);
    known.set(value.tensor, all);
    return all;
  });
}

const placed = (list: readonly AnyTensor[], at: number, more: readonly AnyTensor[]): AnyTensor[] => [
  ...list.slice(0, at),
  ...more,
  ...list.slice(at),
];

/** A body all of whose parameters and results differ by example, and the operand that says who is at work. */
function forEach(
  body: Graph,
  of: string,
  batch: Batching,
): { readonly body: Graph; readonly active: AnyTensor[] } {
  const inside = batch.body(
    body,
    body.inputs.map(() => true),
    of,
  );
  const results = inside.results.map((value, i) => ({
    name: body.outputs[i]!.name,
    tensor: batch.spread(value),
  }));
  if (inside.active === undefined) return { body: assembleBody(inside.inputs, results), active: [] };
  return { body: assembleBody([inside.active, ...inside.inputs], results), active: [batch.active!] };
}
