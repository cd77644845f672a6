/**
 * A GRU over the weeks of the past that corrects the best baseline: it says by how much the coming half-year will differ
 * from seasonal naive + drift. Missing weeks are seen as missing; missing targets count nothing.
 */
import {
  type AnyTensor,
  adam,
  clipByGlobalNorm,
  fromArrays,
  gru,
  HostArray,
  input,
  linear,
  named,
  sequential,
  trainer,
} from 'cotangent';
import { forecastsOf, seasonalDrift } from './baselines.ts';
import { channels, examplesOf, type Sizes, type Window } from './windows.ts';

const batchSize = 32;
const [units, learningRate, epochs, patience] = [24, 0.003, 40, 8];

/** What is to be said: (value − baseline) / spread, and beside it 1 where the value was measured. */
function arraysOf(windows: readonly Window[], spread: number) {
  const base = forecastsOf(seasonalDrift, windows);
  const horizon = windows[0]?.target.length ?? 0;
  const answer = new Float32Array(windows.length * horizon * 2);
  windows.forEach(({ target, targetPresent }, i) => {
    for (let step = 0; step < horizon; step++) {
      if (targetPresent[step] !== 1) continue;
      answer[(i * horizon + step) * 2] = (target[step]! - base[i]![step]!) / spread;
      answer[(i * horizon + step) * 2 + 1] = 1;
    }
  });
  return {
    past: examplesOf(windows, spread).past,
    answer: new HostArray('f32', [windows.length, horizon, 2], answer),
  };
}

/** Learns on the training windows, stops by the validation windows, and forecasts. */
export async function trainNetwork(
  training: readonly Window[],
  validation: readonly Window[],
  spread: number,
  { history, horizon }: Sizes,
  seed = 1,
) {
  const { forecaster } = named({
    forecaster: sequential(gru({ units, returns: 'last' }), linear({ units: horizon })),
  });
  const absolute = (said: AnyTensor, answer: AnyTensor, weights: AnyTensor): AnyTensor => {
    const present = answer.at(2, 1).mul(weights.expandDims(1));
    return answer.at(2, 0).sub(said).abs().mul(present).sum().div(present.sum().maximum(1));
  };
  const run = trainer({
    model: forecaster,
    inputs: [input('past', ['batch', history, channels.length]), input('answer', ['batch', horizon, 2])],
    loss: absolute,
    optimizer: adam({ learningRate, clip: (gradients) => clipByGlobalNorm(gradients, 1) }),
    seed,
  });
  const result = await run.fit(fromArrays(arraysOf(training, spread)).shuffle(seed).batch(batchSize), {
    epochs,
    validation: fromArrays(arraysOf(validation, spread)).batch(batchSize),
    patience,
    restoreBest: true,
  });
  const forecast = (windows: readonly Window[]): Float64Array[] => {
    const base = forecastsOf(seasonalDrift, windows);
    const said = run.predict(arraysOf(windows, spread).past);
    return base.map((row, i) => row.map((value, step) => value + spread * said.data[i * horizon + step]!));
  };
  return { run, result, forecast };
}
