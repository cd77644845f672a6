/**
 * Derivatives as graphs. Every function takes tensors of a graph and appends the derivative to the same graph; values
 * that the derivative needs are shared, not computed again. Results are tensors like all others: they can be compiled,
 * printed and differentiated again, to any order.
 */
import {
  type AnyTensor,
  fail,
  type GradientArguments,
  type Like,
  leavesOf,
  outermost,
  reachable,
  rebuild,
  type ScalarLoss,
  type Tensor,
  type Tree,
} from '@cotangent/graph';
import { withMarksOf } from '@cotangent/graph/ops';
import { checkedLeaves, checkedTangents } from './arguments.ts';
import { dependentOn } from './dependence.ts';
import { asTensors, derivativesOf, gradientsOf, reverse } from './reverse.ts';
import { seedsOf } from './tangent.ts';
import { applyLinear, forwardMode, linearMode } from './transpose.ts';

/** Integers become a sentence; records whose keys only run time knows are checked there. Stops at `Tree`. */
type Derivable<W> = [Tree] extends [W] ? W : string extends keyof W ? W : GradientArguments<W>;

/**
 * Forward mode: the derivative of `outputs` in the direction `tangents` of `wrt` (a Jacobian-vector product).
 *
 * @param outputs   a tensor, or a list or record of tensors
 * @param wrt       what varies
 * @param tangents  a direction for each tensor of `wrt`, of its shape
 * @returns tangents in the shape of `outputs`
 * @throws NOT_DIFFERENTIABLE for integers; SHAPE_MISMATCH for a direction of another shape
 * @example
 * ```ts
 * const x = input('x', [3]);
 * const dy = jvp(x.sin(), x, x.cos());
 * ```
 */
export function jvp<O extends Tree, W extends Tree>(outputs: O, wrt: W, tangents: NoInfer<Like<W>>): Like<O> {
  return outermost(jvp, () => {
    const primals = checkedLeaves(wrt);
    const given = checkedTangents(primals, tangents as Tree, 'tangent');
    const results = leavesOf(outputs);
    const found = forwardMode.pushForward(results, seedsOf(primals, given));
    return rebuild(outputs, derivativesOf(results, found, results));
  });
}

/**
 * The derivative of `outputs` as a linear function of directions, computed once and applied many times.
 *
 * @returns a function from tangents of `wrt` to tangents of `outputs`
 * @example
 * ```ts
 * const push = linearize(x.exp(), x);
 * const [a, b] = [push(u), push(v)];
 * ```
 */
export function linearize<O extends Tree, W extends Tree>(
  outputs: O,
  wrt: W,
): (tangents: Like<W>) => Like<O> {
  return outermost(linearize, () => {
    const primals = checkedLeaves(wrt);
    const results = leavesOf(outputs);
    const map = linearMode.linearMap(results, primals);
    return (tangents: Like<W>): Like<O> => {
      const given = checkedTangents(primals, tangents as Tree, 'tangent');
      return rebuild(outputs, derivativesOf(results, applyLinear(map, given), results));
    };
  });
}

/**
 * Reverse mode: cotangents of `wrt` from cotangents of `outputs` (a vector-Jacobian product).
 *
 * @param cotangents  one for each tensor of `outputs`, of its shape
 * @returns cotangents in the shape of `wrt`
 */
export function vjp<O extends Tree, W extends Tree>(
  outputs: O,
  wrt: W,
  cotangents: NoInfer<Like<O>>,
): Like<W> {
  return outermost(vjp, () => {
    const primals = checkedLeaves(wrt);
    const results = leavesOf(outputs);
    const given = checkedTangents(results, cotangents as Tree, 'cotangent');
    return rebuild(wrt, reverse(results, primals, given));
  });
}

