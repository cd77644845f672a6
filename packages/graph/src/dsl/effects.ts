/**
 * What bodies do beside computing: updates of variables, and remarks for those who build on a value. They leave the body
 * with its results: a loop carries a variable that it updates; what counts once per program stays a mark outside.
 */
import type { Region } from '../body.ts';
import { pendingUpdates, reachable } from '../graph.ts';
import type { BodyInput, Variable } from '../leaves.ts';
import { type AnyTensor, fail } from '../node.ts';
import { applyPending, noteOf, type PendingUpdate, withMarks, withNote } from './state.ts';

export interface Effects {
  /** By variable, in the order of the calls. */
  readonly updates: ReadonlyMap<Variable, readonly PendingUpdate[]>;
  readonly once: readonly PendingUpdate[];
  readonly notes: readonly string[];
}

/** The effects of what was built from `first` on. */
export function effectsOf(results: readonly AnyTensor[], first: number): Effects {
  const pending = pendingUpdates(results, first);
  const updates = new Map<Variable, PendingUpdate[]>();
  for (const one of pending)
    if (one.once !== true) updates.set(one.variable, [...(updates.get(one.variable) ?? []), one]);
  const notes = reachable(results, first).flatMap((node) => noteOf(node) ?? []);
  return { updates, once: pending.filter(({ once }) => once === true), notes: [...new Set(notes)] };
}

/** The value of a variable after its updates. */
const after = (start: AnyTensor, updates: readonly PendingUpdate[]): AnyTensor =>
  updates.reduce((value, update, i) => applyPending(update, value, i), start);

/** New values of the variables that a body updates once, in order. */
export const passedOn = ({ updates }: Effects): AnyTensor[] =>
  [...updates].map(([variable, list]) => after(variable, list));

/** Variables that a loop updates, as carries. */
export function carried(
  region: Region,
  { updates }: Effects,
): { readonly parameters: BodyInput[]; readonly next: AnyTensor[]; readonly init: AnyTensor[] } {
  const init = [...updates.keys()];
  const parameters = init.map((variable) => region.parameter(variable.path, variable));
  return { init, parameters, next: init.map((variable, i) => after(parameters[i]!, updates.get(variable)!)) };
}

/**
 * The results of a body with its effects as marks, each with all of them: a body is one thing, whichever of its results
 * a program looks at. `values` are those of the updated variables.
 */
export function withEffects(
  results: readonly AnyTensor[],
  { updates, once, notes }: Effects,
  values: readonly AnyTensor[],
): AnyTensor[] {
  const marks: PendingUpdate[] = [...updates.keys()].map((variable, i) => ({
    variable,
    next: (old) => {
      if (old === variable) return values[i]!;
      throw fail(
        'UPDATE_CONFLICT',
        `the variable '${variable.path}' is updated inside of a loop or call and once more in the same program: make all its updates in one place`,
      );
    },
  }));
  return results.map((result) => notes.reduce(withNote, withMarks(result, [...marks, ...once])));
}
