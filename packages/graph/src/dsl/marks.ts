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
  /**
   * For a computation that is there already: the tensor that stands for the old value in what `next` gives, and is the
   * variable itself until the graph is closed.
   */
  readonly start?: AnyTensor;
}

/** An update on a value. Marks that are copied from value to value remember where the first of them was made. */
export interface Mark {
  readonly pending: PendingUpdate;
  /** The id of the node that carried it first. */
  readonly made: number;
}

const marks = new WeakMap<Node, readonly Mark[]>();
const none: readonly Mark[] = [];

/** The marks that a tag node carries. */
export const marksOf = (node: Node): readonly Mark[] => marks.get(node) ?? none;

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
  return marked(y, pending);
}

/** Copies marks onto another value, by one node: many values may carry many marks. */
export function withCopies(y: AnyTensor, copies: readonly Mark[]): AnyTensor {
  if (copies.length === 0) return y;
  const paths = new Set(copies.map(({ pending }) => pending.variable.path));
  const result = apply1('tag', [y], { label: `updates ${[...paths].join(', ')}`, report: false });
  marks.set(result.node, copies);
  return result;
}

function marked(y: AnyTensor, pending: PendingUpdate, made?: number): AnyTensor {
  const result = apply1('tag', [y], { label: `updates ${pending.variable.path}`, report: false });
  marks.set(result.node, [{ pending, made: made ?? result.node.id }]);
  return result;
}

/** A tensor that stands for the value of a variable before an update. */
export const startOf = (variable: Variable): AnyTensor =>
  apply1('tag', [variable], { label: `${variable.path} before`, report: false });

/**
 * The new value of the variable, checked to be of its type.
 *
 * @param places  takes note of what the old value is to stand for in what is there already
 */
export function applyPending(
  { variable, next, start }: PendingUpdate,
  old: AnyTensor,
  before = 0,
  places?: Map<AnyTensor, AnyTensor>,
): AnyTensor {
  if (start !== undefined && old !== variable) places?.set(start, old);
  const value = next(start ?? old, before);
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
