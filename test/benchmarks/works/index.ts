/** The works by name: each builds, on an engine, what is timed. */
import { convolutionalStep, inference } from './convolutional.ts';
import { perceptronStep } from './perceptron.ts';
import { recurrentStep } from './recurrent.ts';
import {
  convolution,
  convolutionFlop,
  elementwise,
  elementwiseGradient,
  matmul,
  matmulFlop,
} from './single.ts';
import type { AnyEngine, Repeated, Step } from './work.ts';
import { xorStep } from './xor.ts';

/** A training step is timed after six steps, whose losses are compared with those of the peers. */
export interface TrainingWork {
  readonly build: (engine: AnyEngine) => Step;
  /** Steps in a sample, where one takes less than the clock can tell. */
  readonly inner?: number;
}

export interface RepeatedWork {
  readonly build: (engine: AnyEngine) => Repeated;
  /** Multiplications and additions of a step. */
  readonly flop?: number;
  /** For steps that may take seconds. */
  readonly fewSamples?: boolean;
}

export const trainings = {
  W1: { build: perceptronStep },
  W2: { build: convolutionalStep },
  W3: { build: (engine) => recurrentStep(engine, 'lstm') },
  W3b: { build: (engine) => recurrentStep(engine, 'gru') },
  W4: { build: xorStep, inner: 50 },
} satisfies Record<string, TrainingWork>;

const product = (size: number): RepeatedWork => ({
  build: (engine) => matmul(engine, size),
  flop: matmulFlop(size),
});

export const repeated = {
  W5_256: product(256),
  W5_512: product(512),
  W5_1024: product(1024),
  W6: { build: convolution, flop: convolutionFlop, fewSamples: true },
  W7f: { build: elementwise },
  W7g: { build: elementwiseGradient },
  W8_1: { build: (engine) => inference(engine, 1) },
  W8_64: { build: (engine) => inference(engine, 64) },
} satisfies Record<string, RepeatedWork>;
