/**
 * Recurrent layers: a cell over sequences, stacked, in one direction or both. The layer is a function from sequences to
 * sequences; `run` also takes initial states and lengths, and gives the last states.
 */
import {
  type AnyTensor,
  checkKeys,
  constantOf,
  fail,
  formatShape,
  glorotUniform,
  type Initializer,
  isFloat,
  type OptionKeys,
  orthogonal,
  type Regularizer,
  type Shape,
  show,
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
import {
  activationOption,
  type Cell,
  type CellActivation,
  type CellChoices,
  type CellKind,
  type CellState,
  type CellWeights,
  cells,
} from './cells.ts';
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
  /** Between layers, of which there are two or more, while training. */
  readonly dropout?: number;
  /** Of the state on its way into the next step, with one mask for the whole sequence (Gal and Ghahramani 2016). */
  readonly recurrentDropout?: number;
  /** What the first step sees where the caller gives nothing. */
  readonly initialState?: 'zeros' | 'learned';
  /**
   * Start where the batch before has stopped (truncated backpropagation); `state.reset()` forgets. A run that is given
   * its states uses those, and keeps nothing.
   */
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

type Settings = Required<
  Omit<RecurrentOptions, 'remat' | 'name' | 'kernelRegularizer' | 'recurrentRegularizer'>
> &
  Pick<RecurrentOptions, 'remat' | 'kernelRegularizer' | 'recurrentRegularizer'> &
  CellChoices;

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
  activation: activationOption('tanh'),
  kernelInitializer: initializer(glorotUniform()),
  recurrentInitializer: initializer(orthogonal()),
  biasInitializer: initializer(constantOf(0)),
  kernelRegularizer: regularizer(),
  recurrentRegularizer: regularizer(),
};
/** What `run` takes beside the sequences. */
export interface RunInputs extends Validity {
  /** One state for each layer and direction, in the order of `state`. */
  readonly initialState?: readonly CellState[] | undefined;
}
const runKeys: OptionKeys<RunInputs> = { lengths: true, mask: true, initialState: true };

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
  const cell: Cell = cells[kind];
  // `readOptions` has checked every option against the table that describes them.
  const settings = readOptions(kind, { ...common, ...cell.options }, given) as unknown as Settings;
  const contradiction = contradictionIn(settings) ?? cell.contradiction?.(settings, given);
  if (contradiction !== undefined) throw fail('BAD_ARGUMENT', `${kind}: ${contradiction}`);
  const core = new LayerCore(kind, given as Readonly<Record<string, unknown>>, [], true);
  const run = (x: AnyTensor, inputs: RunInputs = {}): RunOutputs => {
    checkKeys(`${kind}.run`, inputs, runKeys);
    checkTensor(x, `${kind}.run`);
    return runLayers(kind, settings, x, inputs);
  };
  const layer = layerOf<L>(
    core,
    (x) => {
      const { output, last } = run(x);
      return settings.returns === 'last' ? last : output;
    },
    'lengths, masks and states go to run, as in layer.run(x, { lengths })',
  );
  return Object.defineProperty(layer, 'run', { value: callOf(core, run) });
}
for (const kind of Object.keys(cells) as CellKind[]) register(kind, (config) => makeRecurrent(kind, config));

/** Options of which one would silently be without effect. */
function contradictionIn(settings: Settings): string | undefined {
  const { layers, reverse, bidirectional, stateful, initialState, dropout, unroll, remat } = settings;
  if (reverse && bidirectional !== false) return `bidirectional runs both ways already: leave out reverse`;
  if (stateful && (reverse || bidirectional !== false))
    return `a stateful layer goes on where the batch before has stopped, and what runs backwards starts at the end: leave out stateful, or reverse and bidirectional`;
  if (stateful && initialState === 'learned')
    return `a stateful layer starts from the state that was left, not from a learned one: choose one of them`;
  if (dropout > 0 && layers === 1)
    return `dropout acts between layers, and there is one: leave it out, put dropout(${dropout}) behind this layer, or give recurrentDropout`;
  if (unroll && remat !== undefined)
    return `unroll makes every step nodes of its own, and remat is about the steps of a loop: give one of them`;
  return undefined;
}

function runLayers(kind: CellKind, settings: Settings, x: AnyTensor, inputs: RunInputs): RunOutputs {
  const { layers, timeMajor, reverse, bidirectional, dropout, stateful } = settings;
  const timeAxis = timeMajor ? 0 : 1;
  checkInput(kind, x, timeMajor);
  const mask = maskOf(inputs, x, timeAxis);
  const directions = bidirectional === false ? [reverse] : [false, true];
  const given = inputs.initialState;
  const wanted = layers * directions.length;
  const names = cells[kind].states;
  if (given !== undefined && (!Array.isArray(given) || given.length !== wanted))
    throw fail(
      'BAD_ARGUMENT',
      `initialState is a list with a state for each layer${bidirectional === false ? '' : ' and direction'}, ${wanted} here, not ${Array.isArray(given) ? given.length : show(given)}: write initialState: [{ ${names.join(', ')} }${wanted === 1 ? '' : ', …'}]`,
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
        names,
        batch: x.shape[1 - timeAxis]!,
        units: settings.units,
        dtype: x.dtype as 'f32' | 'f64',
        prefix,
      };
      const initial =
        given !== undefined
          ? givenState(
              given[states.length + direction],
              request,
              `initialState[${states.length + direction}]${wanted === 1 ? '' : ` (layer ${layer}${direction === 0 ? '' : ', backward'})`}`,
            )
          : initialOf(settings, request);
      const ran = runCell(kind, seen, initial, weightsOf(kind, settings, seen, prefix), {
        activation: settings.activation,
        recurrentActivation: settings.recurrentActivation,
        reset: settings.reset,
        stateMask: stateMaskOf(settings, request),
        timeAxis,
        mask,
        reverse: backwards,
        unroll: settings.unroll,
        remat: settings.remat,
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
  const { units, kernelInitializer, recurrentInitializer } = settings;
  const { kernelRegularizer, recurrentRegularizer } = settings;
  const cell: Cell = cells[kind];
  const width = cell.gates * units;
  const own = (name: string, shape: Shape, initial: Initializer, penalty?: Regularizer): AnyTensor =>
    parameter(`${prefix}${name}`, shape, initial, {
      dtype: x.dtype,
      ...(penalty === undefined ? {} : { regularizer: penalty }),
    });
  const kernel = own('kernel', [x.shape[2]!, width], kernelInitializer, kernelRegularizer);
  const recurrentKernel = own('recurrentKernel', [units, width], recurrentInitializer, recurrentRegularizer);
  const rows = Object.entries(cell.rows).flatMap(([name, { gates, initial }]) => {
    const start = initial(settings);
    return start === undefined ? [] : [[name, own(name, [gates * units], start)] as const];
  });
  return { kernel, recurrentKernel, ...Object.fromEntries(rows) };
}

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
