/** Reductions over sliding windows: what pooling is made of. */
import type { DType } from '../dtype.ts';
import { integers, type ParamsOf, pairs } from '../params.ts';
import { constraint, primitive } from '../primitive.ts';
import { formatShape, type ValueType } from '../shape.ts';
import { dilated, windowCount } from './contraction.ts';
import { paddedDim } from './movement.ts';

const kinds = { window: integers, strides: integers, padding: pairs, dilation: integers };
export type WindowParams = ParamsOf<typeof kinds>;

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];

/** C1: numbers. C2: one entry per axis. C3: windows, strides and dilations are 1 or more. C4: a window fits. */
function windowed(x: ValueType, { window, strides, padding, dilation }: WindowParams): ValueType {
  const { shape } = x;
  constraint(
    numbers.includes(x.dtype),
    1,
    () => `takes ${numbers.join(', ')}, not ${x.dtype}`,
    [x],
    'DTYPE_MISMATCH',
  );
  constraint(
    [window, strides, padding, dilation].every((list) => list.length === shape.length),
    2,
    () => `windows over ${formatShape(shape)} need ${shape.length} entries, one per axis`,
    [x],
  );
  constraint(
    [...window, ...strides, ...dilation].every((size) => size >= 1),
    3,
    () => `windows [${window}], strides [${strides}] and dilations [${dilation}] must be 1 or more`,
    [x],
    'BAD_ARGUMENT',
  );
  const result = shape.map((size, axis) => {
    const padded = paddedDim(size, ...padding[axis]!, 0);
    const extent = dilated(window[axis]!, dilation[axis]!);
    constraint(
      typeof padded === 'string' || padded >= extent || size === 0,
      4,
      () =>
        `a window of ${window.map(String).join(' x ')} does not fit into ${formatShape(shape)}: use padding 'same', or less pooling before`,
      [x],
    );
    return windowCount(padded, extent, strides[axis]!);
  });
  return { dtype: x.dtype, shape: result };
}

/** Padding counts as the identity of the reduction. */
const reduceWindow = primitive({ params: kinds, arity: 1, infer: ([x], params) => [windowed(x!, params)] });

/**
 * The extreme of each window and its position, as a flat row-major index (i32) into the operand; the first of equals,
 * and -1 for a window that lies wholly in the padding.
 */
const reduceWindowArgument = primitive({
  params: kinds,
  arity: 1,
  infer: ([x], params) => {
    const values = windowed(x!, params);
    return [values, { dtype: 'i32', shape: values.shape }];
  },
});

export const windowPrimitives = {
  reduceWindowSum: reduceWindow,
  reduceWindowMax: reduceWindow,
  reduceWindowMin: reduceWindow,
  reduceWindowArgMax: reduceWindowArgument,
  reduceWindowArgMin: reduceWindowArgument,
};
