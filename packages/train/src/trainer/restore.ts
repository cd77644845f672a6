/** Values from a checkpoint into a state: checked whole before anything is written. */
import type { State } from '@cotangent/engine';
import { CotangentError, formatType, type HostArray, type ValueType, type Variable } from '@cotangent/graph';
import { matchesPath } from '@cotangent/layers';

export interface RestoreOptions {
  /** Take what fits the pattern and leave the rest as it is: transfer of a part of another model. */
  readonly partial?: boolean;
  /** Paths to take, as in `select`; default: all. */
  readonly select?: string | readonly string[];
  /** The path in this model for a path of the checkpoint; undefined leaves it out. */
  readonly rename?: (path: string) => string | undefined;
  /**
   * Variables of the programs on this state (`program.graph.variables`). States of sequences, which belong to a batch that
   * has not come yet, are taken with the number of sequences that they were saved with.
   */
  readonly declared?: readonly Variable[];
}

/**
 * Writes tensors of a checkpoint into the variables of a state. States of sequences that it lacks are forgotten.
 *
 * @returns the paths that were written
 * @throws BAD_CHECKPOINT if a variable is missing or has another type; then nothing is written
 */
export function restoreVariables(
  state: State<'sync'>,
  tensors: Readonly<Record<string, HostArray>>,
  options: RestoreOptions = {},
): string[] {
  const { partial = false, rename = (path) => path, declared = [] } = options;
  const select = typeof options.select === 'string' ? [options.select] : options.select;
  const kept = new Map(declared.flatMap((one) => (one.role === 'state' ? [[one.path, one] as const] : [])));
  const wanted = new Map<string, HostArray>();
  for (const [path, tensor] of Object.entries(tensors)) {
    if (select !== undefined && !select.some((pattern) => matchesPath(path, pattern))) continue;
    const own = rename(path);
    if (own !== undefined && (state.has(own) || kept.has(own) || !partial)) wanted.set(own, tensor);
  }
  for (const [path, tensor] of wanted) {
    if (!state.has(path) && !kept.has(path))
      throw new CotangentError(
        'BAD_CHECKPOINT',
        `the checkpoint has a variable '${path}' that this training does not: is it of another model, or another optimizer? For what they share use restoreVariables(trainer.variables, checkpoint.tensors, { partial: true }), with rename where paths differ. Here is ${state.paths
          .slice(0, 5)
          .map((own) => `'${own}'`)
          .join(', ')}`,
      );
    const own = kept.get(path) ?? state.typeOf(path);
    if (!holds(own, tensor))
      throw new CotangentError(
        'BAD_CHECKPOINT',
        `the variable '${path}' is ${formatType(own)} in this model and ${formatType(tensor)} in the checkpoint: make the model as it was, or take other paths alone with restoreVariables(…, { partial: true, select: […] })`,
      );
  }
  if (!partial) {
    const missing = state.paths.find((path) => !wanted.has(path) && state.roleOf(path) !== 'state');
    if (missing !== undefined)
      throw new CotangentError(
        'BAD_CHECKPOINT',
        `the checkpoint lacks the variable '${missing}' of this model: to take a part of another model use restoreVariables(trainer.variables, checkpoint.tensors, { partial: true })`,
      );
  }
  if (wanted.size === 0)
    throw new CotangentError(
      'BAD_CHECKPOINT',
      'nothing in the checkpoint fits this model: no path is the same',
    );
  // Only states of sequences are forgotten; those that come back may be of another number.
  state.reset(state.paths.filter((path) => (wanted.has(path) ? kept.has(path) : !partial)));
  for (const [path, tensor] of wanted) {
    const variable = kept.get(path);
    if (variable !== undefined) state.ensure(variable, tensor.shape);
    state.set(path, tensor);
  }
  return [...wanted.keys()];
}

/** Whether a variable can hold a value; a named size is any. */
const holds = ({ dtype, shape }: ValueType, value: HostArray): boolean =>
  dtype === value.dtype &&
  shape.length === value.shape.length &&
  shape.every((size, axis) => typeof size === 'string' || size === value.shape[axis]);

/** All values of a state by path. */
export const variablesIn = (state: State<'sync'>): Record<string, HostArray> =>
  Object.fromEntries(state.paths.map((path) => [path, state.get(path)]));
