/** Batching of indexing and order: the axis of the examples runs together in operand and indices. */
import { apply1, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { where } from '@cotangent/graph/ops';
import { type Batching, type BatchRule, type BatchTable, mapped, type Value } from '../value.ts';
import { again, alike, along, behind, shifted } from './forms.ts';

type Indexing = PrimitiveParams<'gather'>;
const together = ({ axes, batchAxes }: Indexing): Indexing => ({
  axes: behind(axes),
  batchAxes: batchAxes + 1,
});

/** Indices for each example. Those that are not at work point to the first entry, which is always there. */
function pointing(indices: Value, { active, spread }: Batching) {
  const points = spread(indices);
  return active === undefined ? points : where(along(active, points.shape), points, 0);
}

const scatters =
  <P extends 'scatterAdd' | 'scatterSet'>(): BatchRule<P> =>
  ([x, indices, updates], node, batch) => [
    mapped(
      apply1(
        node.op as P,
        [batch.spread(x!), pointing(indices!, batch), batch.spread(updates!)],
        together(node.params as Indexing) as PrimitiveParams<P>,
      ),
    ),
  ];

export const indexingBatching: BatchTable<NamesOf<'indexing'>> = {
  gather: ([x, indices], node, batch) => {
    const points = pointing(indices!, batch);
    // From one operand for all, the examples are further points.
    return x!.mapped || node.params.batchAxes > 0
      ? again(node, [batch.spread(x!), points], together(node.params))
      : again(node, [x!.tensor, points], node.params);
  },
  scatterAdd: scatters(),
  scatterSet: scatters(),
  sort: shifted((params) => ({ ...params, axis: params.axis + 1 })),
  topK: alike(),
};
