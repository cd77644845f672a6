/** States before the first step: zeros, learned, given, or what the batch before has left. */
import {
  type AnyTensor,
  BodyInput,
  checkKeys,
  constantOf,
  type Dim,
  fail,
  formatType,
  isTensor,
  isVariable,
  sameType,
  show,
  type Variable,
} from '@cotangent/graph';
import { broadcastTo, type PendingUpdate, splat, withMarks } from '@cotangent/graph/ops';
import { activeLayer } from '../context.ts';
import { parameter, statistic } from '../core.ts';
import type { CellState } from './cells.ts';
import type { Ran } from './run.ts';

export interface StateRequest {
  readonly names: readonly string[];
  readonly batch: Dim;
  readonly units: number;
  readonly dtype: 'f32' | 'f64';
  /** Distinguishes layers of a stack and directions in the names of variables. */
  readonly prefix: string;
}

const record = (names: readonly string[], of: (name: string) => AnyTensor): CellState =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

export const zeroState = ({ names, batch, units, dtype }: StateRequest): CellState =>
  record(names, () => splat(0, [batch, units], dtype));

/** One row of parameters, the same for every sequence. */
export const learnedState = ({ names, batch, units, dtype, prefix }: StateRequest): CellState =>
  record(names, (name) =>
    broadcastTo(parameter(`${prefix}initialState/${name}`, [units], constantOf(0), { dtype }) as AnyTensor, [
      batch,
      units,
    ]),
  );

/** Variables that keep the last state of a batch for the next one; no gradient passes from batch to batch. */
export const keptState = ({ names, batch, units, dtype, prefix }: StateRequest): CellState =>
  record(names, (name) => statistic(`${prefix}state/${name}`, [batch, units], constantOf(0), dtype, 'state'));

/** What repeats its body: there, a state would have to be carried from step to step. */
const loops = ['scan', 'whileLoop'];

/**
 * Marks on all that a run gives: the variables of a kept state become the state after the last step. A program can take
 * one step of a sequence: of two, the second would have to begin where the first one ends.
 */
export function keeping({ output, state }: Ran, before: CellState): Ran {
  const core = activeLayer()!;
  const pending: PendingUpdate[] = Object.entries(before).map(([name, kept]) => ({
    // `keptState` made variables.
    variable: kept as AnyTensor as Variable,
    next: (old) => {
      const inLoop = old instanceof BodyInput && loops.includes(old.of);
      if ((isVariable(old) || old instanceof BodyInput) && !inLoop) return state[name]!;
      throw fail(
        'UPDATE_CONFLICT',
        inLoop
          ? `the stateful layer '${core.path}' is called in a loop: carry the state through the loop, and pass it with run`
          : `the stateful layer '${core.path}' is called twice in one program: make two layers, or pass the state with run`,
      );
    },
  }));
  const marked = Object.entries(state).map(([name, value]) => [name, withMarks(value, pending)] as const);
  return { output: withMarks(output, pending), state: Object.fromEntries(marked) };
}

/**
 * A state that the caller gives, checked to fit the input.
 *
 * @param which  how a script calls it, such as `initialState[1]`
 */
export function givenState(given: unknown, request: StateRequest, which: string): CellState {
  const { names, batch, units, dtype } = request;
  if (typeof given !== 'object' || given === null || isTensor(given))
    throw fail(
      'BAD_ARGUMENT',
      `${which} is a record { ${names.join(', ')} }, not ${show(given)}: write initialState: [{ ${names.join(', ')} }]`,
    );
  checkKeys(which, given, Object.fromEntries(names.map((name) => [name, true as const])), 'part');
  const wanted = { dtype, shape: [batch, units] };
  return record(names, (name) => {
    const tensor = (given as Readonly<Record<string, unknown>>)[name];
    if (!isTensor(tensor)) throw fail('BAD_ARGUMENT', `${which} lacks '${name}', a ${formatType(wanted)}`);
    if (!sameType(tensor, wanted))
      throw fail(
        tensor.dtype === dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
        `'${name}' of ${which} is ${formatType(tensor)} where ${formatType(wanted)} is needed: [batch, units], with the batch of the sequences`,
        [formatType(tensor), formatType(wanted)],
      );
    return tensor;
  });
}
