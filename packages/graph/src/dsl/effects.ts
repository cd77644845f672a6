/**
 * What bodies do beside computing: updates of variables, and remarks for those who build on a value. They leave the body
 * with its results: a loop carries a variable that it updates; what counts once per program stays a mark outside, and so
 * does what was marked outside, however often a step builds on it.
 */
import type { Region } from '../body.ts';
import { marksOn, reachable } from '../graph.ts';
import type { BodyInput, Variable } from '../leaves.ts';
import type { AnyTensor } from '../node.ts';
import { substitute } from '../substitute.ts';
import {
  applyPending,
  type Mark,
  noteOf,
  type PendingUpdate,
  startOf,
  withCopies,
  withMarks,
  withNote,
} from './marks.ts';

export interface Effects {
  /** By variable, in the order of the calls. */
  readonly updates: ReadonlyMap<Variable, readonly PendingUpdate[]>;
  /** Marks that leave the body as they are. */
  readonly once: readonly Mark[];
  readonly notes: readonly string[];
}

/** The effects of what was built from `first` on. */
export function effectsOf(results: readonly AnyTensor[], first: number): Effects {
  const updates = new Map<Variable, PendingUpdate[]>();
  const once: Mark[] = [];
  for (const mark of marksOn(results, first)) {
    const { pending, made } = mark;
    if (pending.once === true || made < first) once.push(mark);
    else updates.set(pending.variable, [...(updates.get(pending.variable) ?? []), pending]);
  }
  return { updates, once, notes: notesOn(results, first) };
}

const notesOn = (results: readonly AnyTensor[], first: number): string[] => [
  ...new Set(reachable(results, first).flatMap((node) => noteOf(node) ?? [])),
];

/** Values with the marks of what they are built on, also where nothing of its numbers is needed. */
export function withMarksOf(results: readonly AnyTensor[], values: readonly AnyTensor[]): AnyTensor[] {
  const marks = marksOn(results);
  return values.map((value) => withCopies(value, marks));
}

/** Results of a body whose steps are nodes of their own: each with the marks and remarks of all that was built from `first` on. */
export function withEffectsOf(
  all: readonly AnyTensor[],
  first: number,
  results: readonly AnyTensor[],
): AnyTensor[] {
  const [marks, notes] = [marksOn(all, first), notesOn(all, first)];
  return results.map((result) => notes.reduce(withNote, withCopies(result, marks)));
}

/** Variables that a body updates. */
export interface Carried {
  /** Their values before, as operands of the node; as parameters of the body; and as the body leaves them. */
  readonly init: readonly AnyTensor[];
  readonly parameters: readonly BodyInput[];
  readonly next: readonly AnyTensor[];
  /** Tensors of the body with the values on the way in their places. */
  settled(tensors: readonly AnyTensor[]): readonly AnyTensor[];
}

export function carried(region: Region, { updates }: Effects): Carried {
  const places = new Map<AnyTensor, AnyTensor>();
  const variables = [...updates.keys()];
  const parameters = variables.map((variable) => region.parameter(variable.path, variable));
  const next = variables.map((variable, i) =>
    updates
      .get(variable)!
      .reduce<AnyTensor>((old, one, before) => applyPending(one, old, before, places), parameters[i]!),
  );
  return {
    init: variables.map(startOf),
    parameters,
    next,
    settled: (tensors) => substitute(tensors, places),
  };
}

/**
 * The results of a body with its effects as marks, each with all of them: a body is one thing, whichever of its results
 * a program looks at.
 *
 * @param starts  the operands that the updated variables start from
 * @param values  what becomes of them
 */
export function withEffects(
  results: readonly AnyTensor[],
  { updates, once, notes }: Effects,
  starts: readonly AnyTensor[] = [],
  values: readonly AnyTensor[] = [],
): AnyTensor[] {
  const marks = [...updates.keys()].map((variable, i): PendingUpdate => {
    return { variable, start: starts[i]!, next: () => values[i]! };
  });
  return results.map((result) => {
    const passed = withCopies(result, once);
    return notes.reduce(withNote, withMarks(passed, marks));
  });
}
