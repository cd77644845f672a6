/** The network: characters looked up in a table, a recurrent layer, and a score for every character that may follow. */
import {
  adam,
  clipByGlobalNorm,
  crossEntropy,
  embedding,
  gru,
  input,
  linear,
  lstm,
  named,
  sequential,
  trainer,
} from 'cotangent';

export type CellName = 'gru' | 'lstm';

export interface Plan {
  readonly cell: CellName;
  /** Size of the state. */
  readonly units: number;
  /** Size of the alphabet. */
  readonly characters: number;
  /** Characters in a window: so far back gradients reach. */
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** A row of 32 numbers for each character: the matmul after it is half of what 65 numbers of a one-hot row would cost. */
const rowLength = 32;

export function characterModel(plan: Plan) {
  const { cell, units, characters, steps, learningRate, seed } = plan;
  const look = embedding({ count: characters, units: rowLength });
  const remember = cell === 'lstm' ? lstm({ units }) : gru({ units });
  const score = linear({ units: characters });
  const { network } = named({ network: sequential(look, remember, score) });
  const training = trainer({
    model: network,
    inputs: [input('characters', ['batch', steps], 'i32'), input('next', ['batch', steps], 'i32')],
    loss: (scores, next, weights) => crossEntropy(scores, next, { weights }),
    // A recurrent gradient is a product over the steps of a window, and now and then a large one.
    optimizer: adam({ learningRate, clip: (gradients) => clipByGlobalNorm(gradients, 1) }),
    seed,
  });
  return { plan, look, remember, score, training };
}

export type CharacterModel = ReturnType<typeof characterModel>;
