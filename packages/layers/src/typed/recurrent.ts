/** Recurrent layers, with their shapes as types. */
import type {
  AnyTensor,
  Fits,
  OutputOf,
  RecurrentShape,
  Result,
  ShapeFunctionOf,
  StateAfter,
  TimeDistributedShape,
} from '@cotangent/graph';
import type { AnyLayer, LayerLike } from '../core.ts';
import type { CellChoices, CellKind, cells } from '../recurrent/cells.ts';
import { type Merge, makeRecurrent, type RecurrentOptions, type RunInputs } from '../recurrent/layer.ts';
import { makeTimeDistributed } from '../recurrent/time-distributed.ts';
import type { Layer } from '../types.ts';

/** What `run` gives for sequences T. */
export interface RunOf<
  T extends AnyTensor,
  K extends CellKind,
  N extends number,
  M extends Merge | false,
  Major extends boolean,
> {
  /** [batch, time, units], both directions merged; 0 where a sequence is not valid. */
  readonly output: Result<OutputOf<RecurrentShape<K, N, 'sequence', M, Major>, T>>;
  /** [batch, units]: the output of the last valid step, both directions merged. */
  readonly last: Result<OutputOf<RecurrentShape<K, N, 'last', M, Major>, T>>;
  /** For each layer, forwards before backwards: `h`, and `c` for an LSTM, each [batch, units]. */
  readonly state: readonly [State<T, K, N, Major>, ...State<T, K, N, Major>[]];
}
type State<T extends AnyTensor, K extends CellKind, N extends number, Major> = StateAfter<
  T,
  (typeof cells)[K]['states'][number],
  N,
  Major
>;

/** A recurrent layer: a function of sequences, which can also be run with states and lengths. */
export interface Recurrent<
  K extends CellKind,
  N extends number,
  R extends Returned,
  M extends Merge | false,
  Major extends boolean,
> extends Layer<RecurrentShape<K, N, R, M, Major>> {
  /**
   * With an initial state, lengths or a mask; gives the last states, too.
   *
   * @throws SHAPE_MISMATCH for a state of another batch, or a mask of another shape; CHECK_FAILED when a program runs with
   *   lengths beyond the time axis
   */
  run<T extends AnyTensor>(
    x: Fits<OutputOf<RecurrentShape<K, N, R, M, Major>, T>, T>,
    inputs?: RunInputs,
  ): RunOf<T, K, N, M, Major>;
}

type Shared<N, R, M, T> = Omit<RecurrentOptions, 'units' | 'returns' | 'bidirectional' | 'timeMajor'> & {
  readonly units: N;
  readonly returns?: R;
  readonly bidirectional?: M;
  readonly timeMajor?: T;
};
type Returned = 'sequence' | 'last';
type Kinds<K extends CellKind, Extra> = <
  const N extends number,
  const R extends Returned = 'sequence',
  const M extends Merge | false = false,
  const T extends boolean = false,
>(
  options: Shared<N, R, M, T> & Extra,
) => Recurrent<K, N, R, M, T>;

/**
 * A simple recurrent layer: h' = tanh(W·x + U·h + b) (Elman 1990); relu by the option `activation`.
 *
 * @example
 * ```ts
 * rnn({ units: 16 })(input('x', ['batch', 'time', 3])).shape // ['batch', 'time', 16]
 * ```
 */
export const rnn: Kinds<'rnn', object> = (options) => makeRecurrent('rnn', options);

/**
 * Gated recurrent units (Cho et al. 2014). `reset: 'after'` (default) applies the reset gate to the recurrent product, as
 * cuDNN, PyTorch and Keras do; `'before'` to the state, as in the paper.
 *
 * @example
 * ```ts
 * const model = sequential(gru({ units: 32, returns: 'last' }), linear({ units: 10 }));
 * model(input('x', ['batch', 'time', 8])).shape // ['batch', 10]
 * ```
 */
export const gru: Kinds<'gru', Pick<CellChoices, 'recurrentActivation' | 'reset'>> = (options) =>
  makeRecurrent('gru', options);

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates of Gers et al. 2000).
 *
 * @example
 * ```ts
 * const net = lstm({ units: 32, layers: 2, bidirectional: 'concat' });
 * const { output, last, state } = net.run(input('x', ['batch', 'time', 8]), { lengths: input('n', ['batch'], 'i32') });
 * output.shape // ['batch', 'time', 64]
 * last.shape // ['batch', 64]
 * state.length // 4
 * ```
 */
export const lstm: Kinds<'lstm', Pick<CellChoices, 'recurrentActivation' | 'forgetBias' | 'peephole'>> = (
  options,
) => makeRecurrent('lstm', options);

/**
 * A layer at every time step of [batch, time, ...].
 *
 * @example
 * ```ts
 * timeDistributed(flatten())(input('x', ['batch', 'time', 8, 8])).shape // ['batch', 'time', 64]
 * ```
 */
export const timeDistributed = <const L extends LayerLike>(
  layer: L,
): Layer<TimeDistributedShape<ShapeFunctionOf<L>>> =>
  // Whatever is no layer is refused at run time, with a sentence.
  makeTimeDistributed(layer as unknown as AnyLayer);
