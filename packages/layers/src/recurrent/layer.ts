/**
 * Recurrent layers: a cell over sequences, stacked, in one direction or both. The layer is a function from sequences to
 * sequences; `run` also takes initial states and lengths, and gives the last states.
 */
import {
  type AnyTensor,
  constantOf,
  fail,
  formatShape,
  glorotUniform,
  type Initializer,
  isFloat,
  orthogonal,
  type Regularizer,
  valuesOf,
} from '@cotangent/graph';
import { add, concat, mul, splat } from '@cotangent/graph/ops';
import { isTraining } from '../context.ts';
import { callOf, checkTensor, LayerCore, type LayerLike, layerOf, parameter } from '../core.ts';
import { dropHere } from '../layers/dropout.ts';
import {
  amount,
  choice,
  count,
  flag,
  initializer,
  type OptionTable,
  readOptions,
  regularizer,
  rematOption,
  required,
} from '../options.ts';
import { register } from '../registry.ts';
import { type CellActivation, type CellKind, type CellState, type CellWeights, cells } from './cells.ts';
import { maskOf, type Validity } from './lengths.ts';
import { runCell } from './run.ts';
import { givenState, keeping, keptState, learnedState, type StateRequest, zeroState } from './states.ts';

/** How the two directions become one result. */
export type Merge = 'concat' | 'sum' | 'average' | 'multiply';

export interface RecurrentOptions {
  /** Size of the state. */
  readonly units: number;
  /** Layers on top of each other. */
  readonly layers?: number;
  /** Also from the last entry to the first, and how the two results are joined. */
  readonly bidirectional?: Merge | false;
  /** The whole sequence, or the output of the last valid step. */
  readonly returns?: 'sequence' | 'last';
  /** [time, batch, features] instead of [batch, time, features]. */
  readonly timeMajor?: boolean;
  /** From the last entry to the first; outputs stand where their inputs stood. */
  readonly reverse?: boolean;
  /** Between layers, while training. */
  readonly dropout?: number;
  /** Of the state on its way into the next step, with one mask for the whole sequence (Gal and Ghahramani 2016). */
  readonly recurrentDropout?: number;
  /** What the first step sees where the caller gives nothing. */
  readonly initialState?: 'zeros' | 'learned';
  /** Start where the batch before has stopped (truncated backpropagation); `state.reset()` forgets. */
  readonly stateful?: boolean;
  /** Every step as nodes of its own: for a few steps. */
  readonly unroll?: boolean;
  /** Keep every k-th step alone for the gradient, and compute the rest again; 'sqrt' takes the root of the length. */
  readonly remat?: number | 'sqrt';
  readonly bias?: boolean;
  readonly activation?: CellActivation;
  readonly kernelInitializer?: Initializer;
  readonly recurrentInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  readonly kernelRegularizer?: Regularizer;
  readonly recurrentRegularizer?: Regularizer;
  readonly name?: string;
}

/** What a kind of layer has beside. */
export interface CellChoices {
  readonly recurrentActivation?: CellActivation;
  /** GRU. */
  readonly reset?: 'before' | 'after';
  /** LSTM: added to the bias of the forget gate at first (Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
  /** LSTM: the gates see the cell. */
  readonly peephole?: boolean;
}

type Settings = Required<
  Omit<RecurrentOptions, 'remat' | 'name' | 'kernelRegularizer' | 'recurrentRegularizer'>
> &
  Pick<RecurrentOptions, 'remat' | 'kernelRegularizer' | 'recurrentRegularizer'> &
  CellChoices;

const activations = ['tanh', 'relu', 'sigmoid'] as const;
const common: OptionTable = {
  units: required(count()),
  layers: count(1),
  bidirectional: choice([false, 'concat', 'sum', 'average', 'multiply'], false),
  returns: choice(['sequence', 'last'], 'sequence'),
  timeMajor: flag(false),
  reverse: flag(false),
  dropout: amount(0, 0, 1),
  recurrentDropout: amount(0, 0, 1),
  initialState: choice(['zeros', 'learned'], 'zeros'),
  stateful: flag(false),
  unroll: flag(false),
  remat: rematOption(),
  bias: flag(true),
  activation: choice(activations, 'tanh'),
  kernelInitializer: initializer(glorotUniform()),
  recurrentInitializer: initializer(orthogonal()),
  biasInitializer: initializer(constantOf(0)),
  kernelRegularizer: regularizer(),
  recurrentRegularizer: regularizer(),
};
const gated = { recurrentActivation: choice(activations, 'sigmoid') };
const tables: Readonly<Record<CellKind, OptionTable>> = {
  rnn: common,
  gru: { ...common, ...gated, reset: choice(['before', 'after'], 'after') },
  lstm: { ...common, ...gated, forgetBias: amount(1), peephole: flag(false) },
};

