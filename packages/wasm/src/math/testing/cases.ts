/** What IEEE 754 and C99 (annex F) say of awkward arguments, for both types. */
import type { Binary, Unary } from './functions.ts';

const infinite = Number.POSITIVE_INFINITY;
const nothing = Number.NaN;
const zeros = [
  [0, 0],
  [-0, -0],
] as const;
const unknown = [nothing, nothing] as const;
const circular = [[infinite, nothing], [-infinite, nothing], unknown] as const;

/** Pairs of an argument and the result. */
export const specialValues: Readonly<Record<Unary, readonly (readonly [x: number, y: number])[]>> = {
  exp: [[0, 1], [-0, 1], [infinite, infinite], [-infinite, 0], [1e4, infinite], [-1e4, 0], unknown],
  expm1: [...zeros, [infinite, infinite], [-infinite, -1], [1e4, infinite], [-1e4, -1], unknown],
  log: [
    [1, 0],
    [0, -infinite],
    [-0, -infinite],
    [infinite, infinite],
    [-1, nothing],
    [-infinite, nothing],
    unknown,
  ],
  log1p: [...zeros, [-1, -infinite], [infinite, infinite], [-1.5, nothing], [-infinite, nothing], unknown],
  sin: [...zeros, ...circular],
  cos: [[0, 1], [-0, 1], ...circular],
  tan: [...zeros, ...circular],
  tanh: [...zeros, [infinite, 1], [-infinite, -1], [40, 1], [-40, -1], unknown],
  logistic: [[0, 0.5], [-0, 0.5], [infinite, 1], [-infinite, 0], [60, 1], [-1e4, 0], unknown],
  erf: [...zeros, [infinite, 1], [-infinite, -1], [10, 1], [-10, -1], unknown],
};

export const odd: ReadonlySet<Unary> = new Set(['sin', 'tan', 'tanh', 'erf']);

const { PI } = Math;

/** Two arguments and the result, which is to be rounded to the type. */
export const specialPairs: Readonly<Record<Binary, readonly (readonly [a: number, b: number, y: number])[]>> =
  {
    pow: [
      // Anything to the power of 0, and 1 to any power.
      ...[0, -0, 1, -3, infinite, -infinite, nothing].flatMap(
        (a) =>
          [
            [a, 0, 1],
            [a, -0, 1],
          ] as const,
      ),
      ...[2, -3.5, infinite, -infinite, nothing].map((b) => [1, b, 1] as const),
      [nothing, 1, nothing],
      [2, nothing, nothing],
      // Zeros: odd whole powers keep the sign.
      [0, 3, 0],
      [-0, 3, -0],
      [0, 2, 0],
      [-0, 2, 0],
      [-0, 0.5, 0],
      [0, -3, infinite],
      [-0, -3, -infinite],
      [0, -2, infinite],
      [-0, -2, infinite],
      [-0, -0.5, infinite],
      [0, infinite, 0],
      [-0, -infinite, infinite],
      // Infinite bases.
      [infinite, 0.5, infinite],
      [infinite, -0.5, 0],
      [-infinite, 3, -infinite],
      [-infinite, 2, infinite],
      [-infinite, 0.5, infinite],
      [-infinite, -3, -0],
      [-infinite, -2, 0],
      [-infinite, infinite, infinite],
      // Infinite powers.
      [-1, infinite, 1],
      [-1, -infinite, 1],
      [0.5, infinite, 0],
      [-0.5, infinite, 0],
      [2, infinite, infinite],
      [-2, infinite, infinite],
      [0.5, -infinite, infinite],
      [2, -infinite, 0],
      // Negative bases.
      [-2, 3, -8],
      [-2, 4, 16],
      [-2, -1, -0.5],
      [-2, 0.5, nothing],
      [-8, 1 / 3, nothing],
      [-1, 2 ** 60, 1],
      [-1, 8388607, -1],
      // Exact ones, overflow, underflow.
      [3, 4, 81],
      [4, 0.5, 2],
      [2, -1, 0.5],
      [10, 2, 100],
      [2, 1e4, infinite],
      [-2, 10001, -infinite],
      [2, -1e4, 0],
      [-2, -10001, -0],
    ],
    atan2: [
      [0, 1, 0],
      [-0, 1, -0],
      [0, 0, 0],
      [-0, 0, -0],
      [0, -0, PI],
      [-0, -0, -PI],
      [0, -1, PI],
      [-0, -1, -PI],
      [1, 0, PI / 2],
      [1, -0, PI / 2],
      [-1, 0, -PI / 2],
      [-1, -0, -PI / 2],
      [1, infinite, 0],
      [-1, infinite, -0],
      [1, -infinite, PI],
      [-1, -infinite, -PI],
      [infinite, 1, PI / 2],
      [-infinite, -1, -PI / 2],
      [infinite, infinite, PI / 4],
      [infinite, -infinite, (3 * PI) / 4],
      [-infinite, infinite, -PI / 4],
      [-infinite, -infinite, (-3 * PI) / 4],
      [3, 3, PI / 4],
      [-3, -3, (-3 * PI) / 4],
      [nothing, 1, nothing],
      [1, nothing, nothing],
      [nothing, nothing, nothing],
    ],
  };
