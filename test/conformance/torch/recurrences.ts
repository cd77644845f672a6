/**
 * The recurrences of PyTorch in our words, twice: as layers that own their parameters, and as functions of weights. Its
 * weights are [gates·units, features] with the gates in our order; our kernels are [features, gates·units].
 */
import type { AnyTensor } from '@cotangent/graph';
import { concat, index, splat, stack, transpose } from '@cotangent/graph/ops';
import {
  type AnyLayer,
  type CellKind,
  type CellState,
  type CellWeights,
  cellStep,
  gru,
  lstm,
  type RecurrentOptions,
  type RunInputs,
  type RunOptions,
  type RunOutputs,
  rnn,
  runCell,
} from '@cotangent/layers';
import { type FixtureTensor, fixture } from '../harness.ts';
import { applied, type Built, type Leaves, type Row, type Rows } from './check.ts';
import type { TorchCase } from './fixtures.ts';
import { linearKernel } from './kernels.ts';

export interface RecurrentConfig {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  /** Of an RNN. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** How the loop is run: it must not show in the numbers. */
export type Loop = Pick<RecurrentOptions, 'unroll' | 'remat'>;

type RunnableLayer = AnyLayer & { run(x: AnyTensor, inputs?: RunInputs): RunOutputs };
const layers: Readonly<Record<CellKind, (options: RecurrentOptions) => RunnableLayer>> = { rnn, gru, lstm };

/** Layers of a stack with their directions, in the order of the states, as PyTorch names them. */
const placesOf = ({ layers, bidirectional }: RecurrentConfig): { layer: number; backward: boolean }[] =>
  Array.from({ length: layers }, (_, layer) =>
    (bidirectional ? [false, true] : [false]).map((backward) => ({ layer, backward })),
  ).flat();
const suffixOf = ({ layer, backward }: { layer: number; backward: boolean }): string =>
  `l${layer}${backward ? '_reverse' : ''}`;

const activationOf = ({ nonlinearity }: RecurrentConfig): { activation?: 'tanh' | 'relu' } =>
  nonlinearity === undefined ? {} : { activation: nonlinearity };

/** h0 and c0 are [layers·directions, batch, units]; ours are a list. */
const givenStates = ({ h0, c0 }: Leaves): CellState[] | undefined =>
  h0 === undefined
    ? undefined
    : Array.from({ length: Number(h0.shape[0]) }, (_, i) => ({
        h: index(h0, 0, i),
        ...(c0 === undefined ? {} : { c: index(c0, 0, i) }),
      }));

const outputsOf = (y: AnyTensor, states: readonly CellState[]): Record<string, AnyTensor> => ({
  y,
  ...Object.fromEntries(
    Object.keys(states[0]).map((name) => [`${name}n`, stack(states.map((s) => s[name]))]),
  ),
});

/** The variable of a layer that holds an entry: the two biases of PyTorch are one where they only ever add up. */
function variablesByEntry(kind: CellKind, config: RecurrentConfig): Record<string, string> {
  const names = placesOf(config).flatMap((place) => {
    const stack = config.layers === 1 ? '' : `${place.layer}/`;
    const prefix = `${stack}${place.backward ? 'backward/' : ''}`;
    const suffix = suffixOf(place);
    return [
      [`weight_ih_${suffix}`, `${prefix}kernel`],
      [`weight_hh_${suffix}`, `${prefix}recurrentKernel`],
      [`bias_ih_${suffix}`, `${prefix}bias`],
      [`bias_hh_${suffix}`, `${prefix}${kind === 'gru' ? 'recurrentBias' : 'bias'}`],
    ] as const;
  });
  return Object.fromEntries(names);
}

const weightEntries = ['weight_ih', 'weight_hh'].flatMap((name) => [
  name,
  ...[0, 1].flatMap((layer) => [`${name}_l${layer}`, `${name}_l${layer}_reverse`]),
]);
const transposedWeights = Object.fromEntries(weightEntries.map((entry) => [entry, linearKernel]));

const asLayer = (kind: CellKind, loop: Loop): Row => ({
  arrange: transposedWeights,
  build: (leaves, config: RecurrentConfig): Built => {
    const layer = layers[kind]({
      units: config.hiddenSize,
      layers: config.layers,
      bidirectional: config.bidirectional ? 'concat' : false,
      bias: config.bias,
      timeMajor: !config.batchFirst,
      ...activationOf(config),
      ...loop,
    });
    const { output, state } = layer.run(leaves.x, { initialState: givenStates(leaves) });
    return applied(layer, output, variablesByEntry(kind, config), outputsOf(output, state));
  },
});

/** The GRU of the paper has one bias; its fixture has one layer, and a state without an axis for layers. */
const resetBefore = (loop: Loop): Row => ({
  arrange: transposedWeights,
  build: ({ x, h0 }, { hiddenSize }: RecurrentConfig): Built => {
    const layer = gru({ units: hiddenSize, reset: 'before', timeMajor: true, ...loop });
    const { output, state } = layer.run(x, { initialState: [{ h: h0 }] });
    const names = { weight_ih: 'kernel', weight_hh: 'recurrentKernel', bias: 'bias' };
    return applied(layer as AnyLayer, output, names, { y: output, hn: state[0].h });
  },
});

/** Sequences through layers. */
export const layerRows = (loop: Loop): Rows => ({
  rnn: asLayer('rnn', loop),
  gru: asLayer('gru', loop),
  lstm: asLayer('lstm', loop),
  gruResetBefore: resetBefore(loop),
});

const sumOf = (a: FixtureTensor, b: FixtureTensor): FixtureTensor =>
  fixture(
    a.shape,
    Float64Array.from(a.data, (value, i) => value + b.data[i]),
  );

/** Where a layer has one bias, both entries hold the sum: one variable takes it, and has the gradient of both. */
export function withOneBias(one: TorchCase): TorchCase {
  if (one.op !== 'rnn' && one.op !== 'lstm') return one;
  const params = one.params ?? {};
  const summed = Object.entries(params).map(([name, value]) => {
    const other = name.startsWith('bias_ih') ? name.replace('_ih', '_hh') : name.replace('_hh', '_ih');
    return [name, name.startsWith('bias') ? sumOf(value, params[other]) : value] as const;
  });
  return { ...one, params: Object.fromEntries(summed) };
}

/** What our functions take, of weights as PyTorch has them. */
const weightsOf = (leaves: Leaves, suffix: string): CellWeights => {
  // Which layers and biases there are depends on the case.
  const entries = leaves as Readonly<Record<string, AnyTensor | undefined>>;
  return {
    kernel: transpose(entries[`weight_ih${suffix}`]!),
    recurrentKernel: transpose(entries[`weight_hh${suffix}`]!),
    bias: entries[`bias_ih${suffix}`] ?? entries[`bias${suffix}`],
    recurrentBias: entries[`bias_hh${suffix}`],
  };
};

const zeroState = (kind: CellKind, x: AnyTensor, { hiddenSize, batchFirst }: RecurrentConfig): CellState => {
  const zeros = splat(0, [x.shape[batchFirst ? 0 : 1], hiddenSize], x.dtype);
  return kind === 'lstm' ? { h: zeros, c: zeros } : { h: zeros };
};

const asFunction = (kind: CellKind): Row => ({
  build: (leaves, config: RecurrentConfig): Built => {
    const given = givenStates(leaves);
    const options: RunOptions = { timeAxis: config.batchFirst ? 1 : 0, ...activationOf(config) };
    const states: CellState[] = [];
    let sequence = leaves.x;
    for (let layer = 0; layer < config.layers; layer++) {
      const runs = placesOf(config)
        .filter((place) => place.layer === layer)
        .map((place, direction) => {
          const initial = given?.[states.length + direction] ?? zeroState(kind, leaves.x, config);
          const weights = weightsOf(leaves, `_${suffixOf(place)}`);
          return runCell(kind, sequence, initial, weights, { ...options, reverse: place.backward });
        });
      states.push(...runs.map(({ state }) => state));
      sequence = concat(
        runs.map(({ output }) => output),
        -1,
      );
    }
    return { outputs: outputsOf(sequence, states), owned: {} };
  },
});

const asStep = (kind: CellKind): Row => ({
  build: (leaves): Built => {
    const { x, h, c } = leaves;
    const next = cellStep(kind, x, kind === 'lstm' ? { h, c } : { h }, weightsOf(leaves, ''));
    const outputs = Object.entries(next).map(([name, value]) => [`${name}1`, value] as const);
    return { outputs: Object.fromEntries(outputs), owned: {} };
  },
});

/** Single steps. */
export const stepRows: Rows = {
  rnnCell: asStep('rnn'),
  gruCell: asStep('gru'),
  lstmCell: asStep('lstm'),
};

/** Sequences through functions of weights, with both biases. */
export const functionRows: Rows = {
  rnn: asFunction('rnn'),
  gru: asFunction('gru'),
  lstm: asFunction('lstm'),
  gruResetBefore: {
    build: (leaves): Built => {
      const { x, h0 } = leaves;
      const options = { timeAxis: 0, reset: 'before' } as const;
      const { output, state } = runCell('gru', x, { h: h0 }, weightsOf(leaves, ''), options);
      return { outputs: { y: output, hn: state.h }, owned: {} };
    },
  },
};
