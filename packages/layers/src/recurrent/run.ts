/**
 * A cell over a sequence: one scan, in one direction. What the input adds is computed for all steps at once, before; with
 * rematerialization at every step, so that it need not be kept.
 */
import { type AnyTensor, checkKeys, fail, isTensor, type OptionKeys, show } from '@cotangent/graph';
import { broadcastTo, expandDims, scan, where } from '@cotangent/graph/ops';
import { type CellKind, type CellOptions, type CellState, type CellWeights, fromInput } from './cells.ts';
import { cellFor, cellKeys, checkWords } from './step.ts';

export interface RunOptions extends CellOptions {
  /** Position of the time axis of x: 1, or 0 for time-major sequences. */
  readonly timeAxis?: 0 | 1;
  /** bool, batch and time as in x: where it is false the state stays and the output is 0. */
  readonly mask?: AnyTensor | undefined;
  readonly reverse?: boolean;
  readonly unroll?: boolean;
  readonly remat?: number | 'sqrt' | undefined;
}

const runKeys: OptionKeys<RunOptions> = {
  ...cellKeys,
  timeAxis: true,
  mask: true,
  reverse: true,
  unroll: true,
  remat: true,
};

export interface Ran {
  /** [batch, time, units], or time-major. */
  readonly output: AnyTensor;
  /** After the last step, or the last valid one. */
  readonly state: CellState;
}

const masking = (keep: AnyTensor, next: AnyTensor, otherwise: AnyTensor | number): AnyTensor =>
  where(broadcastTo(expandDims(keep, -1), next.shape), next, otherwise);

/**
 * Runs a cell over a sequence.
 *
 * @param sequence  [batch, time, features], or [time, batch, features] with `timeAxis: 0`
 * @param initial   the state before the first step: `h`, and `c` for an LSTM, each [batch, units]
 * @throws BAD_ARGUMENT for an unknown kind or option, or a state or weights that lack a part; SHAPE_MISMATCH for another
 *   rank, or weights that do not fit
 */
export function runCell(
  kind: CellKind,
  sequence: AnyTensor,
  initial: CellState,
  weights: CellWeights,
  options: RunOptions = {},
): Ran {
  if (!isTensor(sequence) || sequence.shape.length !== 3)
    throw fail(
      'SHAPE_MISMATCH',
      `a sequence is [batch, time, features], with time first if time-major, not ${show(sequence)}`,
    );
  checkKeys('runCell', options, runKeys);
  checkWords(options);
  const cell = cellFor(kind, sequence.shape[2]!, initial, weights);
  const { timeAxis = 1, mask, reverse = false, unroll = false, remat } = options;
  // Not even a NaN that stands where nothing is valid reaches a gradient: 0·NaN would.
  const x = mask === undefined ? sequence : masking(mask, sequence, 0);
  const stepwise = remat !== undefined;
  const input = stepwise ? x : fromInput(x, weights);
  const [state, output] = scan(
    {
      init: initial,
      xs: mask === undefined ? { input } : { input, mask },
      axis: timeAxis,
      reverse,
      unroll,
      remat,
    },
    (before: CellState, now: { readonly input: AnyTensor; readonly mask?: AnyTensor }) => {
      const added = stepwise ? fromInput(now.input, weights) : now.input;
      const next = cell.step(added, before, weights, options);
      if (now.mask === undefined) return [next, next.h];
      const keep = now.mask;
      const kept = Object.fromEntries(
        Object.entries(next).map(([name, value]) => [name, masking(keep, value, before[name]!)]),
      );
      return [kept, masking(keep, next.h!, 0)];
    },
  );
  // The carries have the names of the initial state, and the body gives one y.
  return { state: state as CellState, output: output as AnyTensor };
}
