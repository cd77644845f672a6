/** Cases of recurrent layers: stacks, directions, lengths and states around the formulas of the cells. */
import { type AnyTensor, type FloatDType, type HostArray, input } from '@cotangent/graph';
import {
  type AnyLayer,
  gru,
  lstm,
  type RecurrentOptions,
  type RunInputs,
  type RunOutputs,
  rnn,
} from '@cotangent/layers';
import { arrayOf, at } from '../arrays.ts';
import type { Random } from '../random.ts';
import type { BadLayer, LayerCases, LayerResult, LayerRun, LayerSample } from './case.ts';
import { type CellOptions, type CellWeights, type Kind, type State, stepOf } from './cells.ts';
import { numbers, someOf } from './draws.ts';

export type Options = RecurrentOptions & CellOptions & { readonly forgetBias?: number };
type Sample = LayerSample<Options>;

const makers = { rnn, gru, lstm } as const;
const gates = { rnn: 1, gru: 3, lstm: 4 } as const;

const directionsOf = ({ bidirectional = false, reverse = false }: Options): boolean[] =>
  bidirectional === false ? [reverse] : [false, true];
const statesOf = (kind: Kind): readonly string[] => (kind === 'lstm' ? ['h', 'c'] : ['h']);
/** One for each layer and direction. */
const placesOf = (options: Options): string[] =>
  Array.from({ length: options.layers ?? 1 }, (_, layer) =>
    (options.layers ?? 1) === 1 ? '' : `${layer}/`,
  ).flatMap((place) =>
    directionsOf(options).map((_, direction) => (direction === 0 ? place : `${place}backward/`)),
  );
const join = (a: number, b: number, merge: Options['bidirectional']): number =>
  merge === 'multiply' ? a * b : merge === 'average' ? (a + b) / 2 : a + b;

/** Both directions of one step as one list. */
function merged(lists: readonly (readonly number[])[], merge: Options['bidirectional']): number[] {
  const [forward, backward] = lists;
  if (backward === undefined) return [...forward!];
  if (merge === 'concat') return [...forward!, ...backward];
  return forward!.map((entry, i) => join(entry, backward[i]!, merge));
}

/** The weights of one place, as functions of gate and position. */
function weightsAt(variables: LayerRun['variables'], place: string, units: number): CellWeights {
  const read = (name: string) => variables[`${place}${name}`];
  const [kernel, recurrent, peephole] = [read('kernel')!, read('recurrentKernel')!, read('peephole')];
  const offset = (name: string) => (gate: number, unit: number) => read(name)?.data[gate * units + unit] ?? 0;
  return {
    fromInput: (gate, unit, x) =>
      x.reduce((sum, entry, k) => sum + entry * at(kernel, [k, gate * units + unit]), 0),
    fromState: (gate, unit, h) =>
      h.reduce((sum, entry, k) => sum + entry * at(recurrent, [k, gate * units + unit]), 0),
    bias: offset('bias'),
    recurrentBias: offset('recurrentBias'),
    peephole: peephole === undefined ? undefined : (gate, unit) => peephole.data[gate * units + unit]!,
  };
}

/** A run over one sequence of steps; a step that is not valid keeps the state and gives 0. */
function runOver(
  kind: Kind,
  { units, ...options }: Options,
  weights: CellWeights,
  steps: readonly (readonly number[])[],
  valid: readonly boolean[],
  backwards: boolean,
  initial: State,
): { readonly outputs: number[][]; readonly state: State } {
  let state = initial;
  const outputs = steps.map(() => Array<number>(units).fill(0));
  const order = steps.map((_, t) => t);
  for (const t of backwards ? order.reverse() : order) {
    if (!valid[t]) continue;
    state = stepOf(kind, steps[t]!, state, weights, units, options);
    outputs[t] = [...state.h];
  }
  return { outputs, state };
}

interface Recurrence {
  /** By example, step and unit. */
  readonly sequence: number[][][];
  readonly last: number[][];
  /** By place, example and unit. */
  readonly states: Readonly<Record<string, (readonly number[])[]>>[];
}

