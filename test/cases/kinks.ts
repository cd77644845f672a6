/** Kinks and jumps of primitives, with the derivative that docs/awkward-points.md decides on. */
import type { HostArray, PrimitiveName, PrimitiveParams } from '@cotangent/graph';
import { arrayOf } from './arrays.ts';

/** Operands at which there is no derivative, only a decision. */
export interface PrimitiveKink<P extends PrimitiveName> {
  readonly what: string;
  /** Whether the slope jumps there, or the value. */
  readonly kind: 'kink' | 'jump';
  readonly operands: readonly HostArray[];
  readonly params: PrimitiveParams<P>;
  /** Of y₀ + 2·y₁ + 3·y₂ + … in row-major order of every float result, by each operand that is a float. */
  readonly derivative: readonly (readonly number[])[];
}

const point =
  <P extends PrimitiveName>(params: PrimitiveParams<P>, kind: 'kink' | 'jump') =>
  (
    what: string,
    operands: readonly (readonly number[])[],
    derivative: readonly (readonly number[])[],
  ): PrimitiveKink<P> => ({
    what,
    kind,
    params,
    operands: operands.map((values) => arrayOf('f64', [values.length], values)),
    derivative,
  });

// Primitives of this kind have no parameters.
const kink = point<'abs'>({}, 'kink');
const jump = point<'abs'>({}, 'jump');

export const elementwiseKinks = {
  abs: [kink('0: the middle of −1 and 1', [[0, -0]], [[0, 0]])],
  sign: [jump('0', [[0]], [[0]])],
  floor: [jump('a whole number', [[1, -2]], [[0, 0]])],
  ceil: [jump('a whole number', [[1, -2]], [[0, 0]])],
  round: [jump('a half', [[0.5, 1.5]], [[0, 0]])],
  max: [
    kink(
      'equal operands: half to each',
      [
        [1, 0],
        [1, -0],
      ],
      [
        [0.5, 1],
        [0.5, 1],
      ],
    ),
  ],
  min: [
    kink(
      'equal operands: half to each',
      [
        [1, 0],
        [1, -0],
      ],
      [
        [0.5, 1],
        [0.5, 1],
      ],
    ),
  ],
  rem: [
    jump(
      'a multiple: the slope beside the jump',
      [
        [4, -4],
        [2, 2],
      ],
      [
        [1, 2],
        [-2, 4],
      ],
    ),
  ],
  atan2: [jump('the branch cut', [[0], [-2]], [[-0.5], [0]])],
  clamp: [
    kink(
      'the ends belong to the inside',
      [
        [-1, 2],
        [-1, -1],
        [2, 2],
      ],
      [
        [1, 2],
        [0, 0],
        [0, 0],
      ],
    ),
  ],
} as const;

export const reductionKinks = {
  max: [
    point<'reduceMax'>({ axes: [0] }, 'kink')(
      'several extremes share equally',
      [[3, 1, 3, 3]],
      [[1 / 3, 0, 1 / 3, 1 / 3]],
    ),
  ],
  min: [
    point<'reduceMax'>({ axes: [0] }, 'kink')('several extremes share equally', [[1, 1, 2]], [[0.5, 0.5, 0]]),
  ],
} as const;

const windows: PrimitiveParams<'reduceWindowMax'> = {
  window: [2],
  strides: [1],
  padding: [[0, 0]],
  dilation: [1],
};

/** Windows [0, 1], [1, 2] and [2, 3]: the first of equals gets all. */
export const windowKinks = {
  max: [point<'reduceWindowMax'>(windows, 'kink')('the first of equals', [[1, 1, 1, 0]], [[1, 2, 3, 0]])],
  min: [point<'reduceWindowMax'>(windows, 'kink')('the first of equals', [[1, 1, 1, 2]], [[1, 2, 3, 0]])],
} as const;

const forwards = point<'cumulativeMax'>({ axis: 0, reverse: false }, 'kink');
const backwards = point<'cumulativeMax'>({ axis: 0, reverse: true }, 'kink');

export const cumulativeKinks = {
  max: [
    forwards('the first of equals on the way', [[1, 3, 3, 2]], [[1, 9, 0, 0]]),
    backwards('the first of equals on the way from the end', [[1, 3, 3, 2]], [[0, 0, 6, 4]]),
  ],
  min: [
    forwards('the first of equals on the way', [[3, 1, 1, 2]], [[1, 9, 0, 0]]),
    backwards('the first of equals on the way from the end', [[3, 1, 1, 2]], [[0, 0, 6, 4]]),
  ],
} as const;

const order = { axis: 0, keys: 1 };

export const indexingKinks = {
  sort: [
    point<'sort'>({ ...order, descending: false }, 'kink')(
      'equal entries stay in order',
      [[2, 1, 1]],
      [[3, 1, 2]],
    ),
    point<'sort'>({ ...order, descending: true }, 'kink')(
      'equal entries stay in order',
      [[1, 2, 2]],
      [[3, 1, 2]],
    ),
  ],
  topK: [
    point<'topK'>({ k: 2 }, 'kink')('the lower positions of equal entries', [[1, 3, 1, 1]], [[2, 1, 0, 0]]),
  ],
} as const;
