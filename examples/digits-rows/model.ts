/** The network: a recurrent layer over the rows of an image, and a score for each digit after the last row. */
import {
  accuracy,
  adam,
  crossEntropy,
  dropout,
  gru,
  input,
  linear,
  lstm,
  named,
  oneCycleSchedule,
  sequential,
  trainer,
} from 'cotangent';
import { classes, side } from './data.ts';

export interface Plan {
  readonly cell: 'gru' | 'lstm';
  /** Size of the state. */
  readonly units: number;
  /** Steps of the whole training: the learning rate rises and falls once over them. */
  readonly steps: number;
  readonly seed: number;
}

export function rowReader({ cell, units, steps, seed }: Plan) {
  const reader = cell === 'lstm' ? lstm({ units, returns: 'last' }) : gru({ units, returns: 'last' });
  const { digits } = named({ digits: sequential(reader, dropout(0.2), linear({ units: classes })) });
  return trainer({
    model: digits,
    inputs: [input('rows', ['batch', side, side]), input('digit', ['batch'], 'i32')],
    loss: (scores, digit, weights) => crossEntropy(scores, digit, { weights }),
    optimizer: adam(),
    schedule: oneCycleSchedule({ maximum: 0.01, steps }),
    metrics: { accuracy: accuracy() },
    seed,
  });
}
