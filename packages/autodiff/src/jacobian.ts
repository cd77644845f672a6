/** Whole Jacobians and Hessians: a linear map on all directions of a basis at once. */
import {
  type AnyTensor,
  Input,
  type JacobianOf,
  outermost,
  rebuild,
  refill,
  type ScalarLoss,
  sizeOf,
  type Tree,
} from '@cotangent/graph';
import { cast, equal, iota, moveAxis, reshape, withMarksOf } from '@cotangent/graph/ops';
import { batchOver } from '@cotangent/rewrite';
import { checkedLeaves } from './arguments.ts';
import { gradientsOf } from './reverse.ts';
import { instantiate, type Tangent, zerosLike } from './tangent.ts';
import { applyLinear, linearMode, pullBack, reverseMode } from './transpose.ts';

/**
 * The Jacobian in forward mode: one direction for each entry of `wrt`, all at once. For few inputs and many outputs.
 *
 * @param outputs  a tensor, or a list or record of tensors, of a float dtype
 * @param wrt      what varies
 * @returns for each of `outputs` the nest of `wrt`, whose tensors are [...axes of the output, ...axes of what varies]
 * @throws NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const x = input('x', [2]);
 * compute(jacfwd(x.square(), x), { x: [1, 2] }).toNested(); // [[2, 0], [0, 4]]
 * ```
 */
export function jacfwd<O extends Tree, W extends Tree>(outputs: O, wrt: W): JacobianOf<O, W> {
  return outermost(jacfwd, () => {
    const [results, primals] = [checkedLeaves(outputs), checkedLeaves(wrt)];
    return nestOf(outputs, wrt, forward(results, primals)) as JacobianOf<O, W>;
  });
}

/**
 * The Jacobian in reverse mode: one cotangent for each entry of `outputs`, all at once. For many inputs and few outputs.
 * Otherwise like `jacfwd`.
 *
 * @example
 * ```ts
 * const { w: dw } = jacrev(x.matmul(w).sum('batch'), { w });
 * dw.shape; // [1, 3, 1]
 * ```
 */
export function jacrev<O extends Tree, W extends Tree>(outputs: O, wrt: W): JacobianOf<O, W> {
  return outermost(jacrev, () => {
    const [results, primals] = [checkedLeaves(outputs), checkedLeaves(wrt)];
    return nestOf(outputs, wrt, backward(results, primals)) as JacobianOf<O, W>;
  });
}

/** The Jacobian in the mode that needs fewer directions: forward if `wrt` has no more entries than `outputs`. */
export function jacobian<O extends Tree, W extends Tree>(outputs: O, wrt: W): JacobianOf<O, W> {
  return outermost(jacobian, () => {
    const [results, primals] = [checkedLeaves(outputs), checkedLeaves(wrt)];
    return nestOf(outputs, wrt, jacobianRows(results, primals)) as JacobianOf<O, W>;
  });
}

/** One row for each result, one entry for each primal, in the mode that needs fewer directions. */
export function jacobianRows(results: readonly AnyTensor[], primals: readonly AnyTensor[]): AnyTensor[][] {
  // Sizes that are not known compare with nothing: then outputs are taken to be the fewer.
  const mode = entriesOf(primals) <= entriesOf(results) ? forward : backward;
  return mode(results, primals);
}

/**
 * The Hessian of a scalar, forward over reverse.
 *
 * @returns the nest of `wrt` of nests of `wrt`, whose tensors are [...axes of the one, ...axes of the other]
 * @throws NOT_SCALAR if the loss has axes; NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const x = input('x', [2]);
 * compute(hessian(x.prod(), x), { x: [3, 5] }).toNested(); // [[0, 1], [1, 0]]
 * ```
 */
export function hessian<L extends AnyTensor, W extends Tree>(loss: ScalarLoss<L>, wrt: W): JacobianOf<W, W> {
  return outermost(hessian, () => {
    const primals = checkedLeaves(wrt);
    return nestOf(wrt, wrt, forward(gradientsOf(loss as AnyTensor, primals), primals)) as JacobianOf<W, W>;
  });
}

const entriesOf = (tensors: readonly AnyTensor[]): number =>
  tensors.reduce((sum, { shape }) => sum + Number(sizeOf(shape)), 0);

const nestOf = (outputs: Tree, wrt: Tree, rows: readonly (readonly AnyTensor[])[]): unknown =>
  refill(
    outputs,
    rows.map((row) => rebuild(wrt, row)),
  );

/** One row for each result, one entry for each primal. */
function forward(results: readonly AnyTensor[], primals: readonly AnyTensor[]): AnyTensor[][] {
  const map = linearMode.linearMap(results, primals);
  const columns = primals.map((primal, k) => {
    const direction = map.placeholders[k]!;
    // The others stand still: a derivative stops at a starting point.
    const still = map.placeholders.map((other) => (other === direction ? other : zerosLike(other)));
    const tangents = primals.length === 1 ? map.results : applyLinear(map, still);
    return onBasis(direction, tangents, results).map((columnOf, i) => {
      const back = moveAxis(columnOf, 0, -1);
      return reshape(back, [...results[i]!.shape, ...primal.shape]);
    });
  });
  return results.map((result, i) =>
    withMarksOf(
      [result],
      columns.map((column) => column[i]!),
    ),
  );
}

function backward(results: readonly AnyTensor[], primals: readonly AnyTensor[]): AnyTensor[][] {
  return results.map((result) => {
    const map = reverseMode.linearMap([result], primals);
    const cotangent = new Input('cotangent', result.shape, result.dtype);
    const pulled = onBasis(cotangent, pullBack(map, [cotangent]), primals);
    return withMarksOf(
      [result],
      pulled.map((row, i) => reshape(row, [...result.shape, ...primals[i]!.shape])),
    );
  });
}

/** What becomes of linear images of a direction when it runs through the unit directions: [entries, ...image]. */
function onBasis(direction: AnyTensor, images: readonly Tangent[], like: readonly AnyTensor[]): AnyTensor[] {
  const { shape, dtype } = direction;
  const entries = sizeOf(shape);
  const unit = equal(iota([entries, entries], 0), iota([entries, entries], 1));
  const basis = reshape(cast(unit, dtype), [entries, ...shape]);
  const tensors = images.map((image, i) => instantiate(image, like[i]!));
  return batchOver(tensors, new Map([[direction, basis]]), entries);
}
