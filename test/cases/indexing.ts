/** Cases of indexing and order: which element a point names, and what comes before what. */
import { type DType, dtypes, type HostArray, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { arrayOf, at, distinct, drawn, filled, offsetOf, positions } from './arrays.ts';
import type { Bad, Cases, CasesTable } from './case.ts';
import { indexingKinks } from './kinks.ts';
import type { Random } from './random.ts';

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
type Points = PrimitiveParams<'gather'>;

/** An operand, points in it, and the shape of what lies at the points. */
function pointed(random: Random, dtype: DType, wild: boolean) {
  const shape = random.shape({ leastRank: 1 });
  const batchAxes = random.chance(0.4) ? random.whole(0, shape.length - 1) : 0;
  const axes = random.some(shape.map((_, axis) => axis).slice(batchAxes));
  for (const axis of axes) shape[axis] = Math.max(1, shape[axis]!);
  const points = [...shape.slice(0, batchAxes), ...random.shape({ mostRank: 2 })];
  const coordinates = positions(points).flatMap(() => axes.map((axis) => random.whole(0, shape[axis]! - 1)));
  const block = shape.filter((_, axis) => axis >= batchAxes && !axes.includes(axis));
  return {
    x: drawn(random, dtype, shape, { wild }),
    indices: arrayOf('i32', [...points, axes.length], coordinates),
    taken: [...points, ...block],
    params: { axes, batchAxes },
  };
}

/** The position in the operand that a position of the gathered shape stands for. */
function source(
  position: readonly number[],
  x: HostArray,
  indices: HostArray,
  { axes, batchAxes }: Points,
): number[] {
  const count = indices.shape.length - 1;
  const [point, block] = [position.slice(0, count), position.slice(count)];
  let next = 0;
  return x.shape.map((_, axis) => {
    if (axis < batchAxes) return point[axis]!;
    const coordinate = axes.indexOf(axis);
    return coordinate < 0 ? block[next++]! : at(indices, [...point, coordinate]);
  });
}

function badPoints<P extends 'gather' | 'scatterAdd' | 'scatterSet'>(more: readonly string[]): Bad<P>[] {
  const bad = (
    constraint: number,
    x: string,
    indices: string,
    params: Points,
    code: Bad<P>['code'],
  ): Bad<P> => ({
    constraint,
    operands: [x, indices, ...more],
    params: params as PrimitiveParams<P>,
    code,
  });
  return [
    bad(1, 'f32[3, 4]', 'f32[2, 1]', { axes: [0], batchAxes: 0 }, 'DTYPE_MISMATCH'),
    bad(2, 'f32[3, 4]', 'i32[2, 1]', { axes: [2], batchAxes: 0 }, 'AXIS_OUT_OF_RANGE'),
    bad(2, 'f32[3, 4]', 'i32[2, 2]', { axes: [0, 0], batchAxes: 0 }, 'AXIS_OUT_OF_RANGE'),
    bad(3, 'f32[3, 4]', 'i32[3, 1]', { axes: [0], batchAxes: 1 }, 'AXIS_OUT_OF_RANGE'),
    bad(3, 'f32[3, 4]', 'i32[3, 1]', { axes: [0], batchAxes: -1 }, 'AXIS_OUT_OF_RANGE'),
    bad(4, 'f32[3, 4]', 'i32[2, 2]', { axes: [0], batchAxes: 0 }, 'SHAPE_MISMATCH'),
    bad(4, 'f32[3, 4]', 'i32[]', { axes: [0], batchAxes: 0 }, 'SHAPE_MISMATCH'),
    bad(5, 'f32[3, 4]', 'i32[2, 1]', { axes: [1], batchAxes: 1 }, 'SHAPE_MISMATCH'),
  ];
}

const scatter = (adds: boolean): Cases<'scatterAdd'> => ({
  dtypes: adds ? numbers : dtypes,
  derivative: 'smooth',
  differentiable: [0, 2],
  linear: [[0, 2]],
  sample(random, dtype, wild) {
    const { x, indices, taken, params } = pointed(random, dtype, wild && !adds);
    return { operands: [x, indices, drawn(random, dtype, taken, { wild: wild && !adds })], params };
  },
  reference: ([x, indices, updates], params) => {
    const result = Array.from(x!.data);
    for (const position of positions(updates!.shape)) {
      const place = offsetOf(x!.shape, source(position, x!, indices!, params));
      result[place] = adds ? result[place]! + at(updates!, position) : at(updates!, position);
    }
    return [result];
  },
  bad: [
    ...badPoints<'scatterAdd'>(['f32[2, 4]']),
    {
      constraint: 6,
      operands: ['f32[3, 4]', 'i32[2, 1]', 'f32[2, 3]'],
      params: { axes: [0], batchAxes: 0 },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 7,
      operands: ['f32[3, 4]', 'i32[2, 1]', 'f64[2, 4]'],
      params: { axes: [0], batchAxes: 0 },
      code: 'DTYPE_MISMATCH',
    },
    ...(adds
      ? [
          {
            constraint: 8,
            operands: ['bool[3]', 'i32[2, 1]', 'bool[2]'],
            params: { axes: [0], batchAxes: 0 },
            code: 'DTYPE_MISMATCH' as const,
          },
        ]
      : []),
  ],
});

/** −∞ < … < −0 < 0 < … < ∞ < NaN */
function inOrder(a: number, b: number): number {
  const place = (x: number) => (Number.isNaN(x) ? 2 : Object.is(x, -0) ? -5e-324 / 2 : x);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0;
}

/** The order of the entries of a line: inserted one by one, each behind those it does not come before. */
function insertionOrder(count: number, before: (i: number, j: number) => boolean): number[] {
  const order: number[] = [];
  for (let i = 0; i < count; i++) {
    let place = order.length;
    while (place > 0 && before(i, order[place - 1]!)) place--;
    order.splice(place, 0, i);
  }
  return order;
}

export const indexingCases = {
  gather: {
    dtypes,
    derivative: 'smooth',
    differentiable: [0],
    linear: [[0]],
    sample(random, dtype, wild) {
      const { x, indices, params } = pointed(random, dtype, wild);
      return { operands: [x, indices], params };
    },
    types: ([x, indices], { axes, batchAxes }) => {
      const block = x!.shape.filter((_, axis) => axis >= batchAxes && !axes.includes(axis));
      return [{ dtype: x!.dtype, shape: [...indices!.shape.slice(0, -1), ...block] }];
    },
    reference: ([x, indices], params, [shape]) => [
      filled(shape!, (position) => at(x!, source(position, x!, indices!, params))),
    ],
    bad: badPoints<'gather'>([]),
  },
  scatterAdd: scatter(true),
  scatterSet: scatter(false),
  sort: {
    dtypes,
    derivative: 'smooth',
    kinks: indexingKinks.sort,
    sample(random, dtype, wild) {
      const shape = random.shape({ leastRank: 1 });
      const key = wild ? drawn(random, dtype, shape, { wild }) : distinct(random, dtype, shape);
      const more = random.list(random.whole(0, 2), () =>
        drawn(random, random.pick([dtype, 'i32' as const]), shape, { wild }),
      );
      const params = {
        axis: random.whole(0, shape.length - 1),
        keys: random.whole(1, 1 + more.length),
        descending: random.chance(0.5),
      };
      return { operands: [key, ...more], params };
    },
    types: (operands) => operands,
    reference(operands, { axis, keys, descending }, [shape]) {
      const results = operands.map((operand) => Array.from(operand.data));
      const size = shape![axis]!;
      for (const line of positions(shape!.with(axis, Math.min(size, 1)))) {
        const entry = (operand: number, i: number) => at(operands[operand]!, line.with(axis, i));
        const before = (i: number, j: number): boolean => {
          for (let key = 0; key < keys; key++) {
            const [a, b] = [entry(key, i), entry(key, j)];
            // NaN stays last when the rest turns round.
            const nan = Number.isNaN(a) || Number.isNaN(b);
            const order = descending && !nan ? inOrder(b, a) : inOrder(a, b);
            if (order !== 0) return order < 0;
          }
          return false;
        };
        insertionOrder(size, before).forEach((from, to) => {
          for (const [k, result] of results.entries())
            result[offsetOf(shape!, line.with(axis, to))] = entry(k, from);
        });
      }
      return results;
    },
    bad: [
      {
        constraint: 1,
        operands: ['f32[2]', 'f32[3]'],
        params: { axis: 0, keys: 1, descending: false },
        code: 'SHAPE_MISMATCH',
      },
      {
        constraint: 2,
        operands: ['f32[2]'],
        params: { axis: 1, keys: 1, descending: false },
        code: 'AXIS_OUT_OF_RANGE',
      },
      {
        constraint: 3,
        operands: ['f32[2]'],
        params: { axis: 0, keys: 2, descending: false },
        code: 'BAD_ARGUMENT',
      },
      {
        constraint: 3,
        operands: ['f32[2]'],
        params: { axis: 0, keys: 0, descending: false },
        code: 'BAD_ARGUMENT',
      },
    ],
  },
  topK: {
    dtypes,
    derivative: 'smooth',
    kinks: indexingKinks.topK,
    sample(random, dtype, wild) {
      const shape = random.shape({ leastRank: 1 });
      const operand = wild ? drawn(random, dtype, shape, { wild }) : distinct(random, dtype, shape);
      return { operands: [operand], params: { k: random.whole(0, shape.at(-1)!) } };
    },
    types: ([x], { k }) => {
      const shape = x!.shape.with(-1, k);
      return [
        { dtype: x!.dtype, shape },
        { dtype: 'i32', shape },
      ];
    },
    reference([x], { k }) {
      const lines = positions(x!.shape.slice(0, -1)).map((line) => {
        const entry = (i: number) => at(x!, [...line, i]);
        const order = insertionOrder(x!.shape.at(-1)!, (i, j) => inOrder(entry(i), entry(j)) > 0).slice(0, k);
        return { order, values: order.map(entry) };
      });
      return [lines.flatMap(({ values }) => values), lines.flatMap(({ order }) => order)];
    },
    bad: [
      { constraint: 1, operands: ['f32[2, 3]'], params: { k: 4 }, code: 'SHAPE_MISMATCH' },
      { constraint: 1, operands: ['f32[2, 3]'], params: { k: -1 }, code: 'SHAPE_MISMATCH' },
      { constraint: 1, operands: ['f32[]'], params: { k: 0 }, code: 'SHAPE_MISMATCH' },
    ],
  },
} satisfies CasesTable<NamesOf<'indexing'>>;
