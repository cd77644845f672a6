/** Losses of classes, which are axis 1. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { crossEntropy, nll } from '@cotangent/layers';
import type { Call, Operators } from './operator.ts';

function optionsOf(call: Call, weights: AnyTensor | undefined) {
  const ignored = call.number('ignore_index');
  return {
    axis: 1,
    reduction: (call.text('reduction') ?? 'mean') as 'mean' | 'sum' | 'none',
    ...(weights === undefined ? {} : { classWeights: weights }),
    ...(ignored === undefined ? {} : { ignoreIndex: ignored }),
  };
}

export const losses: Operators = {
  NegativeLogLikelihoodLoss: (call: Call, scores: AnyTensor, labels: AnyTensor, weights?: AnyTensor) =>
    nll(scores, labels, optionsOf(call, weights)),
  /** The loss, and the log-probabilities. */
  SoftmaxCrossEntropyLoss: (call: Call, logits: AnyTensor, labels: AnyTensor, weights?: AnyTensor) => [
    crossEntropy(logits, labels, optionsOf(call, weights)),
    ops.logSoftmax(logits, 1),
  ],
};
