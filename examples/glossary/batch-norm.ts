/**
 * Batch norm, right. The page forgets ε (a constant feature would be 0/0), the learned scale and offset, and what
 * happens in evaluation: there the running statistics are used, whose variance is unbiased while the one that divides
 * is biased.
 */
import { batchNorm, compile, input, training } from 'cotangent';
import { batch, beta, constantColumn, gamma } from './numbers.ts';
import { isMain, show } from './show.ts';

export function normalizations() {
  const x = input('x', ['batch', 3], 'f64');
  const norm = batchNorm({ name: 'norm', epsilon: 1e-5, momentum: 0.1 });
  const train = compile({ inputs: [x], outputs: training(norm)(x) });
  const evaluate = compile({ inputs: [x], outputs: norm(x) }, { state: train.state });
  const constant = train({ x: constantColumn });
  for (const [path, start] of [
    ['norm/runningMean', 0],
    ['norm/runningVariance', 1],
  ] as const)
    train.state.set(path, [start, start, start]);
  train({ x: batch });
  const [runningMean, runningVariance] = [
    train.state.get('norm/runningMean'),
    train.state.get('norm/runningVariance'),
  ];
  const evaluated = evaluate({ x: batch });
  train.state.set('norm/gamma', gamma);
  train.state.set('norm/beta', beta);
  return { trained: train({ x: batch }), runningMean, runningVariance, evaluated, constant };
}

if (isMain(import.meta.url)) {
  const { trained, runningMean, runningVariance, evaluated, constant } = normalizations();
  show('training: normalized by the batch, scaled and shifted', trained);
  show('running mean after one batch', runningMean);
  show('running variance after one batch (unbiased)', runningVariance);
  show('evaluation by the running statistics, without scale and offset', evaluated);
  show('a constant feature becomes 0, not NaN', constant);
}
