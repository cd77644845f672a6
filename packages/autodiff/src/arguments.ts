/** What all functions that take derivatives do first: collect the tensors, and refuse what has no derivative. */
import {
  type AnyTensor,
  checkDifferentiable,
  fail,
  formatType,
  leavesOf,
  sameType,
  type Tree,
} from '@cotangent/graph';

/** The tensors of a nest, all of a float dtype. */
export function checkedLeaves(tree: Tree): AnyTensor[] {
  const leaves = leavesOf(tree);
  for (const leaf of leaves) checkDifferentiable(leaf);
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

/** Tangents have the type of what they are tangents of. */
function checkTangent(primal: AnyTensor, tangent: AnyTensor, what: string): void {
  if (sameType(primal, tangent)) return;
  throw fail(
    primal.dtype === tangent.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
    `the ${what} of ${formatType(primal)} has its type, not ${formatType(tangent)}`,
  );
}
