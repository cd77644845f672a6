/**
 * Implicit differentiation: the derivative of a solution does not depend on how it was found. With F(x, θ) = 0,
 * ∂F/∂x · dx = −∂F/∂θ · dθ (the implicit function theorem).
 */
import {
  type AnyTensor,
  addDims,
  apply1,
  checkFunction,
  checkKeys,
  customJvp,
  type Dim,
  type DType,
  fail,
  formatType,
  isFloat,
  isSource,
  type Like,
  leavesOf,
  type OptionKeys,
  outermost,
  reachable,
  rebuild,
  type SameNest,
  sameType,
  sizeOf,
  type Tree,
  upcomingId,
  whileLoop,
} from '@cotangent/graph';
import {
  abs,
  add,
  cast,
  concat,
  div,
  lessEqual,
  max,
  maximum,
  mul,
  neg,
  not,
  reshape,
  slice,
  splat,
  stopGradient,
  sub,
} from '@cotangent/graph/ops';
import { checkedLeaves } from './arguments.ts';
import { jacobianRows } from './jacobian.ts';
import { asTensors } from './reverse.ts';
import { solveDense } from './solve.ts';
import { zerosLike } from './tangent.ts';
import { applyLinear, linearMode } from './transpose.ts';

/** Solves a linear system: x with map(x) = b. Linear in b; transposable, if reverse mode is wanted. */
export type LinearSolve<X> = (map: (x: Like<X>) => Like<X>, b: Like<X>) => SameNest<X>;

export interface RootOptions<X> {
  /** For large systems; by default the matrix is made and decomposed, at a price of n³ for n unknowns. */
  readonly solve?: LinearSolve<X>;
}
const rootKeys: OptionKeys<RootOptions<unknown>> = { solve: true };

/**
 * A solution with its implicit derivative. How the solution was found is never differentiated: by a loop without a
 * bound, by an input. Derivatives of any order and in both modes are right where the residual is 0.
 *
 * @param solution  tensors x that make the residual 0
 * @param residual  F(x), with values of the types of x; what it takes from outside is θ
 * @throws SHAPE_MISMATCH if the residual has other types than the solution; NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const a = input('a', []);
 * const root = customRoot(a.sqrt(), (x) => x.mul(x).sub(a));
 * compute(grad(root, a), { a: 4 }); // 0.25
 * ```
 */
export function customRoot<const X extends Tree>(
  solution: X,
  residual: (x: Like<X>) => SameNest<X>,
  options: RootOptions<X> = {},
): Like<X> {
  return outermost(customRoot, () => {
    checkKeys('customRoot', options, rootKeys);
    checkFunction('the residual of customRoot', residual, 'customRoot(solution, (x) => …)');
    const unknowns = checkedLeaves(solution);
    checkOneDType(unknowns);
    const places = standIns(unknowns);
    const first = upcomingId();
    const at = (x: readonly AnyTensor[]): AnyTensor[] => leavesOf(residual(rebuild(solution, x)) as Tree);
    const found = at(places);
    checkResidual(unknowns, found);
    const parameters = takenFromOutside(found, places, first);
    if (parameters.length === 0) return rebuild(solution, unknowns.map(stopGradient));
    const rule = (tangents: readonly AnyTensor[]): Tree => {
      const own = standIns(unknowns);
      const values = at(own);
      const map = linearMode.linearMap(values, [...parameters, ...own]);
      // The solution is held while the parameters move.
      const moved = applyLinear(map, [...tangents, ...own.map(zerosLike)]);
      const right = asTensors(moved, values).map(neg);
      return rebuild(solution, solved(solution, own, values, right, options.solve));
    };
    return customJvp(solution as Tree, parameters as Tree, rule as never) as Like<X>;
  });
}

export interface FixedPointOptions<X> {
  /** Where the iteration starts: a tensor, or a nest of tensors. */
  readonly init: X;
  /** It ends when no entry changes by more than this, relative to 1 + |x|. Default: 8 ε of the dtype in which it runs. */
  readonly tolerance?: number;
  /** The most steps; reaching it is an error (MAX_STEPS). Default: 1000. */
  readonly maxSteps?: number;
}
const fixedPointKeys: OptionKeys<FixedPointOptions<unknown>> = {
  init: true,
  tolerance: true,
  maxSteps: true,
};

/**
 * x with x = f(x), found by applying f again and again; its derivative is the implicit one, and needs no step kept.
 *
 * @param f  a contraction near the solution; what it takes from outside is what the solution depends on
 * @throws SHAPE_MISMATCH or DTYPE_MISMATCH if f changes the type; at run time MAX_STEPS if it does not converge
 * @example
 * ```ts
 * const a = input('a', []);
 * const x = fixedPoint({ init: fill(1, []) }, (x) => x.mul(a).cos());
 * compute({ x, slope: grad(x, a) }, { a: 1 }); // { x: 0.7391, slope: -0.2975 }
 * ```
 */
