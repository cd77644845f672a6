/** Cases of sources and movement: where every element of the result comes from, position by position. */
import { dtypes, type HostArray, type NamesOf } from '@cotangent/graph';
import { arrayOf, at, drawn, filled, inside } from './arrays.ts';
import type { CasesTable } from './case.ts';
import type { Random } from './random.ts';
import { sourceCases, totalCases } from './sources.ts';

const axesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => axis);
const start = (random: Random): HostArray => arrayOf('i32', [], [random.whole(-2, 5)]);

export const movementCases = {
  ...sourceCases,
  broadcastInDim: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      const axes = random.some(axesOf(shape));
      const own = axes.map((axis) => (random.chance(0.3) ? 1 : shape[axis]!));
      return { operands: [drawn(random, dtype, own, { wild })], params: { shape, axes } };
    },
    types: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
    reference: ([x], { axes }, [shape]) => [
      filled(shape!, (position) =>
        at(
          x!,
          axes.map((axis, i) => (x!.shape[i] === 1 ? 0 : position[axis]!)),
        ),
      ),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2]'], params: { shape: [2], axes: [] }, code: 'SHAPE_MISMATCH' },
      { constraint: 2, operands: ['f32[2]'], params: { shape: [2], axes: [1] }, code: 'AXIS_OUT_OF_RANGE' },
      {
        constraint: 2,
        operands: ['f32[2, 2]'],
        params: { shape: [2, 2], axes: [0, 0] },
        code: 'AXIS_OUT_OF_RANGE',
      },
      { constraint: 3, operands: ['f32[2]'], params: { shape: [3], axes: [0] }, code: 'SHAPE_MISMATCH' },
      { constraint: 3, operands: ['f32[n]'], params: { shape: ['m'], axes: [0] }, code: 'SHAPE_MISMATCH' },
    ],
  },
  reshape: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      // Neighbours joined, axes of size 1 put in.
      const to: number[] = [];
      for (const size of shape) {
        if (to.length > 0 && random.chance(0.5)) to[to.length - 1]! *= size;
        else to.push(size);
        if (random.chance(0.2)) to.push(1);
      }
      const turned = random.chance(0.5);
      const [from, target] = turned ? [to, shape] : [shape, to];
      return { operands: [drawn(random, dtype, from, { wild })], params: { shape: target } };
    },
    types: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
    reference: ([x]) => [Array.from(x!.data)],
    bad: [
      { constraint: 1, operands: ['f32[2, 3]'], params: { shape: [5] }, code: 'SHAPE_MISMATCH' },
      { constraint: 1, operands: ['f32[n, 3]'], params: { shape: ['n'] }, code: 'SHAPE_MISMATCH' },
    ],
  },
  transpose: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      return {
        operands: [drawn(random, dtype, shape, { wild })],
        params: { permutation: random.shuffle(axesOf(shape)) },
      };
    },
    types: ([x], { permutation }) => [{ dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) }],
    reference: ([x], { permutation }, [shape]) => [
      filled(shape!, (position) => {
        const source: number[] = [];
        permutation.forEach((axis, i) => {
          source[axis] = position[i]!;
        });
        return at(x!, source);
      }),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2, 3]'], params: { permutation: [0] }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 1, operands: ['f32[2, 3]'], params: { permutation: [0, 0] }, code: 'AXIS_OUT_OF_RANGE' },
    ],
  },
  reverse: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      return {
        operands: [drawn(random, dtype, shape, { wild })],
        params: { axes: random.some(axesOf(shape)) },
      };
    },
    reference: ([x], { axes }, [shape]) => [
      filled(shape!, (position) =>
        at(
          x!,
          position.map((index, axis) => (axes.includes(axis) ? shape![axis]! - 1 - index : index)),
        ),
      ),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2]'], params: { axes: [1] }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 1, operands: ['f32[2]'], params: { axes: [0, 0] }, code: 'AXIS_OUT_OF_RANGE' },
    ],
  },
  slice: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      const ends = shape.map((size) => [random.whole(0, size), random.whole(0, size)].sort((a, b) => a - b));
      return {
        operands: [drawn(random, dtype, shape, { wild })],
        params: {
          start: ends.map(([low]) => low!),
          limit: ends.map(([, high]) => high!),
          strides: shape.map(() => random.whole(1, 3)),
        },
      };
    },
    types: ([x], { start: first, limit, strides }) => {
      const count = (axis: number): number => {
        let entries = 0;
        for (let i = Number(first[axis]); i < Number(limit[axis]); i += strides[axis]!) entries++;
        return entries;
      };
      return [{ dtype: x!.dtype, shape: axesOf(x!.shape).map(count) }];
    },
    reference: ([x], { start: first, strides }, [shape]) => [
      filled(shape!, (position) =>
        at(
          x!,
          position.map((index, axis) => Number(first[axis]) + index * strides[axis]!),
        ),
      ),
    ],
    bad: [
      {
        constraint: 1,
        operands: ['f32[4]'],
        params: { start: [], limit: [4], strides: [1] },
        code: 'SHAPE_MISMATCH',
      },
      {
        constraint: 2,
        operands: ['f32[4]'],
        params: { start: [3], limit: [2], strides: [1] },
        code: 'AXIS_OUT_OF_RANGE',
      },
      {
        constraint: 2,
        operands: ['f32[4]'],
        params: { start: [0], limit: [5], strides: [1] },
        code: 'AXIS_OUT_OF_RANGE',
      },
      {
        constraint: 2,
        operands: ['f32[4]'],
        params: { start: [-1], limit: [2], strides: [1] },
        code: 'AXIS_OUT_OF_RANGE',
      },
      {
        constraint: 3,
        operands: ['f32[4]'],
        params: { start: [0], limit: [4], strides: [0] },
        code: 'BAD_ARGUMENT',
      },
    ],
  },
  pad: {
    dtypes,
    derivative: 'smooth',
    linear: [[0, 1]],
    sample(random, dtype, wild) {
      const shape = random.shape({ mostRank: 3 });
      const interior = shape.map(() => (random.chance(0.6) ? 0 : random.whole(1, 2)));
      const padding = shape.map((size, axis): readonly [number, number] => {
        const spread = size === 0 ? 0 : size + (size - 1) * interior[axis]!;
        const low = random.whole(-Math.min(spread, 2), 2);
        return [low, random.whole(-Math.max(Math.min(spread + low, 2), 0), 2)];
      });
      return {
        operands: [drawn(random, dtype, shape, { wild }), drawn(random, dtype, [], { wild })],
        params: { padding, interior },
      };
    },
    types: ([x], { padding, interior }) => {
      const extent = (size: number, axis: number) =>
        Number(padding[axis]![0]) +
        size +
        Math.max(size - 1, 0) * interior[axis]! +
        Number(padding[axis]![1]);
      return [{ dtype: x!.dtype, shape: x!.shape.map(extent) }];
    },
    reference: ([x, value], { padding, interior }, [shape]) => [
      filled(shape!, (position) => {
        const source = position.map(
          (index, axis) => (index - Number(padding[axis]![0])) / (interior[axis]! + 1),
        );
        return source.every(Number.isInteger) && inside(x!.shape, source) ? at(x!, source) : value!.data[0]!;
      }),
    ],
    bad: [
      {
        constraint: 1,
        operands: ['f32[2]', 'f32[]'],
        params: { padding: [], interior: [0] },
        code: 'SHAPE_MISMATCH',
      },
      {
        constraint: 2,
        operands: ['f32[2]', 'f32[1]'],
        params: { padding: [[0, 0]], interior: [0] },
        code: 'SHAPE_MISMATCH',
      },
      {
        constraint: 2,
        operands: ['f32[2]', 'f64[]'],
        params: { padding: [[0, 0]], interior: [0] },
        code: 'SHAPE_MISMATCH',
      },
      {
        constraint: 3,
        operands: ['f32[2]', 'f32[]'],
        params: { padding: [[0, 0]], interior: [-1] },
        code: 'BAD_ARGUMENT',
      },
      {
        constraint: 4,
        operands: ['f32[2]', 'f32[]'],
        params: { padding: [[-2, -1]], interior: [0] },
        code: 'SHAPE_MISMATCH',
      },
    ],
  },
  concatenate: {
    dtypes,
    derivative: 'smooth',
    linear: [[0, 1, 2, 3]],
    sample(random, dtype, wild) {
      const shape = random.shape({ leastRank: 1 });
      const axis = random.whole(0, shape.length - 1);
      const part = () =>
        drawn(
          random,
          dtype,
          shape.map((size, i) => (i === axis ? random.size() : size)),
          { wild },
        );
      return { operands: random.list(random.whole(1, 4), part), params: { axis } };
    },
    types: (operands, { axis }) => {
      const total = operands.reduce((sum, { shape }) => sum + shape[axis]!, 0);
      return [{ dtype: operands[0]!.dtype, shape: operands[0]!.shape.with(axis, total) }];
    },
    reference: (operands, { axis }, [shape]) => [
      filled(shape!, (position) => {
        let index = position[axis]!;
        let part = 0;
        while (index >= operands[part]!.shape[axis]!) index -= operands[part++]!.shape[axis]!;
        return at(
          operands[part]!,
          position.map((entry, i) => (i === axis ? index : entry)),
        );
      }),
    ],
    bad: [
      // C1, at least one operand, is the arity.
      { constraint: undefined, operands: [], params: { axis: 0 }, code: 'BAD_GRAPH' },
      { constraint: 2, operands: ['f32[2]', 'f64[2]'], params: { axis: 0 }, code: 'DTYPE_MISMATCH' },
      { constraint: 3, operands: ['f32[2]', 'f32[2]'], params: { axis: 1 }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 3, operands: ['f32[]', 'f32[]'], params: { axis: 0 }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 4, operands: ['f32[2, 3]', 'f32[2, 4]'], params: { axis: 0 }, code: 'SHAPE_MISMATCH' },
      { constraint: 4, operands: ['f32[2, 3]', 'f32[2]'], params: { axis: 0 }, code: 'SHAPE_MISMATCH' },
    ],
  },
  dynamicSlice: {
    dtypes,
    derivative: 'smooth',
    differentiable: [0],
    linear: [[0]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      const sizes = shape.map((size) => random.whole(0, size));
      return {
        operands: [drawn(random, dtype, shape, { wild }), ...shape.map(() => start(random))],
        params: { sizes },
      };
    },
    types: ([x], { sizes }) => [{ dtype: x!.dtype, shape: sizes }],
    reference: ([x, ...starts], _, [shape]) => [
      filled(shape!, (position) =>
        at(
          x!,
          position.map((index, axis) => index + movedInside(starts, x!.shape, shape!, axis)),
        ),
      ),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2]'], params: { sizes: [1] }, code: 'SHAPE_MISMATCH' },
      { constraint: 1, operands: ['f32[2]', 'f32[]'], params: { sizes: [1] }, code: 'SHAPE_MISMATCH' },
      { constraint: 1, operands: ['f32[2]', 'i32[1]'], params: { sizes: [1] }, code: 'SHAPE_MISMATCH' },
      { constraint: 2, operands: ['f32[2]', 'i32[]'], params: { sizes: [1, 1] }, code: 'SHAPE_MISMATCH' },
      { constraint: 3, operands: ['f32[2]', 'i32[]'], params: { sizes: [3] }, code: 'SHAPE_MISMATCH' },
    ],
  },
  dynamicUpdateSlice: {
    dtypes,
    derivative: 'smooth',
    differentiable: [0, 1],
    linear: [[0, 1]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      const update = shape.map((size) => random.whole(0, size));
      return {
        operands: [
          drawn(random, dtype, shape, { wild }),
          drawn(random, dtype, update, { wild }),
          ...shape.map(() => start(random)),
        ],
        params: {},
      };
    },
    reference: ([x, update, ...starts], _, [shape]) => [
      filled(shape!, (position) => {
        const source = position.map(
          (index, axis) => index - movedInside(starts, shape!, update!.shape, axis),
        );
        return inside(update!.shape, source) ? at(update!, source) : at(x!, position);
      }),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2]', 'f32[1]'], params: {}, code: 'SHAPE_MISMATCH' },
      { constraint: 2, operands: ['f32[2]', 'f32[]', 'i32[]'], params: {}, code: 'SHAPE_MISMATCH' },
      { constraint: 2, operands: ['f32[2]', 'f64[1]', 'i32[]'], params: {}, code: 'SHAPE_MISMATCH' },
      { constraint: 3, operands: ['f32[2]', 'f32[3]', 'i32[]'], params: {}, code: 'SHAPE_MISMATCH' },
    ],
  },
  ...totalCases,
} satisfies CasesTable<NamesOf<'movement'>>;

/** Where a window begins once it has been moved to where it fits. */
const movedInside = (
  starts: readonly HostArray[],
  shape: readonly number[],
  sizes: readonly number[],
  axis: number,
): number => Math.max(0, Math.min(starts[axis]!.data[0]!, shape[axis]! - sizes[axis]!));
