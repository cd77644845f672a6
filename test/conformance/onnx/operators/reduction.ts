/** Reductions, positions of extremes, running sums, order, softmax. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { axisOf, type Call, numbersFrom, numbersOf, type Operators, sizesOf } from './operator.ts';

/** No axes: all of them, unless `noop_with_empty_axes` says none. */
const reduction =
  (f: (x: AnyTensor, axes: readonly number[] | undefined, options: ops.ReduceOptions) => AnyTensor) =>
  (call: Call, x: AnyTensor, given?: AnyTensor): AnyTensor => {
    const axes = numbersFrom(call, 'axes', given) ?? [];
    const all = axes.length === 0 && !call.flag('noop_with_empty_axes');
    return f(x, all ? undefined : axes, { keepDims: call.flag('keepdims', true) });
  };

const position =
  (f: (x: AnyTensor, axis: number) => AnyTensor) =>
  (call: Call, x: AnyTensor): AnyTensor => {
    const axis = axisOf(x, call.number('axis') ?? 0);
    // The last of equals is the first from behind.
    const found = call.flag('select_last_index')
      ? ops.add(ops.neg(f(ops.reverse(x, axis), axis)), sizesOf(x)[axis] - 1)
      : f(x, axis);
    return call.flag('keepdims', true) ? ops.expandDims(found, axis) : found;
  };

function largest(call: Call, x: AnyTensor, count?: AnyTensor): readonly AnyTensor[] {
  const [k] = count === undefined ? [call.number('k')!] : numbersOf(count);
  const axis = axisOf(x, call.number('axis') ?? -1);
  if (call.flag('largest', true))
    return ops.topK(ops.moveAxis(x, axis, -1), k).map((found) => ops.moveAxis(found, -1, axis));
  const places = ops.slice(ops.argsort(x, axis), axis, 0, k);
  return [ops.takeAlongAxis(x, places, axis), places];
}

/** Along one axis since version 13; before, all axes from `axis` on were one. */
const alongClasses =
  (f: (x: AnyTensor, axis: number) => AnyTensor) =>
  (call: Call, x: AnyTensor): AnyTensor => {
    if (call.opset >= 13) return f(x, call.number('axis') ?? -1);
    const axis = axisOf(x, call.number('axis') ?? 1);
    const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
    const rows = ops.reshape(x, [count(sizesOf(x).slice(0, axis)), count(sizesOf(x).slice(axis))]);
    return ops.reshape(f(rows, 1), x.shape);
  };

/** 1 at the first of the largest entries. */
const hardmax = (x: AnyTensor, axis: number): AnyTensor => {
  const at = axisOf(x, axis);
  const dtype = x.dtype === 'f64' ? 'f64' : 'f32';
  return ops.moveAxis(ops.oneHot(ops.argmax(x, at), sizesOf(x)[at], dtype), -1, at);
};

export const reductions: Operators = {
  ReduceL1: reduction((x, axes, options) => ops.norm(x, axes, { ...options, order: 1 })),
  ReduceL2: reduction((x, axes, options) => ops.norm(x, axes, options)),
  ReduceLogSum: reduction((x, axes, options) => ops.log(ops.sum(x, axes, options))),
  ReduceLogSumExp: reduction(ops.logSumExp),
  ReduceMax: reduction(ops.max),
  ReduceMean: reduction(ops.mean),
  ReduceMin: reduction(ops.min),
  ReduceProd: reduction(ops.prod),
  ReduceSum: reduction(ops.sum),
  ReduceSumSquare: reduction((x, axes, options) => ops.sum(ops.square(x), axes, options)),
  ArgMax: position(ops.argmax),
  ArgMin: position(ops.argmin),
  CumSum: (call: Call, x: AnyTensor, axis: AnyTensor) =>
    ops.cumsum(x, numbersOf(axis)[0], { exclusive: call.flag('exclusive'), reverse: call.flag('reverse') }),
  TopK: largest,
  Softmax: alongClasses(ops.softmax),
  LogSoftmax: alongClasses(ops.logSoftmax),
  Hardmax: alongClasses(hardmax),
};
