/** Named forms of batching rules: what is done alike is said once. */
import {
  type AnyTensor,
  apply,
  type Dim,
  type Node,
  type PrimitiveName,
  type PrimitiveParams,
} from '@cotangent/graph';
import { broadcastTo, reshape } from '@cotangent/graph/ops';
import { type BatchRule, mapped } from '../value.ts';

/** The same primitive with the same parameters: it never looks at which axis is which. */
export const alike =
  <P extends PrimitiveName>(): BatchRule<P> =>
  (operands, node, batch) =>
    again(node, operands.map(batch.spread), node.params as PrimitiveParams<P>);

/** The same primitive with parameters that leave the first axis alone. */
export const shifted =
  <P extends PrimitiveName>(
    change: (params: PrimitiveParams<P>, size: Dim) => PrimitiveParams<P>,
  ): BatchRule<P> =>
  (operands, node, batch) =>
    again(node, operands.map(batch.spread), change(node.params as PrimitiveParams<P>, batch.size));

/** Has no operands, so that nothing of it can depend on an example. */
export const never =
  <P extends PrimitiveName>(): BatchRule<P> =>
  (operands) =>
    operands;

/** The primitive of a node on operands that are mapped. */
export const again = <P extends PrimitiveName>(
  node: Node<P>,
  operands: readonly AnyTensor[],
  params: PrimitiveParams<P>,
) => apply(node.op as P, operands, params).map(mapped);

/** The same axes, behind the one of the examples. */
export const behind = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** One entry for each example [size], repeated over axes behind it. */
export function along(entries: AnyTensor, shape: readonly Dim[]): AnyTensor {
  const wide = reshape(entries, [entries.shape[0]!, ...shape.slice(1).map(() => 1)]);
  return broadcastTo(wide, shape);
}