export function fixedPoint<const X extends Tree>(
  options: FixedPointOptions<X>,
  f: (x: Like<X>) => SameNest<X>,
): Like<X> {
  return outermost(fixedPoint, () => {
    checkKeys('fixedPoint', options, fixedPointKeys);
    checkFunction('what fixedPoint iterates', f, 'fixedPoint({ init }, (x) => …)');
    const { init, tolerance, maxSteps = 1000 } = options;
    const [unknown] = checkedLeaves(init);
    if (unknown === undefined)
      throw fail('BAD_ARGUMENT', 'fixedPoint has nothing to iterate: init is a tensor, or a nest of tensors');
    const enough = tolerance ?? cast(mul(epsilonOf(unknown.dtype), 8), 'f64');
    const next = (x: unknown): AnyTensor[] => leavesOf(f(x as Like<X>) as Tree);
    const { x } = whileLoop(
      { init: { x: init as Tree, change: splat(Infinity, [], 'f64') }, maxSteps },
      // NaN is no end.
      ({ change }) => not(lessEqual(change, enough)),
      ({ x: now }) => {
        const [before, after] = [leavesOf(now), next(now)];
        const changes = after.map((value, i) =>
          cast(max(div(abs(sub(value, before[i]!)), add(abs(value), 1))), 'f64'),
        );
        return { x: rebuild(init, after) as Tree, change: changes.reduce((a, b) => maximum(a, b)) };
      },
    );
    const rest = (solution: Like<X>): SameNest<X> =>
      // The nest of `init`, with one equation for each of its tensors.
      rebuild(
        init,
        next(solution).map((value, i) => sub(value, leavesOf(solution as Tree)[i]!)),
      ) as unknown as SameNest<X>;
    // A loop gives back the nest that it was given.
    return customRoot(x as unknown as X, rest as never);
  });
}

/**
 * The unknowns as tensors of their own: one may be made from another, or be what the equation depends on as well, and the
 * equation must not see that.
 */
const standIns = (unknowns: readonly AnyTensor[]): AnyTensor[] =>
  unknowns.map((unknown) => apply1('optimizationBarrier', [unknown], {}));

/** The linear system is one matrix. */
function checkOneDType(unknowns: readonly AnyTensor[]): void {
  const other = unknowns.find(({ dtype }) => dtype !== unknowns[0]!.dtype);
  if (other !== undefined)
    throw fail(
      'DTYPE_MISMATCH',
      `one unknown is ${unknowns[0]!.dtype} and the other ${other.dtype}: convert one with .cast('${other.dtype}')`,
    );
}

/** ε of a dtype as the graph computes it, |3·(4/3 − 1) − 1|: right after the graph was retyped, too. */
function epsilonOf(dtype: DType): AnyTensor {
  const third = div(splat(4, [], dtype), splat(3, [], dtype));
  return abs(sub(mul(sub(third, 1), 3), 1));
}

function checkResidual(unknowns: readonly AnyTensor[], found: readonly AnyTensor[]): void {
  const show = (tensors: readonly AnyTensor[]): string => tensors.map(formatType).join(', ');
  if (found.length !== unknowns.length || !found.every((value, i) => sameType(value, unknowns[i]!)))
    throw fail(
      'SHAPE_MISMATCH',
      `the residual of customRoot is ${show(found)} where the solution is ${show(unknowns)}: one equation for each unknown`,
    );
}

/** The floats that the residual takes from outside, but for the solution. */
function takenFromOutside(
  found: readonly AnyTensor[],
  unknowns: readonly AnyTensor[],
  first: number,
): AnyTensor[] {
  const operands = [...found, ...reachable(found, first).flatMap(({ inputs }) => inputs)];
  const outside = operands.filter(
    (tensor) =>
      tensor.node.id < first && isFloat(tensor.dtype) && !isSource(tensor.node) && !unknowns.includes(tensor),
  );
  return [...new Set(outside)];
}

/** x with ∂F/∂x · x = b. */
function solved<X extends Tree>(
  solution: X,
  unknowns: readonly AnyTensor[],
  values: readonly AnyTensor[],
  b: readonly AnyTensor[],
  solve: LinearSolve<X> | undefined,
): readonly AnyTensor[] {
  if (solve !== undefined) {
    const map = linearMode.linearMap(values, unknowns);
    const apply = (x: Like<X>): Like<X> =>
      rebuild(solution, asTensors(applyLinear(map, leavesOf(x as Tree)), values));
    return leavesOf(solve(apply, rebuild(solution, b)) as Tree);
  }
  const counts = unknowns.map(({ shape }) => sizeOf(shape));
  if (counts.every((count) => count === 0)) return b;
  const rows = jacobianRows(values, unknowns);
  const matrix = concat(
    rows.map((row, i) =>
      concat(
        row.map((block, k) => reshape(block, [counts[i]!, counts[k]!])),
        1,
      ),
    ),
    0,
  );
  const right = concat(
    b.map((value, i) => reshape(value, [counts[i]!])),
    0,
  );
  const x = solveDense(matrix, right);
  let from: Dim = 0;
  return unknowns.map(({ shape }, i) => {
    const start = from;
    from = addDims(from, counts[i]!);
    return reshape(slice(x, 0, start, from), shape);
  });
}
