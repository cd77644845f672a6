/**
 * The cells: one step of a recurrence each, as a function of what the input adds and of the state before.
 * Gates lie side by side along the last axis, in the order of the formulas.
 */
import { type AnyTensor, constantOf, type Initializer, valuesOf } from '@cotangent/graph';
import { add, matmul, mul, relu, sigmoid, split, sub, tanh } from '@cotangent/graph/ops';
import { amount, choice, flag, type OptionKind, type OptionTable } from '../options.ts';

/** `h`, and `c` for an LSTM, each [batch, units]. */
export type CellState = Readonly<Record<string, AnyTensor>>;

export interface CellWeights {
  /** [features, gates·units] */
  readonly kernel: AnyTensor;
  /** [units, gates·units] */
  readonly recurrentKernel: AnyTensor;
  /** [gates·units], added to what comes from the input. */
  readonly bias?: AnyTensor | undefined;
  /** [gates·units], added to what comes from the state. */
  readonly recurrentBias?: AnyTensor | undefined;
  /** [3·units], from the cell to the gates i, f, o of an LSTM. */
  readonly peephole?: AnyTensor | undefined;
}

export const cellActivations = { tanh, relu, sigmoid } as const;
export type CellActivation = keyof typeof cellActivations;

export interface CellOptions {
  /** Of candidates and outputs; tanh by default. */
  readonly activation?: CellActivation | undefined;
  /** Of gates; sigmoid by default. */
  readonly recurrentActivation?: CellActivation | undefined;
  /** GRU: whether the reset gate acts before or after the recurrent product. */
  readonly reset?: 'before' | 'after' | undefined;
  /** [batch, units]: multiplies the state on its way into the recurrent product, the same at every step. */
  readonly stateMask?: AnyTensor | undefined;
}

/** What the input adds to every gate, for any leading axes: all steps at once. */
export const fromInput = (x: AnyTensor, { kernel, bias }: CellWeights): AnyTensor => {
  const product = matmul(x, kernel);
  return bias === undefined ? product : add(product, bias);
};

const fromState = (h: AnyTensor, kernel: AnyTensor, bias: AnyTensor | undefined): AnyTensor => {
  const product = matmul(h, kernel);
  return bias === undefined ? product : add(product, bias);
};

const gatesOf = (x: AnyTensor, count: number): AnyTensor[] => split(x, count, -1);

/** What a layer of one kind may be told beside what all are told. */
export interface CellChoices {
  readonly recurrentActivation?: CellActivation;
  /** GRU. */
  readonly reset?: 'before' | 'after';
  /** LSTM: added to the bias of the forget gate at first (Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
  /** LSTM: the gates see the cell. */
  readonly peephole?: boolean;
}

/** What weights of a layer depend on. */
export interface CellSettings extends CellChoices {
  readonly units: number;
  readonly bias: boolean;
  readonly biasInitializer: Initializer;
}

/** A weight of one axis. */
export interface Row {
  /** How many numbers it has for each unit. */
  readonly gates: number;
  /** What it starts from in a layer; undefined if a layer with these options has none. */
  initial(settings: CellSettings): Initializer | undefined;
}

/** All that makes a kind of cell; its layer asks for nothing else. */
export interface Cell {
  /** Gates along the last axis of the kernels. */
  readonly gates: number;
  readonly states: readonly string[];
  /** Options of its layer, beside those of all layers. */
  readonly options: OptionTable;
  /** Which of the options would be without effect, and what to do. */
  contradiction?(settings: CellSettings, given: object): string | undefined;
  /** Weights beside the two kernels. */
  readonly rows: Readonly<Partial<Record<Exclude<keyof CellWeights, 'kernel' | 'recurrentKernel'>, Row>>>;
  /** The state after a step; `input` is what `fromInput` gives for it. */
  step(input: AnyTensor, state: CellState, weights: CellWeights, options: CellOptions): CellState;
}

export const activationOption = (fallback: CellActivation): OptionKind<string> =>
  choice(Object.keys(cellActivations), fallback);
const gated = { recurrentActivation: activationOption('sigmoid') };

const biasRow = (gates: number): Row => ({
  gates,
  initial: ({ bias, biasInitializer }) => (bias ? biasInitializer : undefined),
});
/** Where both biases add up to one, layers have one. */
const onlyGiven = (gates: number): Row => ({ gates, initial: () => undefined });

const masked = (h: AnyTensor, { stateMask }: CellOptions): AnyTensor =>
  stateMask === undefined ? h : mul(h, stateMask);

