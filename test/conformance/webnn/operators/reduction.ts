/** Reductions, positions of extremes, running sums, softmax. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Operators, Unary } from './operator.ts';

interface ReduceOptions {
  readonly axes?: readonly number[];
  readonly keepDimensions?: boolean;
}

/** All axes by default; an empty list reduces nothing. */
const reduction =
  (f: (x: AnyTensor, axes: readonly number[] | undefined, options: ops.ReduceOptions) => AnyTensor) =>
  ({ input }: Unary, { axes, keepDimensions = false }: ReduceOptions): AnyTensor =>
    f(input, axes, { keepDims: keepDimensions });

interface PositionOptions {
  readonly keepDimensions?: boolean;
  readonly outputDataType?: 'int32' | 'int64';
}

const position =
  (f: (x: AnyTensor, axis: number) => AnyTensor) =>
  (
    { input, axis }: Unary & { axis: number },
    { keepDimensions = false, outputDataType = 'int32' }: PositionOptions,
  ): AnyTensor => {
    const found = f(input, axis);
    const kept = keepDimensions ? ops.expandDims(found, axis) : found;
    return outputDataType === 'int64' ? ops.cast(kept, 'f64') : kept;
  };

export const reductions: Operators = {
  reduceL1: reduction((x, axes, options) => ops.norm(x, axes, { ...options, order: 1 })),
  reduceL2: reduction((x, axes, options) => ops.norm(x, axes, options)),
  reduceLogSum: reduction((x, axes, options) => ops.log(ops.sum(x, axes, options))),
  reduceLogSumExp: reduction(ops.logSumExp),
  reduceMax: reduction(ops.max),
  reduceMean: reduction(ops.mean),
  reduceMin: reduction(ops.min),
  reduceProduct: reduction(ops.prod),
  reduceSum: reduction(ops.sum),
  reduceSumSquare: reduction((x, axes, options) => ops.sum(ops.square(x), axes, options)),
  argMax: position(ops.argmax),
  argMin: position(ops.argmin),
  cumulativeSum: (
    { input, axis }: Unary & { axis: number },
    { exclusive = false, reversed = false }: { exclusive?: boolean; reversed?: boolean },
  ) => ops.cumsum(input, axis, { exclusive, reverse: reversed }),
  softmax: ({ input, axis = 1 }: Unary & { axis?: number }) => ops.softmax(input, axis),
};
