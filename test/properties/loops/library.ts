/** Control flow written with the library: carries, xs and rows go in as trees of several forms. */
import { type AnyTensor, leavesOf, refill, type Tree } from '@cotangent/graph';
import { cos, mul, sin } from '@cotangent/graph/ops';
import { call, cond, customJvp, remat, scan, whileLoop } from 'cotangent';
import type { Control } from './control.ts';

/** How lists of tensors are given to the library. */
export const forms = ['list', 'record', 'nest'] as const;
export type Form = (typeof forms)[number];

/** How the loops of a program are run: none of it changes what is computed. */
export interface Manner {
  readonly remat?: number | 'sqrt';
  readonly unroll?: boolean;
}

/** A list as a tree: a single tensor stands for itself. */
function packed(tensors: readonly AnyTensor[], form: Form): Tree {
  if (tensors.length === 1 && form !== 'record') return tensors[0]!;
  if (form === 'record') return Object.fromEntries(tensors.map((tensor, i) => [`part${i}`, tensor]));
  if (form === 'nest' && tensors.length > 0) return { first: tensors[0]!, rest: tensors.slice(1) };
  return tensors;
}

/** The form of one tree with other tensors. */
const like = (tree: Tree, tensors: readonly AnyTensor[]): Tree => refill(tree, tensors) as Tree;

/** The functions of the library, with every loop run in the given manner. */
export const library = (form: Form, manner: Manner = {}): Control => ({
  scan({ init, xs, axis, name, length, reverse }, body) {
    const start = packed(init, form);
    const given = xs.length === 0 ? { length } : { xs: packed(xs, form) };
    const options = { init: start, ...given, axis: name ?? axis, reverse, ...manner };
    const [last, ys] = scan(options, (carry: Tree, x: Tree | undefined) => {
      const [next, rows] = body(leavesOf(carry), x === undefined ? [] : leavesOf(x));
      // Without rows, what a step returns ends after the carries.
      return rows.length === 0 ? [like(start, next)] : [like(start, next), packed(rows, form)];
    });
    return [leavesOf(last), ys === undefined ? [] : leavesOf(ys)];
  },
  whileLoop({ init, maxSteps }, condition, body) {
    const start = packed(init, form);
    const last = whileLoop(
      { init: start, maxSteps },
      (carry: Tree) => condition(leavesOf(carry)),
      (carry: Tree) => like(start, body(leavesOf(carry))),
    );
    return leavesOf(last);
  },
  cond: (predicate, yes, no) =>
    leavesOf(
      cond(
        predicate,
        () => packed(yes(), form),
        () => packed(no(), form),
      ),
    ),
  call(args, again, body) {
    const given = packed(args, form);
    const f = (tree: Tree): Tree => packed(body(leavesOf(tree)), form);
    return leavesOf(again ? remat(f)(given) : call(f, given));
  },
  sine: (x) => customJvp(sin(x), x, (tangent: AnyTensor) => mul(tangent, cos(x))),
});
