/** Cases of what has no operands, and of running totals and extremes. */
import { type DType, dtypes, HostArray } from '@cotangent/graph';
import { arrayOf, distinct, drawn, filled } from './arrays.ts';
import type { Cases, CasesTable } from './case.ts';
import { cumulativeKinks } from './kinks.ts';
import { element, type Random } from './random.ts';
import { runningExtremes, runningTotals } from './totals.ts';

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];

const cumulative = (op: 'sum' | 'product'): Cases<'cumulativeSum'> => ({
  dtypes: numbers,
  derivative: 'smooth',
  ...(op === 'sum' ? { linear: [[0]] } : {}),
  sample(random, dtype) {
    const shape = random.shape({ leastRank: 1 });
    const params = {
      axis: random.whole(0, shape.length - 1),
      exclusive: random.chance(0.5),
      reverse: random.chance(0.5),
    };
    // A zero among the factors is where products go wrong.
    const draw = (source: Random) => (source.chance(0.1) ? 0 : source.real(-2, 2));
    return { operands: [drawn(random, dtype, shape, { draw })], params };
  },
  reference: ([x], params) => [runningTotals(x!, params, op)],
  bad: [
    {
      constraint: 1,
      operands: ['bool[2]'],
      params: { axis: 0, exclusive: false, reverse: false },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 2,
      operands: ['f32[2]'],
      params: { axis: 1, exclusive: false, reverse: false },
      code: 'AXIS_OUT_OF_RANGE',
    },
  ],
});

const cumulativeExtreme = (total: 'max' | 'min'): Cases<'cumulativeMax'> => ({
  dtypes: numbers,
  derivative: 'smooth',
  sample(random, dtype, wild) {
    const shape = random.shape({ leastRank: 1 });
    const operand = wild ? drawn(random, dtype, shape, { wild }) : distinct(random, dtype, shape);
    const params = { axis: random.whole(0, shape.length - 1), reverse: random.chance(0.5) };
    return { operands: [operand], params };
  },
  types: ([x]) => [
    { dtype: x!.dtype, shape: x!.shape },
    { dtype: 'i32', shape: x!.shape },
  ],
  reference: ([x], params) => runningExtremes(x!, params, total),
  bad: [
    { constraint: 1, operands: ['bool[2]'], params: { axis: 0, reverse: false }, code: 'DTYPE_MISMATCH' },
    { constraint: 2, operands: ['f32[2]'], params: { axis: 1, reverse: false }, code: 'AXIS_OUT_OF_RANGE' },
  ],
});

export const sourceCases = {
  constant: {
    dtypes,
    derivative: 'none',
    sample(random, dtype, wild) {
      const shape = random.shape();
      const value = random.chance(0.5) ? element(random, dtype, wild) : drawn(random, dtype, shape, { wild });
      return { operands: [], params: { value, shape, dtype } };
    },
    types: (_, { shape, dtype }) => [{ shape, dtype }],
    reference: (_, { value }, [shape]) => [
      value instanceof HostArray ? Array.from(value.data) : filled(shape!, () => value),
    ],
    bad: [
      {
        constraint: 1,
        operands: [],
        params: { value: arrayOf('f32', [2], [1, 2]), shape: [3], dtype: 'f32' },
        code: 'SHAPE_MISMATCH',
      },
    ],
  },
  iota: {
    dtypes: numbers,
    derivative: 'none',
    sample(random, dtype) {
      const shape = random.shape({ leastRank: 1 });
      return { operands: [], params: { shape, axis: random.whole(0, shape.length - 1), dtype } };
    },
    types: (_, { shape, dtype }) => [{ shape, dtype }],
    reference: (_, { axis }, [shape]) => [filled(shape!, (position) => position[axis]!)],
    bad: [
      {
        constraint: 1,
        operands: [],
        params: { shape: [2], axis: 1, dtype: 'i32' },
        code: 'AXIS_OUT_OF_RANGE',
      },
      { constraint: 2, operands: [], params: { shape: [2], axis: 0, dtype: 'bool' }, code: 'DTYPE_MISMATCH' },
    ],
  },
  dimensionSize: {
    dtypes: numbers,
    derivative: 'none',
    sample: (random, dtype) => ({ operands: [], params: { dim: random.whole(2, 9), dtype, least: 2 } }),
    types: (_, { dtype }) => [{ shape: [], dtype }],
    reference: (_, { dim }) => [[Number(dim)]],
    bad: [
      { constraint: 1, operands: [], params: { dim: 1, dtype: 'f32', least: 2 }, code: 'BATCH_TOO_SMALL' },
    ],
  },
} satisfies CasesTable<'constant' | 'iota' | 'dimensionSize'>;

export const totalCases = {
  cumulativeSum: cumulative('sum'),
  cumulativeProd: cumulative('product'),
  cumulativeMax: { ...cumulativeExtreme('max'), kinks: cumulativeKinks.max },
  cumulativeMin: { ...cumulativeExtreme('min'), kinks: cumulativeKinks.min },
} satisfies CasesTable<'cumulativeSum' | 'cumulativeProd' | 'cumulativeMax' | 'cumulativeMin'>;
