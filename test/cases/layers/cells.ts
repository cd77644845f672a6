/** One step of each recurrent cell on lists of numbers, from the formulas of the papers. */

export type Kind = 'rnn' | 'gru' | 'lstm';
export type State = Readonly<Record<'h', readonly number[]>> & { readonly c?: readonly number[] };

export interface CellOptions {
  readonly activation?: 'tanh' | 'relu' | 'sigmoid';
  readonly recurrentActivation?: 'tanh' | 'relu' | 'sigmoid';
  readonly reset?: 'before' | 'after';
  readonly peephole?: boolean;
  /** Sees the arguments of every relu. */
  readonly arguments?: (x: number) => void;
}

/** Weights by the number of the gate and the unit. */
export interface CellWeights {
  fromInput(gate: number, unit: number, x: readonly number[]): number;
  fromState(gate: number, unit: number, h: readonly number[]): number;
  bias(gate: number, unit: number): number;
  recurrentBias(gate: number, unit: number): number;
  readonly peephole: ((gate: number, unit: number) => number) | undefined;
}

const functions = {
  tanh: Math.tanh,
  relu: (x: number) => Math.max(x, 0),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
} as const;

export function stepOf(
  kind: Kind,
  x: readonly number[],
  state: State,
  weights: CellWeights,
  units: number,
  options: CellOptions,
): State {
  const { h } = state;
  const all = Array.from({ length: units }, (_, unit) => unit);
  const applied = (name: keyof typeof functions) => (value: number) => {
    if (name === 'relu') options.arguments?.(value);
    return functions[name](value);
  };
  const f = applied(options.activation ?? 'tanh');
  const gate = applied(options.recurrentActivation ?? 'sigmoid');
  /** W·x + b + U·s + b' of one gate, where s is the state or something made of it. */
  const sum = (k: number, j: number, s: readonly number[] = h) =>
    weights.fromInput(k, j, x) +
    weights.bias(k, j) +
    weights.fromState(k, j, s) +
    weights.recurrentBias(k, j);
  switch (kind) {
    // Elman 1990: h' = f(W·x + U·h + b)
    case 'rnn':
      return { h: all.map((j) => f(sum(0, j))) };
    // Cho et al. 2014: r, z, then n of the state that was reset, or reset after the product as in cuDNN
    case 'gru': {
      const [r, z] = [all.map((j) => gate(sum(0, j))), all.map((j) => gate(sum(1, j)))];
      const n = all.map((j) =>
        options.reset === 'before'
          ? f(
              sum(
                2,
                j,
                h.map((entry, i) => r[i]! * entry),
              ),
            )
          : f(
              weights.fromInput(2, j, x) +
                weights.bias(2, j) +
                r[j]! * (weights.fromState(2, j, h) + weights.recurrentBias(2, j)),
            ),
      );
      return { h: all.map((j) => (1 - z[j]!) * n[j]! + z[j]! * h[j]!) };
    }
    // Gers and Schmidhuber 2000: gates i, f, g, o; peepholes see the old cell at i and f, the new one at o
    case 'lstm': {
      const c = state.c!;
      const seen = (k: number, j: number, cell: number) => (weights.peephole?.(k, j) ?? 0) * cell;
      const next = all.map((j) => {
        const input = gate(sum(0, j) + seen(0, j, c[j]!));
        const forget = gate(sum(1, j) + seen(1, j, c[j]!));
        return forget * c[j]! + input * f(sum(2, j));
      });
      return { h: all.map((j) => gate(sum(3, j) + seen(2, j, next[j]!)) * f(next[j]!)), c: next };
    }
  }
}
