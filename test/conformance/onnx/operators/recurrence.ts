/**
 * Recurrent networks by our cells. ONNX has weights as [directions, gates·units, features] with the gates in an order of
 * its own, both biases in one tensor, and sequences as [time, batch, features], or batch first by `layout`.
 */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import {
  type CellKind,
  type CellOptions,
  type CellState,
  type CellWeights,
  type Ran,
  runCell,
} from '@cotangent/layers';
import { type Call, type Operators, sizesOf } from './operator.ts';

interface Kind {
  readonly cell: CellKind;
  /** Gates in our order and in theirs, a letter for each. */
  readonly ours: string;
  readonly theirs: string;
}
const kinds = {
  RNN: { cell: 'rnn', ours: 'n', theirs: 'n' },
  GRU: { cell: 'gru', ours: 'rzn', theirs: 'zrn' },
  LSTM: { cell: 'lstm', ours: 'ifgo', theirs: 'iofg' },
} as const satisfies Readonly<Record<string, Kind>>;

/** Gates along the first axis in another order. */
function inOrder(weight: AnyTensor, from: string, to: string): AnyTensor {
  const gates = ops.split(weight, from.length, 0);
  return ops.concat(
    [...to].map((letter) => gates[from.indexOf(letter)]),
    0,
  );
}

interface Operands {
  readonly kernel: AnyTensor;
  readonly recurrentKernel: AnyTensor;
  readonly bias?: AnyTensor | undefined;
  readonly lengths?: AnyTensor | undefined;
  readonly h?: AnyTensor | undefined;
  readonly c?: AnyTensor | undefined;
  readonly peephole?: AnyTensor | undefined;
}

/** Weights of one direction in our layout. */
function weightsOf({ ours, theirs }: Kind, operands: Operands, direction: number): CellWeights {
  const own = (x: AnyTensor): AnyTensor => ops.index(x, 0, direction);
  const { kernel, recurrentKernel, bias, peephole } = operands;
  const ordered = (weight: AnyTensor): AnyTensor => inOrder(weight, theirs, ours);
  const biases = bias && ops.split(own(bias), 2, 0).map(ordered);
  return {
    kernel: ops.transpose(ordered(own(kernel))),
    recurrentKernel: ops.transpose(ordered(own(recurrentKernel))),
    bias: biases?.[0],
    recurrentBias: biases?.[1],
    peephole: peephole && inOrder(own(peephole), 'iof', 'ifo'),
  };
}

const activationNames: Readonly<Record<string, NonNullable<CellOptions['activation']>>> = {
  Relu: 'relu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
};

/** Of gates, candidates and outputs, those of one direction after the other. */
function activationsOf(call: Call, { cell }: Kind, direction: number): CellOptions {
  const names = call.texts('activations');
  if (names === undefined) return {};
  const count = { rnn: 1, gru: 2, lstm: 3 }[cell];
  const own = names.slice(direction * count, (direction + 1) * count).map((name) => activationNames[name]);
  if (own.includes(undefined as never) || (cell === 'lstm' && own[1] !== own[2]))
    throw new Error(`our cells have no activations ${names.join(', ')}`);
  return cell === 'rnn' ? { activation: own[0] } : { recurrentActivation: own[0], activation: own[1] };
}

const directions: Readonly<Record<string, readonly boolean[]>> = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
};

/** Where each sequence still has entries: [time, batch]. */
const maskOf = (x: AnyTensor, lengths: AnyTensor): AnyTensor => {
  const shape = x.shape.slice(0, 2);
  return ops.less(ops.iota(shape, 0), ops.broadcastTo(lengths, shape));
};

/** All outputs [time, directions, batch, units], and the last states [directions, batch, units]. */
function run(call: Call, kind: Kind, sequence: AnyTensor, operands: Operands): readonly AnyTensor[] {
  const batchFirst = call.flag('layout');
  const swapped = (x: AnyTensor): AnyTensor => (batchFirst ? ops.swapAxes(x, 0, 1) : x);
  const x = swapped(sequence);
  const units = sizesOf(operands.recurrentKernel)[2];
  const start = (given: AnyTensor | undefined, direction: number): AnyTensor =>
    given === undefined
      ? ops.splat(0, [x.shape[1], units], x.dtype)
      : ops.index(swapped(given), 0, direction);
  const runs: readonly Ran[] = directions[call.text('direction') ?? 'forward'].map((reverse, direction) => {
    const h = start(operands.h, direction);
    const initial: CellState = kind.cell === 'lstm' ? { h, c: start(operands.c, direction) } : { h };
    return runCell(kind.cell, x, initial, weightsOf(kind, operands, direction), {
      ...activationsOf(call, kind, direction),
      ...(kind.cell === 'gru' ? { reset: call.flag('linear_before_reset') ? 'after' : 'before' } : {}),
      mask: operands.lengths && maskOf(x, operands.lengths),
      timeAxis: 0,
      reverse,
    });
  });
  const outputs = ops.stack(
    runs.map(({ output }) => output),
    1,
  );
  const last = Object.keys(runs[0].state).map((name) =>
    swapped(ops.stack(runs.map(({ state }) => state[name]))),
  );
  return [batchFirst ? ops.transpose(outputs, [2, 0, 1, 3]) : outputs, ...last];
}

const network =
  (kind: Kind) =>
  (
    call: Call,
    x: AnyTensor,
    kernel: AnyTensor,
    recurrentKernel: AnyTensor,
    bias?: AnyTensor,
    lengths?: AnyTensor,
    h?: AnyTensor,
    c?: AnyTensor,
    peephole?: AnyTensor,
  ): readonly AnyTensor[] =>
    run(call, kind, x, { kernel, recurrentKernel, bias, lengths, h, c, peephole });

export const recurrences: Operators = {
  GRU: network(kinds.GRU),
  LSTM: network(kinds.LSTM),
  RNN: network(kinds.RNN),
};