/**
 * The gradient of a scalar.
 *
 * @param loss  a scalar of a float dtype
 * @param wrt   a tensor, or a list or record of tensors: variables, inputs or values on the way
 * @returns the gradient in the shape of `wrt`; zeros where the loss does not depend on it
 * @throws NOT_SCALAR if the loss has axes; NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const w = variable('w', [3, 1], glorotUniform());
 * const loss = x.matmul(w).sub(y).square().mean();
 * const { w: dw } = grad(loss, { w });
 * ```
 */
export function grad<L extends AnyTensor, W extends object>(
  loss: ScalarLoss<L>,
  wrt: W & Derivable<W>,
): Like<W>;
export function grad(loss: unknown, wrt: Tree): Tree {
  return outermost(grad, () => rebuild(wrt, gradientsOf(loss as AnyTensor, checkedLeaves(wrt))));
}

/** The value and its gradient. */
export function valueAndGrad<L extends AnyTensor, W extends Tree>(
  loss: ScalarLoss<L>,
  wrt: W,
): { value: Tensor<L['shape'], L['dtype']>; gradient: Like<W> } {
  return outermost(valueAndGrad, () => ({
    // A loss that is not a scalar tensor is a sentence in the types, and refused below.
    value: loss as unknown as Tensor<L['shape'], L['dtype']>,
    gradient: rebuild(wrt, gradientsOf(loss as AnyTensor, checkedLeaves(wrt))),
  }));
}

/**
 * The Hessian of a scalar times a direction, forward over reverse: about the price of three gradients.
 *
 * @param direction  a tensor for each of `wrt`, of its shape
 */
export function hvp<L extends AnyTensor, W extends Tree>(
  loss: ScalarLoss<L>,
  wrt: W,
  direction: NoInfer<Like<W>>,
): Like<W> {
  return outermost(hvp, () => {
    const primals = checkedLeaves(wrt);
    const given = checkedTangents(primals, direction as Tree, 'direction');
    const gradients = gradientsOf(loss as AnyTensor, primals);
    const found = forwardMode.pushForward(gradients, seedsOf(primals, given));
    return rebuild(wrt, derivativesOf(gradients, found, primals));
  });
}

/**
 * The Gauss-Newton matrix of a loss times a direction: Jᵀ·H·J·v, where J is the Jacobian of `outputs` and H the Hessian of
 * the loss in terms of them (Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent").
 *
 * @param loss       a scalar made from `outputs`
 * @param outputs    what the model gives, such as logits: a tensor, or a list or record of tensors
 * @param wrt        what the outputs depend on
 * @param direction  a tensor for each of `wrt`, of its shape
 * @throws NOT_SCALAR if the loss has axes; NOT_DIFFERENTIABLE for integers; SHAPE_MISMATCH for a direction of another shape
 * @example
 * ```ts
 * const logits = x.matmul(w);
 * const curved = gnvp(logits.square().sum(), logits, { w }, { w });
 * ```
 */
export function gnvp<L extends AnyTensor, O extends Tree, W extends Tree>(
  loss: ScalarLoss<L>,
  outputs: O,
  wrt: W,
  direction: NoInfer<Like<W>>,
): Like<W> {
  return outermost(gnvp, () => {
    const [primals, results] = [checkedLeaves(wrt), checkedLeaves(outputs)];
    const given = checkedTangents(primals, direction as Tree, 'direction');
    const moved = asTensors(forwardMode.pushForward(results, seedsOf(primals, given)), results);
    if (new Set(results).size < results.length)
      throw fail('BAD_ARGUMENT', 'gnvp is given one of its outputs twice: name each once');
    const depends = dependentOn(reachable([loss as AnyTensor]), results);
    if (!depends.has((loss as AnyTensor).node))
      throw fail(
        'BAD_ARGUMENT',
        `the loss of gnvp does not depend on its outputs: keep them in a variable, and make the loss from it`,
      );
    const gradients = gradientsOf(loss as AnyTensor, results);
    const curved = asTensors(forwardMode.pushForward(gradients, seedsOf(results, moved)), results);
    return rebuild(wrt, withMarksOf(gradients, reverse(results, primals, curved)));
  });
}