/** What `run` takes beside the sequences. */
export interface RunInputs extends Validity {
  /** One state for each layer and direction, in the order of `state`. */
  readonly initialState?: readonly CellState[] | undefined;
}

/** What `run` gives. */
export interface RunOutputs {
  /** [batch, time, units], both directions merged; 0 where a sequence is not valid. */
  readonly output: AnyTensor;
  /** [batch, units]: the output of the last valid step, both directions merged. */
  readonly last: AnyTensor;
  /** For each layer, forwards before backwards: `h`, and `c` for an LSTM, each [batch, units]. */
  readonly state: readonly CellState[];
}

export interface RunLayer extends LayerLike {
  (x: AnyTensor): AnyTensor;
  run(x: AnyTensor, inputs?: RunInputs): RunOutputs;
}

export function makeRecurrent<L extends LayerLike = RunLayer>(kind: CellKind, given: object): L {
  // `readOptions` has checked every option against the table that describes them.
  const settings = readOptions(kind, tables[kind], given) as unknown as Settings;
  refuseContradictions(kind, settings, given);
  const core = new LayerCore(kind, given as Readonly<Record<string, unknown>>, [], true);
  const run = (x: AnyTensor, inputs: RunInputs = {}): RunOutputs => runLayers(kind, settings, x, inputs);
  const layer = layerOf<L>(core, (x) => {
    const { output, last } = run(x);
    return settings.returns === 'last' ? last : output;
  });
  return Object.defineProperty(layer, 'run', { value: callOf(core, run) });
}
for (const kind of Object.keys(cells) as CellKind[]) register(kind, (config) => makeRecurrent(kind, config));

/** Options of which one would silently be without effect. */
function refuseContradictions(kind: CellKind, settings: Settings, given: object): void {
  const { reverse, bidirectional, stateful, initialState, bias, biasInitializer } = settings;
  const refuse = (sentence: string): never => {
    throw fail('BAD_ARGUMENT', `${kind}: ${sentence}`);
  };
  if (reverse && bidirectional !== false) refuse(`bidirectional runs both ways already: leave out reverse`);
  if (stateful && initialState === 'learned')
    refuse(
      `a stateful layer starts from the state that was left, not from a learned one: choose one of them`,
    );
  if (Object.hasOwn(given, 'forgetBias') && !(bias && biasInitializer.kind === 'constant'))
    refuse(
      `forgetBias is added to a constant bias: leave out bias: false and biasInitializer, or forgetBias`,
    );
}

function runLayers(kind: CellKind, settings: Settings, x: AnyTensor, inputs: RunInputs): RunOutputs {
  const { layers, timeMajor, reverse, bidirectional, dropout, stateful } = settings;
  const timeAxis = timeMajor ? 0 : 1;
  checkInput(kind, x, timeMajor);
  const mask = maskOf(inputs, x, timeAxis);
  const directions = bidirectional === false ? [reverse] : [false, true];
  const given = inputs.initialState;
  const wanted = layers * directions.length;
  if (given !== undefined && (!Array.isArray(given) || given.length !== wanted))
    throw fail(
      'BAD_ARGUMENT',
      `initialState is a list of ${wanted} states, one for each layer${bidirectional === false ? '' : ' and direction'}, not ${Array.isArray(given) ? given.length : 'something else'}`,
    );
  const states: CellState[] = [];
  let sequence = x;
  let last = x;
  for (let layer = 0; layer < layers; layer++) {
    const place = layers === 1 ? '' : `${layer}/`;
    const seen = layer === 0 ? sequence : dropHere(sequence, dropout, sequence.shape, `${place}key`);
    const runs = directions.map((backwards, direction) => {
      const prefix = direction === 0 ? place : `${place}backward/`;
      const request: StateRequest = {
        names: cells[kind].states,
        batch: x.shape[1 - timeAxis]!,
        units: settings.units,
        dtype: x.dtype as 'f32' | 'f64',
        prefix,
      };
      const initial =
        given !== undefined
          ? givenState(given[states.length + direction], request, `layer ${layer}`)
          : initialOf(settings, request);
      const ran = runCell(kind, seen, initial, weightsOf(kind, settings, seen, prefix), {
        ...settings,
        timeAxis,
        mask,
        reverse: backwards,
        stateMask: stateMaskOf(settings, request),
      });
      return stateful && given === undefined ? keeping(ran, initial) : ran;
    });
    states.push(...runs.map(({ state }) => state));
    sequence = merged(
      runs.map(({ output }) => output),
      settings,
    );
    last = merged(
      runs.map(({ state }) => state.h!),
      settings,
    );
  }
  return { output: sequence, last, state: states };
}

