/** Activations. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Call, type Operators, unary } from './operator.ts';

/** One slope for each channel, which is axis 1, before version 7; one that broadcasts since. */
function prelu({ opset }: Call, x: AnyTensor, slope: AnyTensor): AnyTensor {
  const isPerChannel = opset < 7 && slope.shape.length === 1 && x.shape.length > 2;
  const spread = isPerChannel
    ? ops.reshape(slope, [...slope.shape, ...x.shape.slice(2).map(() => 1)])
    : slope;
  return ops.prelu(x, spread);
}

function selu(call: Call, x: AnyTensor): AnyTensor {
  const [alpha, gamma] = [call.number('alpha'), call.number('gamma')];
  if (alpha === undefined && gamma === undefined) return ops.selu(x);
  return ops.mul(ops.elu(x, alpha ?? 1.6732632423543772), gamma ?? 1.0507009873554805);
}

/** x + bias below −λ, x − bias above λ, 0 between. */
function shrink(call: Call, x: AnyTensor): AnyTensor {
  const [lambda, bias] = [call.number('lambd') ?? 0.5, call.number('bias') ?? 0];
  if (bias === 0) return ops.hardShrink(x, lambda);
  if (bias === lambda) return ops.softShrink(x, lambda);
  const negative = ops.where(ops.less(x, -lambda), ops.add(x, bias), 0);
  return ops.where(ops.greater(x, lambda), ops.sub(x, bias), negative);
}

export const activations: Operators = {
  Celu: (call: Call, x: AnyTensor) => ops.celu(x, call.number('alpha') ?? 1),
  Elu: (call: Call, x: AnyTensor) => ops.elu(x, call.number('alpha') ?? 1),
  LeakyRelu: (call: Call, x: AnyTensor) => ops.leakyRelu(x, call.number('alpha') ?? 0.01),
  PRelu: prelu,
  Relu: unary(ops.relu),
  Selu: selu,
  Shrink: shrink,
  Sigmoid: unary(ops.sigmoid),
  Softplus: unary((x) => ops.softplus(x)),
  Tanh: unary(ops.tanh),
  ThresholdedRelu: (call: Call, x: AnyTensor) => ops.thresholdedRelu(x, call.number('alpha') ?? 1),
};
