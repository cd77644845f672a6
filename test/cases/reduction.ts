/** Cases of reductions: totals of lists, extremes and their positions. */
import { type DType, dtypes, type NamesOf } from '@cotangent/graph';
import { at, distinct, drawn, filled, positions } from './arrays.ts';
import type { Cases, CasesTable, Differentiability } from './case.ts';
import { reductionKinks } from './kinks.ts';
import type { Random } from './random.ts';
import { type Total, totalOf } from './totals.ts';

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
const bits: readonly DType[] = ['bool', 'i32', 'u32'];

function reduction(
  allowed: readonly DType[],
  total: Total,
  derivative: Differentiability,
): Cases<'reduceSum'> {
  const refused = dtypes.find((dtype) => !allowed.includes(dtype));
  const extreme = total === 'max' || total === 'min';
  return {
    dtypes: allowed,
    derivative,
    ...(total === 'sum' ? { linear: [[0]] } : {}),
    sample(random, dtype, wild) {
      const shape = random.shape();
      const axes = random.some(shape.map((_, axis) => axis));
      // Zeros among the factors are where products go wrong.
      const draw = (source: Random) => (total === 'product' && source.chance(0.1) ? 0 : source.real(-2, 2));
      const operand =
        extreme && !wild
          ? distinct(random, dtype, shape)
          : drawn(random, dtype, shape, extreme ? { wild } : { draw });
      return { operands: [operand], params: { axes } };
    },
    types: ([x], { axes }) => [
      { dtype: x!.dtype, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) },
    ],
    reference: ([x], { axes }, [shape]) => {
      const kept = x!.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const all = positions(x!.shape);
      const values = filled(shape!, (position) =>
        totalOf(
          all
            .filter((place) => kept.every((axis, i) => place[axis] === position[i]))
            .map((place) => at(x!, place)),
          total,
          x!.dtype,
        ),
      );
      return [values];
    },
    bad: [
      ...(refused === undefined
        ? []
        : [
            {
              constraint: 1,
              operands: [`${refused}[2]`],
              params: { axes: [0] },
              code: 'DTYPE_MISMATCH' as const,
            },
          ]),
      { constraint: 2, operands: [`${allowed[0]}[2]`], params: { axes: [1] }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 2, operands: [`${allowed[0]}[2]`], params: { axes: [0, 0] }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 2, operands: [`${allowed[0]}[2]`], params: { axes: [-1] }, code: 'AXIS_OUT_OF_RANGE' },
    ],
  };
}

function argument(better: (a: number, b: number) => boolean): Cases<'argMax'> {
  return {
    dtypes,
    derivative: 'none',
    sample(random, dtype, wild) {
      const shape = random.shape({ leastRank: 1 });
      const axis = random.whole(0, shape.length - 1);
      shape[axis] = random.size(1);
      return { operands: [drawn(random, dtype, shape, { wild })], params: { axis } };
    },
    types: ([x], { axis }) => [{ dtype: 'i32', shape: x!.shape.toSpliced(axis, 1) }],
    reference: ([x], { axis }, [shape]) => [
      filled(shape!, (position) => {
        const line = Array.from({ length: x!.shape[axis]! }, (_, i) =>
          at(x!, position.toSpliced(axis, 0, i)),
        );
        const nan = line.findIndex(Number.isNaN);
        return nan >= 0 ? nan : line.findIndex((entry) => !line.some((other) => better(other, entry)));
      }),
    ],
    bad: [
      { constraint: 1, operands: ['f32[2]'], params: { axis: 1 }, code: 'AXIS_OUT_OF_RANGE' },
      { constraint: 2, operands: ['f32[2, 0]'], params: { axis: 1 }, code: 'SHAPE_MISMATCH' },
    ],
  };
}

export const reductionCases = {
  reduceSum: reduction(numbers, 'sum', 'smooth'),
  reduceProd: reduction(numbers, 'product', 'smooth'),
  reduceMax: { ...reduction(dtypes, 'max', 'smooth'), kinks: reductionKinks.max },
  reduceMin: { ...reduction(dtypes, 'min', 'smooth'), kinks: reductionKinks.min },
  reduceAnd: reduction(bits, 'and', 'none'),
  reduceOr: reduction(bits, 'or', 'none'),
  argMax: argument((a, b) => a > b),
  argMin: argument((a, b) => a < b),
} satisfies CasesTable<NamesOf<'reduction'>>;
