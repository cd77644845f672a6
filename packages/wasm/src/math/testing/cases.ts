/** What IEEE 754 and C99 (annex F) say of single arguments: pairs of an argument and the result, for both types. */
type Unary = 'exp' | 'expm1' | 'log' | 'log1p' | 'sin' | 'cos' | 'tan' | 'tanh' | 'logistic' | 'erf';

const infinite = Number.POSITIVE_INFINITY;
const zeros = [
  [0, 0],
  [-0, -0],
] as const;
const nothing = [Number.NaN, Number.NaN] as const;
const circular = [[infinite, Number.NaN], [-infinite, Number.NaN], nothing] as const;

export const specialValues: Readonly<Record<Unary, readonly (readonly [x: number, y: number])[]>> = {
  exp: [[0, 1], [-0, 1], [infinite, infinite], [-infinite, 0], [1e4, infinite], [-1e4, 0], nothing],
  expm1: [...zeros, [infinite, infinite], [-infinite, -1], [1e4, infinite], [-1e4, -1], nothing],
  log: [[1, 0], [0, -infinite], [-0, -infinite], [infinite, infinite], [-1, NaN], [-infinite, NaN], nothing],
  log1p: [...zeros, [-1, -infinite], [infinite, infinite], [-1.5, NaN], [-infinite, NaN], nothing],
  sin: [...zeros, ...circular],
  cos: [[0, 1], [-0, 1], ...circular],
  tan: [...zeros, ...circular],
  tanh: [...zeros, [infinite, 1], [-infinite, -1], [40, 1], [-40, -1], nothing],
  logistic: [[0, 0.5], [-0, 0.5], [infinite, 1], [-infinite, 0], [60, 1], [-1e4, 0], nothing],
  erf: [...zeros, [infinite, 1], [-infinite, -1], [10, 1], [-10, -1], nothing],
};

export const odd: ReadonlySet<Unary> = new Set(['sin', 'tan', 'tanh', 'erf']);
