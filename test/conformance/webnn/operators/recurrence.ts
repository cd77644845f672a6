/**
 * Recurrent networks and their cells. WebNN has weights as [gates·units, features] with the gates in the order of a layout,
 * an axis for directions before them, and sequences as [time, batch, features].
 */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type CellKind, type CellOptions, type CellState, cellStep, runCell } from '@cotangent/layers';
import type { Operators, Unary } from './operator.ts';

type Activation = 'relu' | 'sigmoid' | 'tanh';

interface CellArguments extends Unary {
  readonly weight: AnyTensor;
  readonly recurrentWeight: AnyTensor;
  readonly hiddenSize: number;
}

interface StepArguments extends CellArguments {
  readonly hiddenState: AnyTensor;
  /** Of an LSTM. */
  readonly cellState?: AnyTensor;
}

interface WeightOptions {
  readonly bias?: AnyTensor;
  readonly recurrentBias?: AnyTensor;
  /** Of an LSTM: [3·units], for the gates i, o, f. */
  readonly peepholeWeight?: AnyTensor;
}

interface StepOptions extends WeightOptions {
  /** The order of the gates, a letter for each. */
  readonly layout?: string;
  /** Of a GRU: for gates, for candidates. Of an LSTM: for gates, for candidates, for outputs. */
  readonly activations?: readonly Activation[];
  /** Of a GRU. */
  readonly resetAfter?: boolean;
}

interface SequenceOptions extends StepOptions {
  readonly direction?: 'forward' | 'backward' | 'both';
  readonly returnSequence?: boolean;
  readonly initialHiddenState?: AnyTensor;
  readonly initialCellState?: AnyTensor;
}

interface Convention {
  /** Gates in our order, and in theirs where no layout is given; WebNN calls the candidate of a GRU n, that of an LSTM g. */
  readonly ours: string;
  readonly theirs: string;
}
const conventions = { gru: { ours: 'rzn', theirs: 'zrn' }, lstm: { ours: 'ifgo', theirs: 'iofg' } } as const;
type Kind = keyof typeof conventions & CellKind;

/** Gates along the first axis in another order. */
function inOrder(weight: AnyTensor, from: string, to: string): AnyTensor {
  const gates = ops.split(weight, from.length, 0);
  return ops.concat(
    [...to].map((letter) => gates[from.indexOf(letter)]),
    0,
  );
}

/** Weights, biases and peepholes in our layout. */
function weightsOf(kind: Kind, { weight, recurrentWeight }: CellArguments, options: StepOptions) {
  const { ours, theirs }: Convention = conventions[kind];
  const { layout = theirs, bias, recurrentBias, peepholeWeight } = options;
  const ordered = (values: AnyTensor): AnyTensor => inOrder(values, layout, ours);
  return {
    kernel: ops.transpose(ordered(weight)),
    recurrentKernel: ops.transpose(ordered(recurrentWeight)),
    bias: bias && ordered(bias),
    recurrentBias: recurrentBias && ordered(recurrentBias),
    peephole: peepholeWeight && inOrder(peepholeWeight, 'iof', 'ifo'),
  };
}

function optionsOf(kind: Kind, { activations, resetAfter = true }: StepOptions): CellOptions {
  const [gate, candidate, output = candidate] = activations ?? ['sigmoid', 'tanh'];
  if (output !== candidate) throw new Error('our cells have one activation for candidates and outputs');
  return {
    recurrentActivation: gate,
    activation: candidate,
    ...(kind === 'gru' ? { reset: resetAfter ? 'after' : 'before' } : {}),
  };
}

const states = ({ h, c }: CellState): readonly AnyTensor[] => (c === undefined ? [h] : [h, c]);

const cell =
  (kind: Kind) =>
  (args: StepArguments, options: StepOptions): readonly AnyTensor[] => {
    const { input, hiddenState: h, cellState: c } = args;
    const before: CellState = c === undefined ? { h } : { h, c };
    return states(cellStep(kind, input, before, weightsOf(kind, args, options), optionsOf(kind, options)));
  };

const directions = { forward: [false], backward: [true], both: [false, true] } as const;

/** What belongs to one direction, of tensors that have an axis for directions. */
const inDirection = <T extends object>(record: T, names: readonly (keyof T)[], at: number): T => {
  const own = names.flatMap((name) => {
    const tensor = record[name] as AnyTensor | undefined;
    return tensor === undefined ? [] : [[name, ops.index(tensor, 0, at)] as const];
  });
  return { ...record, ...Object.fromEntries(own) };
};

const network =
  (kind: Kind) =>
  (args: CellArguments, options: SequenceOptions): readonly AnyTensor[] => {
    const { input, hiddenSize } = args;
    const { direction = 'forward', returnSequence = false, initialHiddenState, initialCellState } = options;
    const zeros = ops.splat(0, [input.shape[1], hiddenSize], input.dtype);
    const runs = directions[direction].map((reverse, at) => {
      const own = inDirection(args, ['weight', 'recurrentWeight'], at);
      const ownOptions = inDirection(options, ['bias', 'recurrentBias', 'peepholeWeight'], at);
      const h = initialHiddenState === undefined ? zeros : ops.index(initialHiddenState, 0, at);
      const c = initialCellState === undefined ? zeros : ops.index(initialCellState, 0, at);
      return runCell(kind, input, kind === 'lstm' ? { h, c } : { h }, weightsOf(kind, own, ownOptions), {
        ...optionsOf(kind, options),
        timeAxis: 0,
        reverse,
      });
    });
    const last = states(runs[0].state).map((_, i) => ops.stack(runs.map(({ state }) => states(state)[i])));
    const sequence = ops.stack(
      runs.map(({ output }) => output),
      1,
    );
    return returnSequence ? [...last, sequence] : last;
  };

export const recurrences: Operators = {
  gru: network('gru'),
  gruCell: cell('gru'),
  lstm: network('lstm'),
  lstmCell: cell('lstm'),
};