function checkInput(kind: string, x: AnyTensor, timeMajor: boolean): void {
  checkTensor(x, kind);
  const layout = timeMajor ? '[time, batch, features]' : '[batch, time, features]';
  if (x.shape.length !== 3)
    throw fail('SHAPE_MISMATCH', `${kind} needs ${layout}, not ${formatShape(x.shape)}`);
  if (!isFloat(x.dtype))
    throw fail('DTYPE_MISMATCH', `${kind} takes f32 or f64, not ${x.dtype}: embed or convert it first`);
}

const initialOf = ({ stateful, initialState }: Settings, request: StateRequest): CellState =>
  stateful ? keptState(request) : initialState === 'learned' ? learnedState(request) : zeroState(request);

/** One mask for all steps. */
function stateMaskOf({ recurrentDropout }: Settings, request: StateRequest): AnyTensor | undefined {
  if (recurrentDropout === 0 || !isTraining()) return undefined;
  const { batch, units, dtype, prefix } = request;
  return dropHere(splat(1, [batch, units], dtype), recurrentDropout, [batch, units], `${prefix}recurrentKey`);
}

function weightsOf(kind: CellKind, settings: Settings, x: AnyTensor, prefix: string): CellWeights {
  const { units, bias, kernelInitializer, recurrentInitializer, biasInitializer } = settings;
  const { kernelRegularizer, recurrentRegularizer, forgetBias = 0, peephole, reset } = settings;
  const { dtype } = x;
  const width = cells[kind].gates * units;
  const features = x.shape[2]!;
  const own = (
    name: string,
    shape: readonly (number | string)[],
    initial: Initializer,
    penalty?: Regularizer,
  ): AnyTensor =>
    parameter(`${prefix}${name}`, shape, initial, {
      dtype,
      ...(penalty === undefined ? {} : { regularizer: penalty }),
    });
  const raised =
    kind === 'lstm' && biasInitializer.kind === 'constant'
      ? withForgetBias(units, biasInitializer.value, forgetBias)
      : biasInitializer;
  return {
    kernel: own('kernel', [features, width], kernelInitializer, kernelRegularizer),
    recurrentKernel: own('recurrentKernel', [units, width], recurrentInitializer, recurrentRegularizer),
    bias: bias ? own('bias', [width], raised) : undefined,
    // Behind the reset gate the two biases do not add up to one.
    recurrentBias:
      bias && kind === 'gru' && reset === 'after'
        ? own('recurrentBias', [width], biasInitializer)
        : undefined,
    peephole: peephole === true ? own('peephole', [3 * units], constantOf(0)) : undefined,
  };
}

/** The forget gate, second of four, starts open. */
const withForgetBias = (units: number, value: number, more: number): Initializer =>
  valuesOf(Array.from({ length: 4 * units }, (_, i) => (Math.floor(i / units) === 1 ? value + more : value)));

/** The results of the directions as one. */
function merged(results: readonly AnyTensor[], { bidirectional }: Settings): AnyTensor {
  const [forward, backward] = results as [AnyTensor, AnyTensor | undefined];
  if (backward === undefined) return forward;
  switch (bidirectional) {
    case 'sum':
      return add(forward, backward);
    case 'average':
      return mul(add(forward, backward), 0.5);
    case 'multiply':
      return mul(forward, backward);
    default:
      return concat([forward, backward], -1);
  }
}
