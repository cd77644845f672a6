/** Convolution. Kernels are [filters, channels / groups, ...window], of transposed ones [channels, filters / groups, ...window]. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Call, type Operators, sizesOf } from './operator.ts';
import { halves, paddingOf, windowsOf } from './window.ts';

const layout = 'channelsFirst';

function withBias(y: AnyTensor, bias: AnyTensor | undefined): AnyTensor {
  return bias === undefined
    ? y
    : ops.add(y, ops.reshape(bias, [...bias.shape, ...y.shape.slice(2).map(() => 1)]));
}

/** The window first, then channels and filters. */
const windowFirst = (kernel: AnyTensor): AnyTensor =>
  ops.transpose(kernel, [...kernel.shape.map((_, axis) => axis).slice(2), 1, 0]);

function conv(call: Call, x: AnyTensor, kernel: AnyTensor, bias?: AnyTensor): AnyTensor {
  const { stride, dilation, padding } = windowsOf(call, x, sizesOf(kernel).slice(2));
  const groups = call.number('group') ?? 1;
  return withBias(ops.conv(x, windowFirst(kernel), { stride, dilation, padding, groups, layout }), bias);
}

/** Ours is [...window, channels / groups, filters], the groups side by side. */
function transposedKernel(kernel: AnyTensor, groups: number): AnyTensor {
  const [channels, filters, ...window] = sizesOf(kernel);
  const cut = ops.reshape(kernel, [groups, channels / groups, filters, ...window]);
  const moved = ops.transpose(cut, [...window.map((_, i) => i + 3), 1, 0, 2]);
  return ops.reshape(moved, [...window, channels / groups, groups * filters]);
}

/**
 * What is cut off at both ends, and what is added at the end. Where the size of the result is given, the padding is
 * what is too much.
 */
function endsOf(call: Call, x: AnyTensor, kernel: AnyTensor) {
  const { stride, dilation, extents } = windowsOf(call, x, sizesOf(kernel).slice(2));
  const growth = call.numbers('output_padding') ?? stride.map(() => 0);
  const automatic = call.text('auto_pad') ?? 'NOTSET';
  const sizes = sizesOf(x).slice(2);
  const wanted = automatic.startsWith('SAME')
    ? sizes.map((size, i) => size * stride[i])
    : call.numbers('output_shape')?.slice(-stride.length);
  if (wanted === undefined)
    return { stride, dilation, padding: paddingOf(call, stride.length), outputPadding: growth };
  const surplus = wanted.map((size, i) => stride[i] * (sizes[i] - 1) + growth[i] + extents[i] - size);
  return {
    stride,
    dilation,
    padding: surplus.map((total) => halves(Math.max(total, 0), automatic === 'SAME_UPPER')),
    outputPadding: surplus.map((total, i) => growth[i] + Math.max(-total, 0)),
  };
}

function convTranspose(call: Call, x: AnyTensor, kernel: AnyTensor, bias?: AnyTensor): AnyTensor {
  const groups = call.number('group') ?? 1;
  const options = { ...endsOf(call, x, kernel), groups, layout } as const;
  return withBias(ops.convTranspose(x, transposedKernel(kernel, groups), options), bias);
}

export const convolutions: Operators = { Conv: conv, ConvTranspose: convTranspose };
