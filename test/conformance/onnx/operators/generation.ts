/** Tensors from nothing: constants, and patterns of ones. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { holderOf } from '../elements.ts';
import { axisOf, type Call, numbersOf, type Operators } from './operator.ts';

/** Versions since 12 also take plain numbers. */
function constant(call: Call): AnyTensor {
  const tensor = call.tensor('value');
  if (tensor !== undefined) return tensor;
  const number = (name: string): number | number[] | undefined => {
    const list = call.numbers(`${name}s`);
    return list === undefined ? call.number(name) : [...list];
  };
  const whole = number('value_int');
  return whole === undefined
    ? ops.constantOfArray(number('value_float')!, 'f32')
    : ops.constantOfArray(whole, 'i32');
}

function constantOfShape(call: Call, shape: AnyTensor): AnyTensor {
  const value = call.tensor('value');
  return ops.splat(value === undefined ? 0 : numbersOf(value)[0], numbersOf(shape), value?.dtype ?? 'f32');
}

/** 1 where column − row = k. */
function eyeLike(call: Call, x: AnyTensor): AnyTensor {
  const type = call.number('dtype');
  const places = ops.add(ops.iota(x.shape, 0), call.number('k') ?? 0);
  return ops.cast(ops.equal(places, ops.iota(x.shape, 1)), type === undefined ? x.dtype : holderOf(type));
}

/** Off and on values; classes below 0 count from the last. */
function oneHot(call: Call, indices: AnyTensor, depth: AnyTensor, values: AnyTensor): AnyTensor {
  const [classes] = numbersOf(depth);
  const whole = ops.cast(indices, 'i32');
  const fromStart = ops.where(ops.less(whole, 0), ops.add(whole, classes), whole);
  const [off, on] = [0, 1].map((at) => ops.index(values, 0, at));
  const hot = ops.oneHot(fromStart, classes, 'i32');
  const y = ops.where(ops.greater(hot, 0), on, off);
  return ops.moveAxis(y, -1, axisOf(y, call.number('axis') ?? -1));
}

export const generation: Operators = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  OneHot: oneHot,
};