function recurrence(kind: Kind, { options, x, more = {}, variables }: LayerRun<Options>): Recurrence {
  const { timeMajor = false, units } = options;
  const [batch, time] = timeMajor ? [x.shape[1]!, x.shape[0]!] : [x.shape[0]!, x.shape[1]!];
  const where = (example: number, t: number) => (timeMajor ? [t, example] : [example, t]);
  const isValid = (example: number, t: number): boolean =>
    more.lengths !== undefined
      ? t < more.lengths.data[example]!
      : more.mask === undefined || at(more.mask, where(example, t)) !== 0;
  const initialOf = (place: string, number: number, example: number): State => {
    const entries = statesOf(kind).map((name) => {
      const given = more[`${name}${number}`];
      const learned = variables[`${place}initialState/${name}`];
      const kept = variables[`${place}state/${name}`];
      const entry = (unit: number) =>
        given !== undefined
          ? at(given, [example, unit])
          : (learned?.data[unit] ?? (kept === undefined ? 0 : at(kept, [example, unit])));
      return [name, Array.from({ length: units }, (_, unit) => entry(unit))] as const;
    });
    // The names are those of the states of the cell.
    return Object.fromEntries(entries) as unknown as State;
  };
  const directions = directionsOf(options);
  const places = placesOf(options);
  const states = places.map(() =>
    Object.fromEntries(statesOf(kind).map((name) => [name, [] as (readonly number[])[]])),
  );
  const last: number[][] = [];
  const sequence = Array.from({ length: batch }, (_, example) => {
    const valid = Array.from({ length: time }, (__, t) => isValid(example, t));
    let steps = Array.from({ length: time }, (__, t) =>
      Array.from({ length: x.shape[2]! }, (___, k) => at(x, [...where(example, t), k])),
    );
    for (let layer = 0; layer < places.length / directions.length; layer++) {
      const runs = directions.map((backwards, direction) => {
        const number = layer * directions.length + direction;
        const place = places[number]!;
        const run = runOver(
          kind,
          options,
          weightsAt(variables, place, units),
          steps,
          valid,
          backwards,
          initialOf(place, number, example),
        );
        for (const [name, values] of Object.entries(run.state)) states[number]![name]!.push(values);
        return run;
      });
      steps = steps.map((_, t) =>
        merged(
          runs.map(({ outputs }) => outputs[t]!),
          options.bidirectional,
        ),
      );
      last[example] = merged(
        runs.map(({ state }) => [...state.h]),
        options.bidirectional,
      );
    }
    return steps;
  });
  return { sequence, last, states };
}

function results(kind: Kind, run: LayerRun<Options>): LayerResult {
  const { options, x } = run;
  const { sequence, last, states } = recurrence(kind, run);
  const width = last[0]!.length;
  const [batch, time] = [sequence.length, sequence[0]!.length];
  const steps = options.timeMajor
    ? Array.from({ length: time }, (_, t) => sequence.map((one) => one[t]!))
    : sequence;
  const whole = { shape: [...x.shape.slice(0, 2), width], values: steps.flat(2) };
  const final = { shape: [batch, width], values: last.flat() };
  const own = states.flatMap((state) =>
    Object.values(state).map((rows) => ({ shape: [batch, options.units], values: rows.flat() })),
  );
  const kept = placesOf(options).flatMap((place, i) =>
    Object.entries(states[i]!).map(([name, rows]) => [`${place}state/${name}`, rows.flat()] as const),
  );
  return {
    outputs: [options.returns === 'last' ? final : whole, whole, final, ...own],
    ...(options.stateful && run.more?.h0 === undefined ? { updates: Object.fromEntries(kept) } : {}),
  };
}

/** Options of a layer that are no formula: how it is stacked, turned, joined and kept. */
function drawnOptions(random: Random, kind: Kind): Options {
  const bidirectional = random.pick([false, false, 'concat', 'sum', 'average', 'multiply'] as const);
  const stateful = random.chance(0.2);
  const options: Options = {
    units: random.whole(1, 3),
    ...someOf(
      random,
      {
        layers: random.whole(1, 2),
        bidirectional,
        returns: random.pick(['sequence', 'last'] as const),
        timeMajor: random.chance(0.5),
        ...(bidirectional === false ? { reverse: random.chance(0.5) } : {}),
        ...(stateful ? { stateful } : { initialState: random.pick(['zeros', 'learned'] as const) }),
        bias: random.chance(0.7),
        activation: random.pick(['tanh', 'sigmoid', 'relu'] as const),
        ...(kind === 'rnn' ? {} : { recurrentActivation: random.pick(['sigmoid', 'tanh'] as const) }),
        ...(kind === 'gru' ? { reset: random.pick(['before', 'after'] as const) } : {}),
        ...(kind === 'lstm' ? { peephole: random.chance(0.6) } : {}),
      },
      0.5,
    ),
    ...(random.chance(0.2)
      ? { unroll: true }
      : random.chance(0.3)
        ? { remat: random.pick([1, 2, 'sqrt'] as const) }
        : {}),
  };
  return options;
}

