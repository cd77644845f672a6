/** What works are made of: steps, variables that hold data, weights to start from. */
import {
  compile,
  type Engine,
  HostArray,
  type Initializer,
  type Mode,
  type Tensor,
  type Update,
  valuesOf,
  variable,
} from 'cotangent';
import { permute } from '#common';

/** Of either mode: whoever times a step waits for promises. */
export type AnyEngine = Engine<Mode>;

/** Does the work once and gives one number of the result, at once or as a promise. */
export type Step = () => number | Promise<number>;

/** Data of a work. The peers have theirs in their own memory before the timer starts: so have we, in a variable. */
export const held = <const S extends readonly number[]>(name: string, shape: S, values: Float32Array) =>
  variable(name, shape, new HostArray('f32', shape, values), { trainable: false });

export const heldClasses = <const S extends readonly number[]>(name: string, shape: S, classes: Int32Array) =>
  variable(name, shape, new HostArray('i32', shape, classes), { dtype: 'i32' });

/** Weights [out, in] as a kernel [in, out]. */
export const denseKernel = (weights: Float32Array, outputs: number, inputs: number): Initializer =>
  valuesOf(new HostArray('f32', [inputs, outputs], permute(weights, [outputs, inputs], [1, 0])));

/** Weights [out, in, 3, 3] as a kernel [3, 3, in, out]. */
export const windowKernel = (weights: Float32Array, outputs: number, inputs: number): Initializer =>
  valuesOf(
    new HostArray('f32', [3, 3, inputs, outputs], permute(weights, [outputs, inputs, 3, 3], [2, 3, 1, 0])),
  );

export const rowOf = (values: Float32Array): Initializer =>
  valuesOf(new HostArray('f32', [values.length], values));

/** What a training step minimizes, and how. */
export interface Training {
  readonly loss: Tensor<[], 'f32'>;
  readonly updates: readonly Update[];
}

/**
 * A training step: forwards, backwards, update. It gives the loss. The first one also builds the graph, its derivative and the
 * program, so that nothing of that is hidden from who times it; the data are there before.
 */
export function trainingStep(engine: AnyEngine, training: () => Training): Step {
  const compiled = () => {
    const { loss, updates } = training();
    return compile({ inputs: [], outputs: loss, updates }, { engine });
  };
  let program: ReturnType<typeof compiled> | undefined;
  return () => {
    program ??= compiled();
    return program({});
  };
}

/** A piece of work that is done again and again with the same result. */
export interface Repeated {
  readonly step: () => unknown;
  /** One number of the result, asked for when the clock has stopped. */
  readonly check: () => Promise<number>;
}

/** A result that stays in the engine's memory, as it stays in the peers'. */
export function kept(engine: AnyEngine, result: Tensor<number[], 'f32'>): Repeated {
  const place = variable('kept', result.shape);
  const program = compile({ inputs: [], outputs: {}, updates: [place.becomes(result)] }, { engine });
  return {
    step: () => program({}),
    check: async () => (await program.state.get(place.path)).data[0]!,
  };
}
