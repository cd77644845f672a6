/** Operands: literals become constants, shapes are broadcast, dtypes are checked. */
import { addDims, type Dim } from '../dim.ts';
import { type DType, isFloat } from '../dtype.ts';
import { show } from '../errors.ts';
import { fromNested, HostArray, type Nested } from '../host-array.ts';
import { type AnyTensor, apply1, fail, isTensor } from '../node.ts';
import { broadcastShapes, type Shape, sameShape } from '../shape.ts';

/** What an operation takes beside a tensor: a number becomes a constant of the other operand's dtype. */
export type Operand = AnyTensor | number | boolean;

/** One number for every element of a shape. */
export function splat(value: number | boolean, shape: Shape, dtype: DType): AnyTensor {
  const number = Number(value);
  if (!isFloat(dtype) && !Number.isInteger(number))
    throw fail(
      'DTYPE_MISMATCH',
      `${number} is not a value of ${dtype}: convert the tensor with .cast('f32')`,
    );
  if (dtype === 'u32' && number < 0)
    throw fail('DTYPE_MISMATCH', `${number} is not a value of u32, which starts at 0`);
  return apply1('constant', [], { value: number, shape, dtype });
}

/** An operand as a tensor like `other`. */
export function operand(value: Operand, other: AnyTensor): AnyTensor {
  if (isTensor(value)) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return splat(value, other.shape, other.dtype);
  throw fail('BAD_ARGUMENT', `an operand is a tensor or a number, not ${show(value)}`);
}

export const sameDType = (a: AnyTensor, b: AnyTensor): void => {
  if (a.dtype !== b.dtype)
    throw fail(
      'DTYPE_MISMATCH',
      `one operand is ${a.dtype} and the other ${b.dtype}: convert one with .cast('${isFloat(b.dtype) ? b.dtype : a.dtype}')`,
    );
};

/** Repeats a tensor along new leading axes and along axes of size 1. */
export function broadcastTo(x: AnyTensor, shape: Shape): AnyTensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = shape.length - x.shape.length;
  if (offset < 0 || !x.shape.every((size, i) => size === 1 || size === shape[offset + i]))
    throw fail('SHAPE_MISMATCH', `cannot broadcast [${x.shape.join(', ')}] to [${shape.join(', ')}]`);
  return apply1('broadcastInDim', [x], { shape, axes: x.shape.map((_, i) => offset + i) });
}

/** Operands brought to one shape, after a check of their dtypes. */
export function broadcastAll(operands: readonly AnyTensor[]): AnyTensor[] {
  let shape = operands[0]!.shape;
  try {
    for (const one of operands) shape = broadcastShapes(shape, one.shape);
  } catch (error) {
    throw fail(
      'SHAPE_MISMATCH',
      (error as Error).message,
      operands.map((one) => `[${one.shape.join(', ')}]`),
    );
  }
  return operands.map((one) => broadcastTo(one, shape));
}

/** A constant array in a graph. */
export function constantOfArray(values: Nested | HostArray, dtype?: DType): AnyTensor {
  const array = values instanceof HostArray ? values : fromNested(values, dtype ?? 'f32');
  if (array.shape.length === 0) return splat(array.data[0]!, [], dtype ?? array.dtype);
  return apply1('constant', [], { value: array, shape: array.shape, dtype: dtype ?? array.dtype });
}

/** The extent of some axes as a scalar in the graph; `least` is how much the computation needs. */
export function extent(size: Dim, dtype: DType, least = 0): AnyTensor {
  const measured = apply1('dimensionSize', [], { dim: addDims(size, 0), dtype, least });
  return typeof size === 'number' ? splat(size, [], dtype) : measured;
}
