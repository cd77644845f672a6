/** Batching of rules of the user: everything differs by example, so that the rule can be written for one. */
import { apply, assembleBody, type Graph, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { type Batching, type BatchRule, type BatchTable, mapped } from '../value.ts';

type Ruled = 'customJvp' | 'customVjp' | 'customLinear';

const withRule =
  <P extends Ruled>(): BatchRule<P> =>
  (operands, node, batch) => {
    const params = node.params as PrimitiveParams<Ruled>;
    const changed = { ...params, body: forEach(params.body, node.op, batch) };
    return apply(node.op as P, operands.map(batch.spread), changed as PrimitiveParams<P>).map(mapped);
  };

/** A body all of whose parameters and results differ by example. */
function forEach(body: Graph, of: string, batch: Batching): Graph {
  const inside = batch.body(
    body,
    body.inputs.map(() => true),
    of,
    true,
  );
  return assembleBody(
    inside.inputs,
    inside.results.map((value, i) => ({ name: body.outputs[i]!.name, tensor: batch.spread(value) })),
  );
}

export const customBatching: BatchTable<NamesOf<'custom'>> = {
  customJvp: withRule(),
  customVjp: withRule(),
  customLinear: withRule(),
};
