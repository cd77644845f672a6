/** Contraction: the general dot product and the general convolution, both as products of matrices (see `product.ts`). */
import {
  allocate,
  countOf,
  fixed,
  type HostArray,
  isFloat,
  type NamesOf,
  type PrimitiveParams,
  paddedDim,
  stridesOf,
} from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';
import { offsetsOf } from '../layout.ts';
import { hostArray, placePadded } from './movement.ts';
import { multiplyFloats, multiplyIntegers } from './product.ts';

export const contractionKernels = {
  dotGeneral: ([a, b], params, [type]) => {
    const { leftStarts, rightStarts, rows, leftColumns, rightRows, columns, outRows, outColumns } = planOf(
      params,
      a.shape,
      b.shape,
    );
    const data = allocate(type.dtype, countOf(type.shape));
    const size = rows.length * columns.length;
    const multiply = isFloat(type.dtype) ? multiplyFloats : multiplyIntegers;
    for (let batch = 0; batch < leftStarts.length; batch++)
      multiply(
        { data: a.data, start: leftStarts[batch], rows, columns: leftColumns },
        { data: b.data, start: rightStarts[batch], rows: rightRows, columns },
        { data, start: batch * size, rows: outRows, columns: outColumns },
      );
    return [hostArray(type, data)];
  },

  /**
   * With the input padded and spread out, the element under window place w of output o lies at o·stride + w·dilation:
   * an offset of the output plus an offset of the window. Outputs are the rows of a matrix, window places and input
   * features its columns; the kernel is the other matrix.
   */
  convGeneral: ([x, kernel], params, [type]) => {
    const { input, kernel: roles, output, strides, kernelDilation, featureGroups, batchGroups } = params;
    const data = allocate(type.dtype, countOf(type.shape));
    const spread = spreadInput(x, params);
    const [from, weights, to] = [new Axes(spread.shape), new Axes(kernel.shape), new Axes(type.shape)];
    const groups = featureGroups * batchGroups;
    const outFeatures = type.shape[output.feature] / groups;
    const features = kernel.shape[roles.feature];
    const batch = type.shape[output.batch];

    // Both lists run in the order in which the input lies in memory, outermost first.
    const rowAxes = inMemoryOrder([
      { size: batch, stride: from.strides[input.batch], other: to.strides[output.batch] },
      ...input.spatial.map((axis, i) => ({
        size: type.shape[output.spatial[i]],
        stride: from.strides[axis] * strides[i],
        other: to.strides[output.spatial[i]],
      })),
    ]);
    const columnAxes = inMemoryOrder([
      { size: features, stride: from.strides[input.feature], other: weights.strides[roles.feature] },
      ...input.spatial.map((axis, i) => ({
        size: kernel.shape[roles.spatial[i]],
        stride: from.strides[axis] * kernelDilation[i],
        other: weights.strides[roles.spatial[i]],
      })),
    ]);
    const multiply = isFloat(type.dtype) ? multiplyFloats : multiplyIntegers;
    for (let group = 0; group < groups; group++) {
      const inputStart =
        featureGroups > 1
          ? group * features * from.strides[input.feature]
          : group * batch * from.strides[input.batch];
      multiply(
        { data: spread.data, start: inputStart, rows: rowAxes.offsets, columns: columnAxes.offsets },
        {
          data: kernel.data,
          start: group * outFeatures * weights.strides[roles.batch],
          rows: columnAxes.others,
          columns: offsetsOf([outFeatures], [weights.strides[roles.batch]]),
        },
        {
          data,
          start: group * outFeatures * to.strides[output.feature],
          rows: rowAxes.others,
          columns: offsetsOf([outFeatures], [to.strides[output.feature]]),
        },
      );
    }
    return [hostArray(type, data)];
  },
} satisfies KernelTable<NamesOf<'contraction'>>;

/** Where the elements of a product of these shapes lie. */
function dotPlan(
  { leftBatch, rightBatch, leftContract, rightContract }: PrimitiveParams<'dotGeneral'>,
  leftShape: readonly number[],
  rightShape: readonly number[],
) {
  const [left, right] = [new Axes(leftShape), new Axes(rightShape)];
  const rows = left.offsets(left.without([...leftBatch, ...leftContract]));
  const columns = right.offsets(right.without([...rightBatch, ...rightContract]));
  return {
    leftShape,
    rightShape,
    leftStarts: left.offsets(leftBatch),
    rightStarts: right.offsets(rightBatch),
    rows,
    leftColumns: left.offsets(leftContract),
    rightRows: right.offsets(rightContract),
    columns,
    outRows: offsetsOf([rows.length], [columns.length]),
    outColumns: offsetsOf([columns.length], [1]),
  };
}

/** A node runs again and again on the same shapes, thousands of times in a loop. */
const plans = new WeakMap<PrimitiveParams<'dotGeneral'>, ReturnType<typeof dotPlan>>();
const sameSizes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

function planOf(
  params: PrimitiveParams<'dotGeneral'>,
  leftShape: readonly number[],
  rightShape: readonly number[],
): ReturnType<typeof dotPlan> {
  let plan = plans.get(params);
  if (plan === undefined || !sameSizes(plan.leftShape, leftShape) || !sameSizes(plan.rightShape, rightShape))
    plans.set(params, (plan = dotPlan(params, leftShape, rightShape)));
  return plan;
}

/** An axis that two arrays run along together. */
interface SharedAxis {
  readonly size: number;
  readonly stride: number;
  readonly other: number;
}

/** The axes of an array, and offsets along chosen ones. */
class Axes {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(shape: readonly number[]) {
    this.shape = shape;
    this.strides = stridesOf(shape);
  }
  without(taken: readonly number[]): number[] {
    return this.shape.flatMap((_, axis) => (taken.includes(axis) ? [] : [axis]));
  }
  offsets(axes: readonly number[]): Int32Array {
    return offsetsOf(
      axes.map((axis) => this.shape[axis]),
      axes.map((axis) => this.strides[axis]),
    );
  }
}

/** Offsets in both arrays, row-major over the axes sorted as they lie in the first. */
function inMemoryOrder(axes: readonly SharedAxis[]): { offsets: Int32Array; others: Int32Array } {
  const sorted = [...axes].sort((a, b) => b.stride - a.stride);
  const sizes = sorted.map(({ size }) => size);
  const along = (strides: readonly number[]) => offsetsOf(sizes, strides);
  return {
    offsets: along(sorted.map(({ stride }) => stride)),
    others: along(sorted.map(({ other }) => other)),
  };
}

/** The input with its padding and with zeros between its elements, as the window sees it. */
function spreadInput(
  x: HostArray,
  { input, padding, inputDilation }: PrimitiveParams<'convGeneral'>,
): { readonly data: HostArray['data']; readonly shape: readonly number[] } {
  const around = x.shape.map((): readonly [number, number] => [0, 0]);
  const interior = x.shape.map(() => 0);
  input.spatial.forEach((axis, i) => {
    around[axis] = [fixed(padding[i][0]), fixed(padding[i][1])];
    interior[axis] = inputDilation[i] - 1;
  });
  if (around.every(([low, high]) => low === 0 && high === 0) && interior.every((count) => count === 0))
    return x;
  const shape = x.shape.map((size, axis) => fixed(paddedDim(size, ...around[axis], interior[axis])));
  const data = allocate(x.dtype, countOf(shape));
  placePadded(x, around, interior, shape, data);
  return { data, shape };
}
