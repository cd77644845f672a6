/**
 * Marks: values that carry an update of a variable, and values that report while a program runs.
 * Closing a graph lifts the marks into its updates, so no simplification ever loses one.
 */

import type { Variable } from '../leaves.ts';
import { type AnyTensor, apply1, fail, type Node } from '../node.ts';
import { formatType, sameType } from '../shape.ts';

/** How a variable changes: several of one variable compose in the order of their calls; one object counts once. */
export interface PendingUpdate {
  readonly variable: Variable;
  /** `before`: how many updates of the variable the program has made before this one. */
  readonly next: (old: AnyTensor, before: number) => AnyTensor;
  /** Made once per call of a program, also where a loop meets the mark many times: the count of training steps. */
  readonly once?: boolean;
}

const marks = new WeakMap<Node, PendingUpdate>();

/** The update that a tag node carries, if it carries one. */
export const markOf = (node: Node): PendingUpdate | undefined => marks.get(node);

/**
 * Marks `y`: whenever a program computes it, the variable becomes `next(old)` after the call.
 *
 * @example
 * ```ts
 * const calls = variable('calls', []);
 * const counted = withUpdate(y, calls, (old) => old.add(1));
 * ```
 */
export function withUpdate(y: AnyTensor, variable: Variable, next: (old: AnyTensor) => AnyTensor): AnyTensor {
  return withPending(y, { variable, next });
}

export function withPending(y: AnyTensor, pending: PendingUpdate): AnyTensor {
  applyPending(pending, pending.variable);
  const marked = apply1('tag', [y], { label: `updates ${pending.variable.path}`, report: false });
  marks.set(marked.node, pending);
  return marked;
}

/** The new value of the variable, checked to be of its type. */
export function applyPending({ variable, next }: PendingUpdate, old: AnyTensor, before = 0): AnyTensor {
  const value = next(old, before);
  if (!sameType(variable, value))
    throw fail(
      'SHAPE_MISMATCH',
      `the variable '${variable.path}' is ${formatType(variable)} and cannot become ${formatType(value)}`,
    );
  return value;
}

/** Puts marks onto a value. */
export const withMarks = (y: AnyTensor, pending: Iterable<PendingUpdate>): AnyTensor => {
  let result = y;
  for (const one of pending) result = withPending(result, one);
  return result;
};

/** Prints a value, with a name, each time a program computes it; the value passes unchanged. */
export const debug = (x: AnyTensor, label: string): AnyTensor => apply1('tag', [x], { label, report: true });

/**
 * The value, if a condition holds when the program runs; otherwise running fails with the message.
 *
 * @param holds    one bool
 * @param shown    numbers for the places {0}, {1}, … of the message
 */
export const check = (x: AnyTensor, holds: AnyTensor, shown: AnyTensor, message: string): AnyTensor =>
  apply1('check', [x, holds, shown], { message });

const notes = new WeakMap<Node, string>();

/** The value with a remark for those who build on it, such as "dropout 'drop' built for evaluation". */
export function withNote(x: AnyTensor, note: string): AnyTensor {
  const noted = apply1('tag', [x], { label: note, report: false });
  notes.set(noted.node, note);
  return noted;
}
export const noteOf = (node: Node): string | undefined => notes.get(node);