/** Lengths or a mask, and initial states, now and then. */
function drawnInputs(
  random: Random,
  kind: Kind,
  options: Options,
  dtype: FloatDType,
  batch: number,
  time: number,
): Record<string, HostArray> {
  const more: Record<string, HostArray> = {};
  const validity = random.pick(['all', 'all', 'lengths', 'mask']);
  if (validity === 'lengths')
    more.lengths = arrayOf(
      'i32',
      [batch],
      random.list(batch, () => random.whole(0, time)),
    );
  if (validity === 'mask') {
    const shape = options.timeMajor ? [time, batch] : [batch, time];
    more.mask = arrayOf(
      'bool',
      shape,
      random.list(batch * time, () => Number(random.chance(0.6))),
    );
  }
  if (random.chance(0.3))
    placesOf(options).forEach((_, i) => {
      for (const name of statesOf(kind)) more[`${name}${i}`] = numbers(random, dtype, [batch, options.units]);
    });
  return more;
}

type Runnable = AnyLayer & { run(x: AnyTensor, inputs?: RunInputs): RunOutputs };

/** The layer as a function, unless it is given more than a sequence; then all that `run` gives. */
function call(
  kind: Kind,
  layer: AnyLayer,
  { x, lengths, mask, ...rest }: Readonly<Record<string, AnyTensor>>,
  { options }: Sample,
): readonly AnyTensor[] {
  const given = rest.h0 !== undefined;
  const initialState = placesOf(options).map((_, i) =>
    Object.fromEntries(statesOf(kind).map((name) => [name, rest[`${name}${i}`]!])),
  );
  // Recurrent layers can be run with more.
  const { output, last, state } = (layer as Runnable).run(x!, {
    lengths,
    mask,
    ...(given ? { initialState } : {}),
  });
  const own = state.flatMap((one) => statesOf(kind).map((name) => one[name]!));
  return [options.returns === 'last' ? last : output, output, last, ...own];
}

const batchAxis = ({ options }: Sample, name: string): number => {
  const isSequence =
    name === 'x' ||
    name === 'mask' ||
    name === 'output1' ||
    (name === 'output0' && options.returns !== 'last');
  return isSequence && options.timeMajor ? 1 : 0;
};

/** How near to 0 the argument of a relu comes: there its slope jumps. */
function distanceOf(kind: Kind, run: LayerRun<Options>): number {
  const { activation, recurrentActivation } = run.options;
  if (activation !== 'relu' && recurrentActivation !== 'relu') return Infinity;
  let nearest = Infinity;
  const seen = {
    ...run,
    options: { ...run.options, arguments: (x: number) => (nearest = Math.min(nearest, Math.abs(x))) },
  };
  recurrence(kind, seen);
  return nearest;
}

const badOptions = (kind: Kind): BadLayer[] => {
  const bad = (options: object, sentence: string): BadLayer => ({
    options: { units: 2, ...options },
    code: 'BAD_ARGUMENT',
    sentence,
  });
  return [
    { options: {}, code: 'BAD_ARGUMENT', sentence: `${kind} needs the option 'units'` },
    bad({ units: 0 }, "the option 'units' is 0"),
    bad({ layers: 0 }, "the option 'layers' is 0"),
    bad({ bidirectional: true }, 'not one of false, concat, sum, average, multiply'),
    bad({ returns: 'first' }, 'not one of sequence, last'),
    bad({ dropout: 2 }, "the option 'dropout' is 2"),
    bad({ recurrentDropout: -1 }, "the option 'recurrentDropout' is -1"),
    bad({ initialState: 'random' }, 'not one of zeros, learned'),
    bad({ activation: 'gelu' }, 'not one of tanh, relu, sigmoid'),
    bad({ remat: 0 }, "the option 'remat' is 0"),
    bad({ hidden: 2 }, `${kind} has no option 'hidden'`),
    bad({ reverse: true, bidirectional: 'sum' }, 'bidirectional runs both ways already: leave out reverse'),
    bad({ stateful: true, initialState: 'learned' }, 'a stateful layer starts from the state that was left'),
    ...(kind === 'gru'
      ? [bad({ reset: 'never' }, 'not one of before, after')]
      : [bad({ reset: 'after' }, "has no option 'reset'")]),
    ...(kind === 'lstm'
      ? [bad({ forgetBias: 1, bias: false }, 'forgetBias is added to a constant bias')]
      : [bad({ peephole: true }, "has no option 'peephole'")]),
  ];
};

