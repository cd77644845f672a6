/**
 * Loops, branches and derivatives by decree, with shapes as types. A loop is one node whatever its length: building,
 * deriving and compiling take the same time for 50 steps and for 50,000.
 */
import * as control from './dsl/control.ts';
import * as custom from './dsl/custom.ts';
import * as loops from './dsl/scan.ts';
import type { Tree } from './tree.ts';
import { typed } from './typed.ts';
import type {
  CallCall,
  CondCall,
  CustomJvpCall,
  CustomVjpCall,
  ScanCall,
  WhileCall,
} from './types/control.ts';

/**
 * A body for each entry along an axis, with values that are carried from step to step: recurrence as one node.
 *
 * @param options  `init`: the carries before the first step; `xs`: what is run over; `axis`: the axis that leaves the xs
 *   and returns in the ys at the same place (the first by default); `length`: the number of steps where there are no xs;
 *   `reverse`: from the last entry; `remat`: keep every k-th step alone (`'sqrt'`: k = √length) and compute the rest
 *   again for the derivative; `unroll`: every step as nodes of its own
 * @param body  from the carries and one entry to the next carries and what is stacked: `[carry, y]` or `[carry]`
 * @returns `[last carries, stacked ys]`
 * @throws SHAPE_MISMATCH or DTYPE_MISMATCH if a carry changes its type, or the xs differ in length
 * @example
 * ```ts
 * const x = input('x', ['batch', 'time', 3]);
 * const [total, sums] = scan({ init: fill(0, ['batch', 3]), xs: x, axis: 'time' }, (sum, entry) => {
 *   const next = sum.add(entry);
 *   return [next, next];
 * });
 * sums.shape // ['batch', 'time', 3]
 * ```
 */
export const scan: ScanCall = typed(loops.scan);

/**
 * Steps while a condition holds; the condition is asked before every step.
 *
 * @param options  `init`: values before the first step; `maxSteps`: the most steps. Reaching it with the condition still
 *   true is an error (MAX_STEPS). Forward mode needs no bound; gradients need one, and take the time of `maxSteps` steps
 * @returns the values for which the condition does not hold any more
 * @throws SHAPE_MISMATCH or DTYPE_MISMATCH if a carry changes its type
 * @example
 * ```ts
 * const root = whileLoop(
 *   { init: { x: fill(1, []), error: fill(1, []) }, maxSteps: 50 },
 *   ({ error }) => error.greater(1e-6),
 *   ({ x }) => {
 *     const next = x.add(fill(2, []).div(x)).div(2);
 *     return { x: next, error: next.sub(x).abs() };
 *   },
 * );
 * compute(root.x) // 1.4142135381698608
 * ```
 */
export const whileLoop: WhileCall = typed(control.whileLoop);

/**
 * One of two values; only the chosen branch runs. What the branches use from outside is found by itself.
 *
 * @param predicate  one bool
 * @throws SHAPE_MISMATCH or DTYPE_MISMATCH if the branches give different types
 * @example
 * ```ts
 * const y = cond(x.sum().greater(0), () => x.exp(), () => x.neg());
 * ```
 */
export const cond: CondCall = typed(control.cond);

/**
 * A function as one node. The graph stays small where a large function is applied, and reads as it was written.
 *
 * @example
 * ```ts
 * const y = call((a, b) => a.mul(b).tanh(), x, x.add(1));
 * ```
 */
export const call: CallCall = typed((f: (...args: never[]) => Tree, ...args: readonly Tree[]) =>
  control.call(f, args),
);

/**
 * The same function, of whose inside nothing is kept for the derivative: it is computed again (rematerialization,
 * Chen et al. 2016). Values are the same bits.
 *
 * @example
 * ```ts
 * const block = remat((h) => h.exp().sin().exp());
 * const dx = grad(block(x).sum(), x);
 * ```
 */
export const remat = <F extends (...args: never[]) => Tree>(f: F): F =>
  // Takes and gives what f takes and gives.
  typed<F>((...args: readonly Tree[]) => control.call(f, args, true));

/**
 * A value whose forward derivative is what a rule says; reverse mode transposes the rule, which is linear.
 *
 * @param value  computed in any way
 * @param wrt    what the value is derived by: tensors of any nest
 * @param rule   from tangents of `wrt` to tangents of `value`
 * @throws SHAPE_MISMATCH if the rule gives other types; NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const y = customJvp(x.abs(), x, (dx) => dx.mul(x.sign()));
 * ```
 */
export const customJvp: CustomJvpCall = typed(custom.customJvp);

/**
 * A value whose cotangent passes on as a rule says: straight-through estimators, clipped gradients. Forward mode works
 * where the rule is linear in the cotangent.
 *
 * @param rule  from cotangents of `value` to cotangents of `wrt`
 * @throws SHAPE_MISMATCH if the rule gives other types; NOT_DIFFERENTIABLE for integers
 * @example
 * ```ts
 * const through = customVjp(x.round(), x, (dy) => dy);
 * ```
 */
export const customVjp: CustomVjpCall = typed(custom.customVjp);
