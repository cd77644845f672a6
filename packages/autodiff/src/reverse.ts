/** What all functions that take derivatives do first: collect the tensors, and refuse what has no derivative. */
import { type AnyTensor, fail, leavesOf, pendingUpdates, type Tree } from '@cotangent/graph';
import { splat, withMarks } from '@cotangent/graph/ops';
import { checkDifferentiable, checkTangent } from './forward.ts';
import { instantiate } from './tangent.ts';
import { pullBack, reverseMode } from './transpose.ts';

/** The tensors of a nest, all of a float dtype. */
export function checkedLeaves(tree: Tree): AnyTensor[] {
  const leaves = leavesOf(tree);
  leaves.forEach(checkDifferentiable);
  return leaves;
}

/** Directions for tensors, of their types. */
export function checkedTangents(primals: readonly AnyTensor[], tangents: Tree, what: string): AnyTensor[] {
  const given = leavesOf(tangents);
  if (given.length !== primals.length)
    throw fail(
      'BAD_ARGUMENT',
      `${primals.length} tensors need ${primals.length} ${what}s, not ${given.length}`,
    );
  primals.forEach((primal, i) => checkTangent(primal, given[i]!, what));
  return given;
}

/** Zeros are made real where they leave the house. */
export const asTensors = (
  tangents: readonly (AnyTensor | undefined)[],
  like: readonly AnyTensor[],
): AnyTensor[] => tangents.map((tangent, i) => instantiate(tangent, like[i]!));

/** Cotangents of the primals from cotangents of the results. */
export function reverse(
  results: readonly AnyTensor[],
  primals: readonly AnyTensor[],
  cotangents: readonly AnyTensor[],
): AnyTensor[] {
  const gradients = asTensors(pullBack(reverseMode.linearMap(results, primals), cotangents), primals);
  // Whoever asks for the derivative of a value has asked for the value: its updates of variables stay.
  const pending = pendingUpdates(results);
  return pending.length === 0 ? gradients : gradients.map((gradient) => withMarks(gradient, pending));
}

/** The gradient of a scalar. */
export function gradientsOf(loss: AnyTensor, primals: readonly AnyTensor[]): AnyTensor[] {
  checkDifferentiable(loss);
  if (loss.shape.length !== 0)
    throw fail(
      'NOT_SCALAR',
      `a gradient needs a scalar, not [${loss.shape.join(', ')}]: reduce it with .mean() or .sum(), or use jacobian or vjp`,
    );
  return reverse([loss], primals, [splat(1, [], loss.dtype)]);
}
