/** Reverse mode as the functions of the house give it: cotangents of some tensors, the gradient of a scalar. */
import { type AnyTensor, checkDifferentiable, fail, isTensor, show } from '@cotangent/graph';
import { splat, withMarksOf } from '@cotangent/graph/ops';
import { instantiate, type Tangent } from './tangent.ts';
import { pullBack, reverseMode } from './transpose.ts';

/** Zeros are made real where they leave the house. */
export const asTensors = (tangents: readonly Tangent[], like: readonly AnyTensor[]): AnyTensor[] =>
  tangents.map((tangent, i) => instantiate(tangent, like[i]!));

/**
 * Derivatives of results, as they leave the house: whoever asks for the derivative of a value has asked for the value, so
 * its updates of variables stay.
 */
export const derivativesOf = (
  results: readonly AnyTensor[],
  derivatives: readonly Tangent[],
  like: readonly AnyTensor[],
): AnyTensor[] => withMarksOf(results, asTensors(derivatives, like));

/** Cotangents of the primals from cotangents of the results. */
export function reverse(
  results: readonly AnyTensor[],
  primals: readonly AnyTensor[],
  cotangents: readonly AnyTensor[],
): AnyTensor[] {
  return derivativesOf(results, pullBack(reverseMode.linearMap(results, primals), cotangents), primals);
}

/** The gradient of a scalar. */
export function gradientsOf(loss: AnyTensor, primals: readonly AnyTensor[]): AnyTensor[] {
  if (!isTensor(loss))
    throw fail(
      'BAD_ARGUMENT',
      typeof loss === 'function'
        ? 'a gradient is taken of the loss itself, not of a function: call it, as in grad(f(v), v)'
        : `a gradient is taken of a tensor, the loss, not of ${show(loss)}`,
    );
  checkDifferentiable(loss);
  if (loss.shape.length !== 0)
    throw fail(
      'NOT_SCALAR',
      `a gradient needs a scalar, not [${loss.shape.join(', ')}]: reduce it with .mean() or .sum(), or use jacobian or vjp`,
    );
  return reverse([loss], primals, [splat(1, [], loss.dtype)]);
}
