/** How losses of single examples become one number. */
import { type AnyTensor, fail, sizeOf } from '@cotangent/graph';
import { broadcastTo, div, extent, mul, reshape, sum } from '@cotangent/graph/ops';

/** 'mean' divides by the weights that count, 'sum' does not, 'none' leaves one loss for each example. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  readonly reduction?: Reduction;
  /** A weight for each loss; 0 takes an example out. Fewer axes than the losses repeat along the last ones. */
  readonly weights?: AnyTensor;
}

/** Weights in the shape of the losses. */
function spread(weights: AnyTensor, losses: AnyTensor): AnyTensor {
  if (weights.shape.length > losses.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `weights [${weights.shape.join(', ')}] do not fit losses [${losses.shape.join(', ')}]`,
    );
  return broadcastTo(
    reshape(weights, [...weights.shape, ...losses.shape.slice(weights.shape.length).map(() => 1)]),
    losses.shape,
  );
}

/**
 * Reduces losses. `counts`, if given, is what 'mean' divides by for each loss before weights, such as class weights
 * that the losses already contain.
 */
export function reduceLosses(
  losses: AnyTensor,
  { reduction = 'mean', weights }: LossOptions,
  counts?: AnyTensor,
): AnyTensor {
  if (!['mean', 'sum', 'none'].includes(reduction))
    throw fail('BAD_ARGUMENT', `reduction '${reduction}' is not one of mean, sum, none`);
  const full = weights && spread(weights, losses);
  const weighted = full === undefined ? losses : mul(losses, full);
  if (reduction === 'none') return weighted;
  const total = sum(weighted);
  if (reduction === 'sum') return total;
  const divisors = full === undefined ? counts : counts === undefined ? full : mul(counts, full);
  return div(total, divisors === undefined ? extent(sizeOf(losses.shape), losses.dtype) : sum(divisors));
}
