/** Cases of reductions over sliding windows: every window collected tap by tap. */
import type { DType, HostArray, NamesOf, PrimitiveParams } from '@cotangent/graph';
import { at, distinct, drawn, filled, inside, offsetOf, positions } from './arrays.ts';
import type { Bad, Cases, CasesTable } from './case.ts';
import { windowKinks } from './kinks.ts';
import type { Random } from './random.ts';
import { totalOf } from './totals.ts';

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
type Params = PrimitiveParams<'reduceWindowSum'>;

/** Low and high padding, negative now and then, that leave room for `extent`. */
export function paddingFor(random: Random, size: number, extent: number): readonly [number, number] {
  const low = size === 0 ? random.whole(0, 2) : random.whole(size > 1 ? -1 : 0, 2);
  const high = size === 0 ? random.whole(0, 2) : random.whole(size > 2 ? -1 : 0, 2);
  const missing = size === 0 ? 0 : Math.max(0, extent - (size + low + high));
  return [low, high + missing];
}

function sampledParams(random: Random, shape: readonly number[]): Params {
  const window = shape.map(() => random.whole(1, 3));
  const dilation = shape.map(() => (random.chance(0.7) ? 1 : 2));
  return {
    window,
    dilation,
    strides: shape.map(() => random.whole(1, 3)),
    padding: shape.map((size, axis) => paddingFor(random, size, (window[axis]! - 1) * dilation[axis]! + 1)),
  };
}

/** How many windows lie within the padded extent, counted one by one. */
export function windowsWithin(padded: number, extent: number, stride: number): number {
  let count = 0;
  for (let start = 0; start + extent <= padded; start += stride) count++;
  return count;
}

const counts = (shape: readonly number[], { window, strides, padding, dilation }: Params): number[] =>
  shape.map((size, axis) => {
    const padded = Number(padding[axis]![0]) + size + Number(padding[axis]![1]);
    return windowsWithin(padded, (window[axis]! - 1) * dilation[axis]! + 1, strides[axis]!);
  });

/** Positions of the operand that the window of a result covers, in row-major order. */
function covered(
  x: HostArray,
  position: readonly number[],
  { window, strides, padding, dilation }: Params,
): number[][] {
  return positions(window)
    .map((tap) =>
      tap.map(
        (w, axis) => position[axis]! * strides[axis]! + w * dilation[axis]! - Number(padding[axis]![0]),
      ),
    )
    .filter((place) => inside(x.shape, place));
}

const whole: Params = { window: [2], strides: [1], padding: [[0, 0]], dilation: [1] };
const bad: readonly Bad<'reduceWindowSum'>[] = [
  { constraint: 1, operands: ['bool[3]'], params: whole, code: 'DTYPE_MISMATCH' },
  { constraint: 2, operands: ['f32[3, 3]'], params: whole, code: 'SHAPE_MISMATCH' },
  { constraint: 2, operands: ['f32[3]'], params: { ...whole, padding: [] }, code: 'SHAPE_MISMATCH' },
  { constraint: 3, operands: ['f32[3]'], params: { ...whole, window: [0] }, code: 'BAD_ARGUMENT' },
  { constraint: 3, operands: ['f32[3]'], params: { ...whole, strides: [0] }, code: 'BAD_ARGUMENT' },
  { constraint: 3, operands: ['f32[3]'], params: { ...whole, dilation: [-1] }, code: 'BAD_ARGUMENT' },
  { constraint: 4, operands: ['f32[1]'], params: whole, code: 'SHAPE_MISMATCH' },
  { constraint: 4, operands: ['f32[3]'], params: { ...whole, dilation: [3] }, code: 'SHAPE_MISMATCH' },
];

function windowed(total: 'sum' | 'max' | 'min'): Cases<'reduceWindowSum'> {
  return {
    dtypes: numbers,
    derivative: 'smooth',
    ...(total === 'sum' ? { linear: [[0]] } : {}),
    sample(random, dtype, wild) {
      const shape = random.shape({ mostRank: 3 });
      const operand =
        total !== 'sum' && !wild
          ? distinct(random, dtype, shape)
          : drawn(random, dtype, shape, { wild: wild && total !== 'sum' });
      return { operands: [operand], params: sampledParams(random, shape) };
    },
    types: ([x], params) => [{ dtype: x!.dtype, shape: counts(x!.shape, params) }],
    reference: ([x], params, [shape]) => [
      filled(shape!, (position) =>
        totalOf(
          covered(x!, position, params).map((place) => at(x!, place)),
          total,
          x!.dtype,
        ),
      ),
    ],
    bad,
  };
}

function withPositions(total: 'max' | 'min'): Cases<'reduceWindowArgMax'> {
  const values = windowed(total);
  return {
    dtypes: values.dtypes,
    derivative: values.derivative,
    bad: values.bad,
    sample: values.sample,
    types: ([x], params) => [
      { dtype: x!.dtype, shape: counts(x!.shape, params) },
      { dtype: 'i32', shape: counts(x!.shape, params) },
    ],
    reference([x], params, [shape]) {
      const best = filled(shape!, (position) => {
        const places = covered(x!, position, params);
        const found = places.map((place) => at(x!, place));
        const extreme = totalOf(found, total, x!.dtype);
        // The first of equals, and of NaN; -1 where there is only padding.
        const first = Number.isNaN(extreme) ? found.findIndex(Number.isNaN) : found.indexOf(extreme);
        return first < 0 ? -1 : offsetOf(x!.shape, places[first]!);
      });
      return [values.reference!([x!], params, [shape!])[0]!, best];
    },
  };
}

export const windowCases = {
  reduceWindowSum: windowed('sum'),
  reduceWindowMax: { ...windowed('max'), kinks: windowKinks.max },
  reduceWindowMin: { ...windowed('min'), kinks: windowKinks.min },
  reduceWindowArgMax: { ...withPositions('max'), kinks: windowKinks.max },
  reduceWindowArgMin: { ...withPositions('min'), kinks: windowKinks.min },
} satisfies CasesTable<NamesOf<'window'>>;
