/** The network: two convolutions with batch norm and pooling, dropout, and a linear layer. */
import {
  accuracy,
  adam,
  batchNorm,
  conv2d,
  crossEntropy,
  dropout,
  flatten,
  input,
  linear,
  maxPool2d,
  named,
  oneCycleSchedule,
  relu,
  sequential,
  trainer,
} from 'cotangent';

export interface Plan {
  readonly seed: number;
  /** Steps of the whole training: the learning rate rises and falls once over them. */
  readonly steps: number;
}

export function digitTrainer({ seed, steps }: Plan) {
  const { digits } = named({
    digits: sequential(
      conv2d({ filters: 8, kernel: 3 }),
      batchNorm(),
      relu(),
      maxPool2d(2),
      conv2d({ filters: 16, kernel: 3 }),
      batchNorm(),
      relu(),
      maxPool2d(2),
      flatten(),
      dropout(0.25),
      linear({ units: 10 }),
    ),
  });
  return trainer({
    model: digits,
    inputs: [input('image', ['batch', 28, 28, 1]), input('label', ['batch'], 'i32')],
    loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
    optimizer: adam(),
    schedule: oneCycleSchedule({ maximum: 0.01, steps }),
    metrics: { accuracy: accuracy() },
    seed,
  });
}
