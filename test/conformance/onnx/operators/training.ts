/** Operators of training: gradients, steps of optimizers, dropout. */
import { grad } from '@cotangent/autodiff';
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { dropout as dropoutLayer, training as forTraining } from '@cotangent/layers';
import type { StepContext, StepResult } from '../../../../packages/train/src/optimizers/rule.ts';
import { adagradRule, sgdRule } from '../../../../packages/train/src/optimizers/rules.ts';
import { type Call, numbersFrom, numbersOf, type Operators } from './operator.ts';

/** Of the sum of the tensor `y`. */
function gradient(call: Call, ...operands: readonly AnyTensor[]): readonly AnyTensor[] {
  const count = call.texts('xs')!.length;
  return grad(ops.sum(call.named(call.text('y')!)), operands.slice(0, count));
}

/** Parameters, gradients and slots come as three runs of one length; new parameters and slots as two. */
const optimizer =
  (
    step: (call: Call, count: AnyTensor, context: StepContext) => readonly [AnyTensor, AnyTensor],
    slot: string,
  ) =>
  (
    call: Call,
    rate: AnyTensor,
    count: AnyTensor,
    ...operands: readonly AnyTensor[]
  ): readonly AnyTensor[] => {
    const length = operands.length / 3;
    const results = operands.slice(0, length).map((parameter, i) =>
      step(call, count, {
        parameter,
        gradient: operands[length + i],
        slots: { [slot]: operands[2 * length + i] },
        learningRate: rate,
        // They count steps from 0.
        step: ops.add(ops.cast(count, parameter.dtype), 1),
      }),
    );
    return [0, 1].flatMap((part) => results.map((result) => result[part]));
  };

function adagrad(call: Call, _: AnyTensor, context: StepContext): readonly [AnyTensor, AnyTensor] {
  const { parameter, slots } = adagradRule.step(context, {
    ...adagradRule.defaults,
    epsilon: call.number('epsilon') ?? 1e-6,
    rateDecay: call.number('decay_factor') ?? 0,
    weightDecay: call.number('norm_coefficient') ?? 0,
  });
  return [parameter, slots.total];
}

/** The gradient counts `beta` times, in the very first step once. */
function momentum(call: Call, count: AnyTensor, context: StepContext): readonly [AnyTensor, AnyTensor] {
  const take = (beta: number): StepResult =>
    sgdRule.step(context, {
      momentum: call.number('alpha')!,
      dampening: 1 - beta,
      nesterov: call.text('mode') === 'nesterov',
      weightDecay: call.number('norm_coefficient')!,
    });
  const [first, later] = [take(1), take(call.number('beta')!)];
  const choose = (a: AnyTensor, b: AnyTensor): AnyTensor => ops.where(ops.greater(count, 0), b, a);
  return [choose(first.parameter, later.parameter), choose(first.slots.velocity, later.slots.velocity)];
}

/** Drops in training alone, and says what is kept. Before version 12 training was not said here. */
function dropout(call: Call, x: AnyTensor, ratio?: AnyTensor, trained?: AnyTensor): readonly AnyTensor[] {
  const rate = numbersFrom(call, 'ratio', ratio)?.[0] ?? call.number('ratio') ?? 0.5;
  const isTraining = trained !== undefined && numbersOf(trained)[0] !== 0;
  if (!isTraining || rate === 0) return [x, ops.splat(true, x.shape, 'bool')];
  const layer = dropoutLayer(rate);
  const y = forTraining(layer)(x);
  return [y, ops.notEqual(y, 0)];
}

const preview = 'ai.onnx.preview.training::';

export const training: Operators = {
  Dropout: dropout,
  [`${preview}Adagrad`]: optimizer(adagrad, 'total'),
  [`${preview}Gradient`]: gradient,
  [`${preview}Momentum`]: optimizer(momentum, 'velocity'),
};
