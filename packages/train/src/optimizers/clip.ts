/** Clipping of gradients, as functions from gradients to gradients. */
import type { AnyTensor } from '@cotangent/graph';
import { add, broadcastTo, clamp, div, minimum, mul, splat, sqrt, square, sum } from '@cotangent/graph/ops';
import type { Gradients } from './optimizer.ts';

const mapped = (gradients: Gradients, change: (gradient: AnyTensor) => AnyTensor): Gradients =>
  Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient)]));

/** Added to norms before dividing, as in PyTorch. */
const epsilon = 1e-6;

/** min(1, limit / (norm + ε)) */
const shrink = (norm: AnyTensor, limit: number): AnyTensor =>
  minimum(div(splat(limit, [], norm.dtype), add(norm, epsilon)), 1);

/** Limits every entry to [−limit, limit]. */
export const clipByValue = (gradients: Gradients, limit: number): Gradients =>
  mapped(gradients, (gradient) => clamp(gradient, -limit, limit));

/** Scales each gradient by itself to a norm of at most `limit`. */
export const clipByNorm = (gradients: Gradients, limit: number): Gradients =>
  mapped(gradients, (gradient) =>
    mul(gradient, broadcastTo(shrink(sqrt(sum(square(gradient))), limit), gradient.shape)),
  );

/** The norm of all gradients together. */
export const globalNorm = (gradients: Gradients): AnyTensor =>
  sqrt(
    Object.values(gradients)
      .map((gradient) => sum(square(gradient)))
      .reduce(add),
  );

/** Scales all gradients alike to a common norm of at most `limit` (Pascanu et al. 2013). */
export function clipByGlobalNorm(gradients: Gradients, limit: number): Gradients {
  const factor = shrink(globalNorm(gradients), limit);
  return mapped(gradients, (gradient) => mul(gradient, broadcastTo(factor, gradient.shape)));
}
