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

/**
 * The norm of the gradients of each layer, by the path of the layer: where gradients vanish or explode.
 *
 * @param gradients  by the paths of their variables, as `grad(loss, parametersOf(net))` gives them
 * @example
 * ```ts
 * const net = named({ net: sequential(linear({ units: 4 }), relu(), linear({ units: 1 })) });
 * const loss = net.net(x).square().mean();
 * const norms = gradientNorms(grad(loss, parametersOf(net)));
 * Object.keys(norms); // ['net/0', 'net/2']
 * ```
 */
export function gradientNorms(gradients: Gradients): Readonly<Record<string, AnyTensor>> {
  const layers = new Map<string, Record<string, AnyTensor>>();
  for (const [path, gradient] of Object.entries(gradients)) {
    const end = path.lastIndexOf('/');
    const layer = end < 0 ? path : path.slice(0, end);
    layers.set(layer, { ...layers.get(layer), [path]: gradient });
  }
  return Object.fromEntries([...layers].map(([layer, own]) => [layer, globalNorm(own)]));
}

/** Scales all gradients alike to a common norm of at most `limit` (Pascanu et al. 2013). */
export function clipByGlobalNorm(gradients: Gradients, limit: number): Gradients {
  const factor = shrink(globalNorm(gradients), limit);
  return mapped(gradients, (gradient) => mul(gradient, broadcastTo(factor, gradient.shape)));
}