export const cells = {
  /** h' = tanh(W·x + U·h + b) (Elman 1990). */
  rnn: {
    gates: 1,
    states: ['h'] as const,
    options: {},
    rows: { bias: biasRow(1), recurrentBias: onlyGiven(1) },
    step(input, state, { recurrentKernel, recurrentBias }, options) {
      const f = cellActivations[options.activation ?? 'tanh'];
      return { h: f(add(input, fromState(masked(state.h!, options), recurrentKernel, recurrentBias))) };
    },
  },
  /**
   * r, z = σ(W·x + U·h + b), h' = (1 − z)∘n + z∘h, where the candidate n is tanh(W·x + b + r∘(U·h + b'))
   * (`after`, as in cuDNN) or tanh(W·x + U·(r∘h) + b) (`before`, Cho et al. 2014). Gates in the order r, z, n.
   */
  gru: {
    gates: 3,
    states: ['h'] as const,
    options: { ...gated, reset: choice(['before', 'after'], 'after') },
    rows: {
      bias: biasRow(3),
      // Behind the reset gate the two biases do not add up to one.
      recurrentBias: {
        gates: 3,
        initial: ({ bias, reset, biasInitializer }) =>
          bias && reset === 'after' ? biasInitializer : undefined,
      },
    },
    step(input, state, { recurrentKernel, recurrentBias }, options) {
      const f = cellActivations[options.activation ?? 'tanh'];
      const gate = cellActivations[options.recurrentActivation ?? 'sigmoid'];
      const [inputR, inputZ, inputN] = gatesOf(input, 3) as [AnyTensor, AnyTensor, AnyTensor];
      const h = state.h!;
      const seen = masked(h, options);
      let candidate: AnyTensor;
      let update: AnyTensor;
      if (options.reset === 'before') {
        const [kernelR, kernelZ, kernelN] = gatesOf(recurrentKernel, 3) as [AnyTensor, AnyTensor, AnyTensor];
        const [biasR, biasZ, biasN] = recurrentBias === undefined ? [] : gatesOf(recurrentBias, 3);
        const reset = gate(add(inputR, fromState(seen, kernelR, biasR)));
        update = gate(add(inputZ, fromState(seen, kernelZ, biasZ)));
        candidate = f(add(inputN, fromState(mul(reset, seen), kernelN, biasN)));
      } else {
        const product = fromState(seen, recurrentKernel, recurrentBias);
        const [stateR, stateZ, stateN] = gatesOf(product, 3) as [AnyTensor, AnyTensor, AnyTensor];
        const reset = gate(add(inputR, stateR));
        update = gate(add(inputZ, stateZ));
        candidate = f(add(inputN, mul(reset, stateN)));
      }
      return { h: add(candidate, mul(update, sub(h, candidate))) };
    },
  },
  /**
   * i, f, o = σ(W·x + U·h + b), g = tanh(W·x + U·h + b), c' = f∘c + i∘g, h' = o∘tanh(c') (Hochreiter and Schmidhuber
   * 1997, Gers et al. 2000); with peepholes the cell is seen by i and f before the step, by o after it (Gers and
   * Schmidhuber 2000). Gates in the order i, f, g, o.
   */
  lstm: {
    gates: 4,
    states: ['h', 'c'] as const,
    options: { ...gated, forgetBias: amount(1), peephole: flag(false) },
    contradiction: ({ bias, biasInitializer }, given) =>
      Object.hasOwn(given, 'forgetBias') && !(bias && biasInitializer.kind === 'constant')
        ? 'forgetBias is added to a constant bias: leave out bias: false and biasInitializer, or forgetBias'
        : undefined,
    rows: {
      bias: { gates: 4, initial: (settings) => (settings.bias ? withForgetBias(settings) : undefined) },
      recurrentBias: onlyGiven(4),
      peephole: { gates: 3, initial: ({ peephole }) => (peephole === true ? constantOf(0) : undefined) },
    },
    step(input, state, { recurrentKernel, recurrentBias, peephole }, options) {
      const f = cellActivations[options.activation ?? 'tanh'];
      const gate = cellActivations[options.recurrentActivation ?? 'sigmoid'];
      const { h, c } = state as { h: AnyTensor; c: AnyTensor };
      const sums = add(input, fromState(masked(h, options), recurrentKernel, recurrentBias));
      const [sumI, sumF, sumG, sumO] = gatesOf(sums, 4) as [AnyTensor, AnyTensor, AnyTensor, AnyTensor];
      const [seenI, seenF, seenO] = peephole === undefined ? [] : gatesOf(peephole, 3);
      const looking = (sum: AnyTensor, weight: AnyTensor | undefined, cell: AnyTensor): AnyTensor =>
        gate(weight === undefined ? sum : add(sum, mul(cell, weight)));
      const kept = mul(looking(sumF, seenF, c), c);
      const cell = add(kept, mul(looking(sumI, seenI, c), f(sumG)));
      return { h: mul(looking(sumO, seenO, cell), f(cell)), c: cell };
    },
  },
} satisfies Readonly<Record<string, Cell>>;
export type CellKind = keyof typeof cells;

/** The forget gate, second of four, starts open. */
function withForgetBias({ units, biasInitializer, forgetBias = 0 }: CellSettings): Initializer {
  if (biasInitializer.kind !== 'constant') return biasInitializer;
  const { value } = biasInitializer;
  return valuesOf(
    Array.from({ length: 4 * units }, (_, i) => (Math.floor(i / units) === 1 ? value + forgetBias : value)),
  );
}
