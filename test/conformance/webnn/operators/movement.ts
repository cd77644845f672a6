/** Operators that move elements: shapes, joining, cutting, padding, triangles. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Operators, sizesOf, type Unary } from './operator.ts';

interface PadArguments extends Unary {
  readonly beginningPadding: readonly number[];
  readonly endingPadding: readonly number[];
}

interface PadOptions {
  readonly mode?: 'constant' | 'edge' | 'reflection' | 'symmetric';
  readonly value?: number;
}

const modes = { constant: 'constant', edge: 'edge', reflection: 'reflect' } as const;

function pad(
  { input, beginningPadding, endingPadding }: PadArguments,
  { mode = 'constant', value = 0 }: PadOptions,
): AnyTensor {
  const pairs = beginningPadding.map((before, axis) => [before, endingPadding[axis]] as const);
  return mode === 'symmetric' ? mirrored(input, pairs) : ops.pad(input, pairs, { mode: modes[mode], value });
}

/** Mirrors with the border: the first entries reversed, all, the last entries reversed. */
const mirrored = (x: AnyTensor, pairs: readonly (readonly [number, number])[]): AnyTensor =>
  pairs.reduce((y, [before, after], axis) => {
    const size = sizesOf(y)[axis];
    const head = before === 0 ? [] : [ops.reverse(ops.slice(y, axis, 0, before), axis)];
    const tail = after === 0 ? [] : [ops.reverse(ops.slice(y, axis, size - after, size), axis)];
    return ops.concat([...head, y, ...tail], axis);
  }, x);

interface SliceArguments extends Unary {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

export const movement: Operators = {
  concat: ({ inputs, axis }: { inputs: readonly AnyTensor[]; axis: number }) => ops.concat(inputs, axis),
  expand: ({ input, newShape }: Unary & { newShape: readonly number[] }) => ops.broadcastTo(input, newShape),
  pad,
  reshape: ({ input, newShape }: Unary & { newShape: readonly number[] }) => ops.reshape(input, newShape),
  reverse: ({ input }: Unary, { axes }: { axes?: readonly number[] }) => ops.reverse(input, axes),
  slice: ({ input, starts, sizes }: SliceArguments, { strides }: { strides?: readonly number[] }) =>
    starts.reduce<AnyTensor>(
      (y, start, axis) => ops.slice(y, axis, start, start + sizes[axis], strides?.[axis] ?? 1),
      input,
    ),
  split: (
    { input, splits }: Unary & { splits: number | readonly number[] },
    { axis = 0 }: { axis?: number },
  ) => ops.split(input, splits, axis),
  tile: ({ input, repetitions }: Unary & { repetitions: readonly number[] }) => ops.tile(input, repetitions),
  transpose: ({ input }: Unary, { permutation }: { permutation?: readonly number[] }) =>
    ops.transpose(input, permutation),
  triangular: ({ input }: Unary, { upper = true, diagonal = 0 }: { upper?: boolean; diagonal?: number }) =>
    upper ? ops.triu(input, diagonal) : ops.tril(input, diagonal),
};
