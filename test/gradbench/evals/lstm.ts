/** The diagonal LSTM of ADBench: the mean loss of predicting the bits of the next character, and its gradient. */
import { type AnyTensor, compile, grad, HostArray, input, scan } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce, flatRows } from './feeds.ts';
import { once } from './once.ts';

interface Problem {
  /** For each layer a row of weights and a row of biases, each of four gates: forget, in, out, change. */
  readonly main_params: number[][];
  /** Weights of the input, weights of the output, biases of the output. */
  readonly extra_params: number[][];
  /** For each layer a row of the hidden state and a row of the cell. */
  readonly state: number[][];
  /** The bits of each character. */
  readonly sequence: number[][];
}

/** One layer at one step: every number of the state has gates of its own. Forget and out see the input, the others the state. */
function layer(x: AnyTensor, hidden: AnyTensor, cell: AnyTensor, weights: AnyTensor, biases: AnyTensor) {
  const gate = (i: number, seen: AnyTensor) => seen.mul(weights.at(0, i)).add(biases.at(0, i));
  const forget = gate(0, x).sigmoid();
  const ingate = gate(1, hidden).sigmoid();
  const outgate = gate(2, x).sigmoid();
  const change = gate(3, hidden).tanh();
  const nextCell = cell.mul(forget).add(ingate.mul(change));
  return { hidden: outgate.mul(nextCell.tanh()), cell: nextCell };
}

function model() {
  const main = input('main', ['layers', 2, 4, 'bits'], 'f64');
  const extra = input('extra', [3, 'bits'], 'f64');
  const state = input('state', ['layers', 2, 'bits'], 'f64');
  const sequence = input('sequence', ['characters', 'bits'], 'f64');
  const embedded = sequence.slice(0, 0, -1).mul(extra.at(0, 0));
  const start = { hidden: state.at(1, 0), cell: state.at(1, 1) };
  // Over the characters, and within each over the layers, where the hidden state of one is the input of the next.
  const [, hidden] = scan({ init: start, xs: embedded }, ({ hidden, cell }, x) => {
    const layers = { hidden, cell, weights: main.at(1, 0), biases: main.at(1, 1) };
    const [top, next] = scan({ init: x, xs: layers }, (below, { hidden, cell, weights, biases }) => {
      const after = layer(below, hidden, cell, weights, biases);
      return [after.hidden, after];
    });
    return [next, top];
  });
  const predicted = hidden.mul(extra.at(0, 1)).add(extra.at(0, 2));
  // ADBench adds 2 to the sum of exponentials: its source reads log(sum(exp(x), 2)).
  const total = predicted.exp().sum(1, { keepDims: true }).add(2).log();
  const loss = predicted.sub(total).mul(sequence.slice(0, 1)).mean().neg();
  return { inputs: [main, extra, state, sequence] as const, loss, main, extra };
}

const objective = once(() => {
  const { inputs, loss } = model();
  return compile({ inputs, outputs: loss });
});

const jacobian = once(() => {
  const { inputs, loss, main, extra } = model();
  return compile({ inputs, outputs: grad(loss, { main, extra }) });
});

/** Rows of parameters belong to layers in pairs, and their columns to gates. */
const feedsOf = fedOnce(({ main_params, extra_params, state, sequence }: Problem) => {
  const layers = state.length / 2;
  const bits = extra_params[0]!.length;
  const shaped = (rows: number[][], shape: number[]) => new HostArray('f64', shape, flatRows(rows));
  return {
    main: shaped(main_params, [layers, 2, 4, bits]),
    extra: shaped(extra_params, [3, bits]),
    state: shaped(state, [layers, 2, bits]),
    sequence: shaped(sequence, [sequence.length, bits]),
  };
});

export const lstm: Evaluation = {
  functions: {
    objective: (problem: Problem) => objective()(feedsOf(problem)),
    jacobian: (problem: Problem) => {
      const { main, extra } = jacobian()(feedsOf(problem));
      return [...main.data, ...extra.data];
    },
  },
};
