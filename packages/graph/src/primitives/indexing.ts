/**
 * Indexing and order: gather and scatter along chosen axes, sort, top-k.
 *
 * `indices` is [batch…, points…, k], one coordinate for each of the k `axes`; the first `batchAxes` axes of operand
 * and indices run together. One point stands for a block of the operand's remaining axes, in order.
 * An index outside the operand is the user's error.
 */
import type { Dim } from '../dim.ts';
import { flag, integer, integers } from '../params.ts';
import { constraint, partial, primitive, uniqueAxes } from '../primitive.ts';
import { formatShape, sameShape, type ValueType } from '../shape.ts';

interface IndexParams {
  readonly axes: readonly number[];
  readonly batchAxes: number;
}

/** Shape of a gather's result, which is also the shape of a scatter's updates. C1 to C5. */
function gatheredShape(x: ValueType, indices: ValueType, { axes, batchAxes }: IndexParams): Dim[] {
  constraint(
    indices.dtype === 'i32',
    1,
    () => `indices are i32, not ${indices.dtype}: convert with .cast('i32')`,
    [x, indices],
    'DTYPE_MISMATCH',
  );
  uniqueAxes(axes, x.shape.length, 2, [x]);
  constraint(
    batchAxes >= 0 && axes.every((axis) => axis >= batchAxes),
    3,
    () => `axes [${axes.join(', ')}] do not lie behind ${batchAxes} batch axes`,
    [x],
    'AXIS_OUT_OF_RANGE',
  );
  constraint(
    indices.shape.length > batchAxes && indices.shape.at(-1) === axes.length,
    4,
    () =>
      `indices ${formatShape(indices.shape)} must end in an axis of ${axes.length}, one coordinate per indexed axis`,
    [x, indices],
  );
  constraint(
    sameShape(x.shape.slice(0, batchAxes), indices.shape.slice(0, batchAxes)),
    5,
    () =>
      `the first ${batchAxes} axes of ${formatShape(x.shape)} and ${formatShape(indices.shape)} must agree`,
    [x, indices],
  );
  const block = x.shape.filter((_, axis) => axis >= batchAxes && !axes.includes(axis));
  return [...indices.shape.slice(0, -1), ...block];
}

/** C6: updates as a gather would give them. C7: the operand's dtype. */
const scatter = primitive({
  params: { axes: integers, batchAxes: integer },
  arity: 3,
  traits: partial,
  infer: ([x, indices, updates], params) => {
    const wanted = gatheredShape(x!, indices!, params);
    constraint(
      sameShape(updates!.shape, wanted),
      6,
      () => `updates have the shape ${formatShape(updates!.shape)} where ${formatShape(wanted)} is needed`,
      [x!, indices!, updates!],
    );
    constraint(
      updates!.dtype === x!.dtype,
      7,
      () =>
        `one operand is ${x!.dtype} and the other ${updates!.dtype}: convert one with .cast('${x!.dtype}')`,
      [x!, updates!],
      'DTYPE_MISMATCH',
    );
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
});

export const indexingPrimitives = {
  gather: primitive({
    params: { axes: integers, batchAxes: integer },
    arity: 2,
    traits: partial,
    infer: ([x, indices], params) => [{ dtype: x!.dtype, shape: gatheredShape(x!, indices!, params) }],
  }),
  /** Adds updates at the indexed places; several updates of one place add up in row-major order. C8: numbers. */
  scatterAdd: primitive({
    ...scatter,
    infer: (inputs, params) => {
      constraint(
        inputs[0]!.dtype !== 'bool',
        8,
        () => `scatterAdd adds numbers, not bool`,
        inputs,
        'DTYPE_MISMATCH',
      );
      return scatter.infer(inputs, params);
    },
  }),
  /** Writes updates to the indexed places; the last one in row-major order wins. */
  scatterSet: scatter,
  /**
   * Sorts along an axis by the first `keys` operands in order, stably; NaN comes last, -0 before 0.
   * C1: one shape. C2: the axis exists. C3: 1 ≤ keys ≤ number of operands.
   */
  sort: primitive({
    params: { axis: integer, keys: integer, descending: flag },
    arity: [1, Infinity],
    infer: (inputs, { axis, keys }) => {
      constraint(
        inputs.every((input) => sameShape(input.shape, inputs[0]!.shape)),
        1,
        () => `operands of sort must have one shape`,
        inputs,
      );
      uniqueAxes([axis], inputs[0]!.shape.length, 2, inputs);
      constraint(
        keys >= 1 && keys <= inputs.length,
        3,
        () => `sort by ${keys} keys of ${inputs.length} operands`,
        inputs,
        'BAD_ARGUMENT',
      );
      return inputs.map(({ dtype, shape }) => ({ dtype, shape }));
    },
  }),
  /** The k largest along the last axis, in order, and their positions (i32); ties go to the lower position. C1: 0 ≤ k ≤ size. */
  topK: primitive({
    params: { k: integer },
    arity: 1,
    infer: ([x], { k }) => {
      const last = x!.shape.at(-1);
      constraint(
        last !== undefined && k >= 0 && (typeof last === 'string' || k <= last),
        1,
        () => `the ${k} largest of ${formatShape(x!.shape)} do not exist`,
        [x!],
      );
      const shape = [...x!.shape.slice(0, -1), k];
      return [
        { dtype: x!.dtype, shape },
        { dtype: 'i32', shape },
      ];
    },
  }),
};
