/** Sources and movement: values from nothing, and elements that change their place but not their value. */
import { addDims, type Dim, floorDivDim, mulDims, subDims } from '../dim.ts';
import {
  type ConstantValue,
  constantValue,
  dim,
  dims,
  dtypeKind,
  flag,
  integer,
  integers,
  pairs,
} from '../params.ts';
import { constraint, primitive, uniqueAxes } from '../primitive.ts';
import { formatShape, sameShape, sizeOf, type ValueType } from '../shape.ts';

const both = (a: Dim, b: Dim): a is number => typeof a === 'number' && typeof b === 'number';

/** Extent of an axis after padding: low + n + interior·(n − 1) + high, or low + high where n = 0. */
export function paddedDim(size: Dim, low: Dim, high: Dim, interior: number): Dim {
  const inner = interior === 0 ? size : size === 0 ? 0 : subDims(mulDims(size, interior + 1), interior);
  return addDims(addDims(inner, low), high);
}

const literalShape = (value: ConstantValue, shape: readonly Dim[]): boolean =>
  typeof value === 'number' || sameShape(value.shape, shape);

export const movementPrimitives = {
  /** One number for every element, or an array. C1: an array has the shape; C2: and the dtype, or is converted. */
  constant: primitive({
    params: { value: constantValue, shape: dims, dtype: dtypeKind },
    arity: 0,
    infer: (_, { value, shape, dtype }) => {
      constraint(
        literalShape(value, shape),
        1,
        () => `the array of a constant does not have the shape ${formatShape(shape)}`,
      );
      return [{ dtype, shape }];
    },
  }),
  /** Position along an axis, as numbers 0, 1, 2, … C1: the axis exists. C2: not bool. */
  iota: primitive({
    params: { shape: dims, axis: integer, dtype: dtypeKind },
    arity: 0,
    infer: (_, { shape, axis, dtype }) => {
      uniqueAxes([axis], shape.length, 1, []);
      constraint(dtype !== 'bool', 2, () => `iota counts in numbers, not bool`, [], 'DTYPE_MISMATCH');
      return [{ dtype, shape }];
    },
  }),
  /** The value of a dimension as a scalar. C1: it is at least `least`, for computations that need so many entries. */
  dimensionSize: primitive({
    params: { dim, dtype: dtypeKind, least: integer },
    arity: 0,
    infer: (_, { dim: size, dtype, least }) => {
      constraint(
        typeof size === 'string' || size >= least,
        1,
        () =>
          `at least ${least} values are needed for each statistic, and there is ${size}: use larger batches`,
        [],
        'BATCH_TOO_SMALL',
      );
      return [{ dtype, shape: [] }];
    },
  }),
  /**
   * Operand axis i becomes result axis axes[i]; the other result axes repeat the operand.
   * C1: one result axis per operand axis. C2: they exist, none twice. C3: sizes agree, or the operand's is 1.
   */
  broadcastInDim: primitive({
    params: { shape: dims, axes: integers },
    arity: 1,
    infer: ([x], { shape, axes }) => {
      constraint(
        axes.length === x!.shape.length,
        1,
        () => `${axes.length} axes for an operand ${formatShape(x!.shape)}`,
        [x!],
      );
      uniqueAxes(axes, shape.length, 2, [x!]);
      constraint(
        x!.shape.every((size, i) => size === 1 || size === shape[axes[i]!]),
        3,
        () =>
          `cannot broadcast ${formatShape(x!.shape)} along axes [${axes.join(', ')}] of ${formatShape(shape)}`,
        [x!],
      );
      return [{ dtype: x!.dtype, shape }];
    },
  }),
  /** Same elements in row-major order. C1: as many elements. */
  reshape: primitive({
    params: { shape: dims },
    arity: 1,
    infer: ([x], { shape }) => {
      const [from, to] = [sizeOf(x!.shape), sizeOf(shape)];
      constraint(
        from === to,
        1,
        () =>
          `cannot reshape ${formatShape(x!.shape)} to ${formatShape(shape)}: ${from} elements are not ${to}`,
        [x!],
      );
      return [{ dtype: x!.dtype, shape }];
    },
  }),
  /** Result axis i is operand axis permutation[i]. C1: a permutation of the axes. */
  transpose: primitive({
    params: { permutation: integers },
    arity: 1,
    infer: ([x], { permutation }) => {
      const { shape } = x!;
      constraint(
        permutation.length === shape.length &&
          [...permutation].sort((a, b) => a - b).every((axis, i) => axis === i),
        1,
        () =>
          `[${permutation.join(', ')}] is not a permutation of the ${shape.length} axes of ${formatShape(shape)}`,
        [x!],
        'AXIS_OUT_OF_RANGE',
      );
      return [{ dtype: x!.dtype, shape: permutation.map((axis) => shape[axis]!) }];
    },
  }),
  /** C1: axes exist, none twice. */
  reverse: primitive({
    params: { axes: integers },
    arity: 1,
    infer: ([x], { axes }) => {
      uniqueAxes(axes, x!.shape.length, 1, [x!]);
      return [{ dtype: x!.dtype, shape: x!.shape }];
    },
  }),
  /** start ≤ index < limit in steps. C1: one entry per axis. C2: 0 ≤ start ≤ limit ≤ size. C3: steps are 1 or more. */
  slice: primitive({
    params: { start: dims, limit: dims, strides: integers },
    arity: 1,
    infer: ([x], { start, limit, strides }) => {
      const { shape } = x!;
      constraint(
        [start, limit, strides].every((list) => list.length === shape.length),
        1,
        () => `a slice of ${formatShape(shape)} needs ${shape.length} starts, limits and strides`,
        [x!],
      );
      shape.forEach((size, axis) => {
        const [from, to] = [start[axis]!, limit[axis]!];
        const fits =
          (typeof from === 'string' || from >= 0) &&
          (!both(from, to) || from <= (to as number)) &&
          (!both(to, size) || to <= (size as number));
        constraint(
          fits,
          2,
          () => `the slice ${from} to ${to} does not fit into axis ${axis} of ${formatShape(shape)}`,
          [x!],
          'AXIS_OUT_OF_RANGE',
        );
      });
      constraint(
        strides.every((step) => step >= 1),
        3,
        () => `slice strides [${strides.join(', ')}] must be 1 or more`,
        [x!],
        'BAD_ARGUMENT',
      );
      return [
        {
          dtype: x!.dtype,
          shape: shape.map((_, axis) => slicedDim(start[axis]!, limit[axis]!, strides[axis]!)),
        },
      ];
    },
  }),
  /**
   * Puts `value` (operand 1, a scalar) around and between the elements; negative padding cuts off.
   * C1: one pair per axis. C2: the value is a scalar of the same dtype. C3: interior is 0 or more. C4: no negative size.
   */
  pad: primitive({
    params: { padding: pairs, interior: integers },
    arity: 2,
    infer: ([x, value], { padding, interior }) => {
      const { shape } = x!;
      constraint(
        padding.length === shape.length && interior.length === shape.length,
        1,
        () =>
          `padding of ${formatShape(shape)} needs ${shape.length} [low, high] pairs and interiors, not ${padding.length} and ${interior.length}`,
        [x!],
      );
      constraint(
        value!.shape.length === 0 && value!.dtype === x!.dtype,
        2,
        () => `the padding value is a scalar of ${x!.dtype}, not ${value!.dtype}${formatShape(value!.shape)}`,
        [x!, value!],
      );
      constraint(
        interior.every((count) => count >= 0),
        3,
        () => `interior padding [${interior.join(', ')}] must be 0 or more`,
        [x!],
        'BAD_ARGUMENT',
      );
      const result = shape.map((size, axis) => paddedDim(size, ...padding[axis]!, interior[axis]!));
      constraint(
        result.every((size) => typeof size === 'string' || size >= 0),
        4,
        () => `padding ${JSON.stringify(padding)} cuts more off ${formatShape(shape)} than there is`,
        [x!],
      );
      return [{ dtype: x!.dtype, shape: result }];
    },
  }),
  /** C1: at least one operand. C2: one dtype. C3: the axis exists. C4: shapes agree but for that axis. */
  concatenate: primitive({
    params: { axis: integer },
    arity: [1, Infinity],
    infer: (inputs, { axis }) => {
      const first = inputs[0];
      constraint(first !== undefined, 1, () => 'concat needs at least one tensor');
      const other = inputs.find((input) => input.dtype !== first.dtype);
      constraint(
        other === undefined,
        2,
        () =>
          `one operand is ${first.dtype} and the other ${other!.dtype}: convert one with .cast('${first.dtype}')`,
        inputs,
        'DTYPE_MISMATCH',
      );
      uniqueAxes([axis], first.shape.length, 3, inputs);
      const matches = (input: ValueType) =>
        input.shape.length === first.shape.length &&
        input.shape.every((size, i) => i === axis || size === first.shape[i]);
      const wrong = inputs.find((input) => !matches(input));
      constraint(
        wrong === undefined,
        4,
        () =>
          `cannot concat ${formatShape(first.shape)} with ${formatShape(wrong!.shape)} along axis ${axis}: the other axes differ`,
        inputs,
      );
      const total = inputs.reduce<Dim>((sum, input) => addDims(sum, input.shape[axis]!), 0);
      return [{ dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
    },
  }),
  /** A window of fixed sizes at a computed start, moved inwards where it would stick out. C1..C3 as below. */
  dynamicSlice: primitive({
    params: { sizes: dims },
    arity: [1, Infinity],
    infer: ([x, ...starts], { sizes }) => {
      scalarStarts(x!, starts);
      constraint(
        sizes.length === x!.shape.length,
        2,
        () => `${sizes.length} sizes for ${formatShape(x!.shape)}`,
        [x!],
      );
      fitsInto(sizes, x!, 3);
      return [{ dtype: x!.dtype, shape: sizes }];
    },
  }),
  /** The operand with `update` (operand 1) written at a computed start, moved inwards where it would stick out. */
  dynamicUpdateSlice: primitive({
    params: {},
    arity: [2, Infinity],
    infer: ([x, update, ...starts]) => {
      scalarStarts(x!, starts);
      constraint(
        update!.shape.length === x!.shape.length && update!.dtype === x!.dtype,
        2,
        () =>
          `an update of ${x!.dtype}${formatShape(x!.shape)} has its rank and dtype, not ${update!.dtype}${formatShape(update!.shape)}`,
        [x!, update!],
      );
      fitsInto(update!.shape, x!, 3);
      return [{ dtype: x!.dtype, shape: x!.shape }];
    },
  }),
  /** Running total along an axis. C1: numbers. C2: the axis exists. */
  cumulativeSum: cumulative(),
  /** Running product along an axis. C1: numbers. C2: the axis exists. */
  cumulativeProd: cumulative(),
  /** Running maximum along an axis, and its position (i32) there. C1: numbers. C2: the axis exists. */
  cumulativeMax: cumulativeExtreme(),
  /** Running minimum along an axis, and its position (i32) there. C1: numbers. C2: the axis exists. */
  cumulativeMin: cumulativeExtreme(),
};

/** `exclusive` leaves out the element itself; `reverse` starts from the end. */
function cumulative() {
  return primitive({
    params: { axis: integer, exclusive: flag, reverse: flag },
    arity: 1,
    infer: ([x], { axis }) => [running('total', x!, axis)],
  });
}

/**
 * `reverse` starts from the end. Of equals the first one met on the way keeps the position. Once NaN is met, everything
 * behind it is NaN, at the position of the first.
 */
function cumulativeExtreme() {
  return primitive({
    params: { axis: integer, reverse: flag },
    arity: 1,
    infer: ([x], { axis }) => {
      const values = running('extreme', x!, axis);
      return [values, { dtype: 'i32', shape: values.shape }];
    },
  });
}

/** C1: numbers. C2: the axis exists. */
function running(what: 'total' | 'extreme', x: ValueType, axis: number): ValueType {
  constraint(x.dtype !== 'bool', 1, () => `a running ${what} takes numbers, not bool`, [x], 'DTYPE_MISMATCH');
  uniqueAxes([axis], x.shape.length, 2, [x]);
  return { dtype: x.dtype, shape: x.shape };
}

/** ⌈(limit − start) / step⌉ */
function slicedDim(start: Dim, limit: Dim, step: number): Dim {
  const extent = subDims(limit, start);
  if (step === 1) return extent;
  return typeof extent === 'number' ? Math.ceil(extent / step) : stepsOf(extent, step);
}

const stepsOf = (extent: Dim, step: number): Dim => floorDivDim(addDims(extent, step - 1), step);

/** C1: one scalar integer per axis. */
function scalarStarts(x: ValueType, starts: readonly ValueType[]): void {
  constraint(
    starts.length === x.shape.length &&
      starts.every((start) => start.shape.length === 0 && start.dtype === 'i32'),
    1,
    () => `${formatShape(x.shape)} needs ${x.shape.length} scalar starts of i32`,
    [x, ...starts],
  );
}

function fitsInto(sizes: readonly Dim[], x: ValueType, number: number): void {
  constraint(
    sizes.every((size, axis) => !both(size, x.shape[axis]!) || size <= (x.shape[axis] as number)),
    number,
    () => `a window ${formatShape(sizes)} does not fit into ${formatShape(x.shape)}`,
    [x],
  );
}