const badCalls = (kind: Kind): BadLayer[] => {
  const bad = (
    x: string,
    more: Readonly<Record<string, string>>,
    code: BadLayer['code'],
    sentence: string,
    options = {},
  ): BadLayer => ({
    options: { units: 2, ...options },
    x,
    more,
    code,
    sentence,
  });
  const sequences = 'f32[3, 4, 5]';
  const cell: Readonly<Record<string, string>> = kind === 'lstm' ? { c0: 'f32[3, 2]' } : {};
  return [
    bad('f32[3, 4]', {}, 'SHAPE_MISMATCH', `${kind} needs [batch, time, features], not [3, 4]`),
    bad('f32[3, 4]', {}, 'SHAPE_MISMATCH', `${kind} needs [time, batch, features]`, { timeMajor: true }),
    bad('i32[3, 4, 5]', {}, 'DTYPE_MISMATCH', `${kind} takes f32 or f64, not i32`),
    bad('f32[3, 4, features]', {}, 'BAD_ARGUMENT', 'needs fixed sizes, not [features'),
    bad(
      sequences,
      { lengths: 'i32[4]' },
      'SHAPE_MISMATCH',
      'lengths are i32[3], one for each sequence, not i32[4]',
    ),
    bad(sequences, { lengths: 'f32[3]' }, 'SHAPE_MISMATCH', 'lengths are i32[3]'),
    bad(sequences, { mask: 'bool[4, 3]' }, 'SHAPE_MISMATCH', 'a mask is bool[3, 4]'),
    bad(sequences, { mask: 'f32[3, 4]' }, 'SHAPE_MISMATCH', 'a mask is bool[3, 4]'),
    bad(
      sequences,
      { lengths: 'i32[3]', mask: 'bool[3, 4]' },
      'BAD_ARGUMENT',
      'lengths and mask say the same',
    ),
    bad(
      sequences,
      { h0: 'f32[3, 3]', ...cell },
      'SHAPE_MISMATCH',
      "the initial state 'h' of layer 0 is f32[3, 3]",
    ),
    bad(
      sequences,
      { h0: 'f64[3, 2]', ...cell },
      'DTYPE_MISMATCH',
      "the initial state 'h' of layer 0 is f64[3, 2]",
    ),
    ...(kind === 'lstm'
      ? [bad(sequences, { h0: 'f32[3, 2]' }, 'BAD_ARGUMENT', "the initial state of layer 0 lacks 'c'")]
      : []),
  ];
};

const recurrent = (kind: Kind): LayerCases<Options> => ({
  smooth: 'runs whose relus come near to 0 are passed over: see distance',
  sample(random, dtype) {
    const options = drawnOptions(random, kind);
    const [batch, time] = [random.whole(1, 3), random.whole(1, 3)];
    const shape = options.timeMajor ? [time, batch] : [batch, time];
    const x = numbers(random, dtype, [...shape, random.whole(1, 2)]);
    const more = drawnInputs(random, kind, options, dtype, batch, time);
    const training = random.chance(0.5);
    // What dropout drops is random; in evaluation it drops nothing.
    const dropouts = training ? {} : someOf(random, { dropout: 0.5, recurrentDropout: 0.4 }, 0.3);
    return { options: { ...options, ...dropouts }, x, more, training };
  },
  call: (layer, inputs, sample) => call(kind, layer, inputs, sample),
  reference: (run) => results(kind, run),
  mixes: ({ options }) => options.stateful === true,
  batchAxis,
  distance: (run) => distanceOf(kind, run),
  kinks: [
    {
      name: `${kind} with relu at 0`,
      kind: 'kink',
      sentence: 'the input and the state are 0, so that the argument of the relu is 0 at the first step',
      build() {
        const layer = makers[kind]({ units: 1, activation: 'relu', bias: false, name: 'net' });
        const ones = Array<number>(gates[kind]).fill(1);
        return {
          outputs: layer(input('x', [1, 2, 1], 'f64')),
          point: { x: [[[0], [1]]], 'net/kernel': [ones], 'net/recurrentKernel': [ones.map(() => 0.5)] },
        };
      },
    },
  ],
  bad: [...badOptions(kind), ...badCalls(kind)],
});

export const recurrentCases = {
  rnn: recurrent('rnn'),
  gru: recurrent('gru'),
  lstm: recurrent('lstm'),
} as const;
