/** A recurrent network that reads the past of a window week by week, and then says the whole horizon at once. */
import {
  type AnyTensor,
  adam,
  cosineSchedule,
  fromArrays,
  gru,
  HostArray,
  input,
  linear,
  named,
  sequential,
  type Trainer,
  trainer,
  zeros,
} from 'cotangent';
import type { Sizes } from './windows.ts';
import { channels, type Examples, examplesOf, unscaled, type Window } from './windows.ts';

export interface Plan extends Sizes {
  /** Size of the state. */
  readonly units: number;
  /** At first; it falls to nothing over `steps`. */
  readonly learningRate: number;
  /** Steps of the whole training, if it is not stopped early. */
  readonly steps: number;
  readonly seed: number;
}

/**
 * Mean absolute error over the targets that were measured: each error is multiplied by the mask, and the sum divided by
 * how many count. What stands in the place of a missing target changes nothing, and neither does an example of weight 0.
 *
 * @param said     [batch, horizon]
 * @param answer   [batch, horizon, 2]: target and mask, as `answersOf` gives them
 * @param weights  [batch]
 */
export function maskedError(said: AnyTensor, answer: AnyTensor, weights: AnyTensor): AnyTensor {
  const target = answer.slice(2, 0, 1).reshape(said.shape);
  const mask = answer
    .slice(2, 1, 2)
    .reshape(said.shape)
    .mul(weights.reshape([weights.shape[0]!, 1]));
  return said.sub(target).abs().mul(mask).sum().div(mask.sum());
}

/** Targets and masks as one array: a batch has one input and one answer. */
export function answersOf({ target, targetPresent }: Examples): HostArray<'f32'> {
  const both = Float32Array.from({ length: 2 * target.size }, (_, i) =>
    i % 2 === 0 ? target.data[i / 2]! : targetPresent.data[(i - 1) / 2]!,
  );
  return new HostArray('f32', [...target.shape, 2], both);
}

export const dataOf = (examples: Examples) =>
  fromArrays({ past: examples.past, answer: answersOf(examples) });

export function forecaster({ history, horizon, units, learningRate, steps, seed }: Plan): Trainer {
  const { network } = named({
    network: sequential(
      gru({ units, returns: 'last' }),
      // Begins as persistence, since what is said is the difference from the last value.
      linear({ units: horizon, kernelInitializer: zeros() }),
    ),
  });
  return trainer({
    model: network,
    inputs: [input('past', ['batch', history, channels.length]), input('answer', ['batch', horizon, 2])],
    loss: maskedError,
    optimizer: adam(),
    schedule: cosineSchedule({ rate: learningRate, steps }),
    seed,
  });
}

/** What the network says to windows, in the unit of the series. */
export const forecastsOfNetwork = (network: Trainer, windows: readonly Window[], spread: number) =>
  unscaled(network.predict(examplesOf(windows, spread).past), windows, spread);
