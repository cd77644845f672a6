/** Pooling over windows and over whole images. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Call, Operators } from './operator.ts';
import { windowsOf } from './window.ts';

const layout = 'channelsFirst';

function optionsOf(call: Call, x: AnyTensor) {
  const window = call.numbers('kernel_shape')!;
  const { stride, dilation, padding } = windowsOf(call, x, window);
  return {
    window,
    options: { stride, dilation, padding, ceilMode: call.flag('ceil_mode'), layout } as const,
  };
}

function averagePool(call: Call, x: AnyTensor): AnyTensor {
  const { window, options } = optionsOf(call, x);
  return ops.averagePool(x, window, { ...options, countIncludePad: call.flag('count_include_pad') });
}

/** The largest entries and their places in all of x. */
function maxPool(call: Call, x: AnyTensor): readonly AnyTensor[] {
  const { window, options } = optionsOf(call, x);
  return ops.maxPoolWithPositions(x, window, options);
}

/** Reduced axes stay, with size 1. */
const overAll =
  (f: (x: AnyTensor, axes: readonly number[], options: ops.ReduceOptions) => AnyTensor) =>
  (_: Call, x: AnyTensor): AnyTensor =>
    f(x, x.shape.map((_, axis) => axis).slice(2), { keepDims: true });

export const pooling: Operators = {
  AveragePool: averagePool,
  GlobalMaxPool: overAll(ops.max),
  MaxPool: maxPool,
};
