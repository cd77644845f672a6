/** Zeros: roots, powers, products, norms. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Awkward, half } from './awkward.ts';

const inf = Infinity;
/** x^p with the exponent as a tensor, for pairs [x, p]. */
const powers = (xs: AnyTensor): AnyTensor => ops.binary('pow', half(xs, 0, 1), half(xs, 1, 2));

export const zeros: readonly Awkward[] = [
  { what: 'sqrt: the slope is infinite', f: ops.sqrt, at: [0, 4], value: [0, 2], first: [inf, 0.25] },
  {
    what: 'sqrt of a square at 0: infinity meets an exact 0',
    f: (x) => ops.sqrt(ops.square(x)),
    at: [0],
    value: [0],
    first: [0],
  },
  { what: 'the norm of zero', f: (x) => ops.norm(x), at: [0, 0], value: [0], first: [0, 0] },
  {
    what: 'the norm',
    f: (x) => ops.norm(x),
    at: [3, 4],
    value: [5],
    first: [0.6, 0.8],
    second: [0.032, -0.024],
  },
  { what: 'std of equal entries', f: (x) => ops.std(x), at: [3, 3], value: [0], first: [0, 0] },
  { what: 'x²', f: (x) => ops.pow(x, 2), at: [0, 3], value: [0, 9], first: [0, 6], second: [2, 2] },
  { what: 'x³', f: (x) => ops.pow(x, 3), at: [0, -1], value: [0, -1], first: [0, 3], second: [0, -6] },
  { what: 'x⁴', f: (x) => ops.pow(x, 4), at: [0, -1], value: [0, 1], first: [0, -4], second: [0, 12] },
  { what: 'x¹', f: (x) => ops.pow(x, 1), at: [0], value: [0], first: [1], second: [0] },
  { what: 'x⁰', f: (x) => ops.pow(x, 0), at: [0, 2], value: [1, 1], first: [0, 0], second: [0, 0] },
  { what: 'x^½: the slope is infinite', f: (x) => ops.pow(x, 0.5), at: [0], value: [0], first: [inf] },
  { what: 'x^1.5', f: (x) => ops.pow(x, 1.5), at: [0, 4], value: [0, 8], first: [0, 3] },
  {
    what: '0² with the exponent as a tensor',
    f: powers,
    at: [0, 2],
    value: [0],
    first: [0, 0],
    second: [2, 0],
  },
  { what: '0¹ with the exponent as a tensor', f: powers, at: [0, 1], value: [0], first: [1, 0] },
  { what: '0⁰ with the exponent as a tensor', f: powers, at: [0, 0], value: [1], first: [0, 0] },
  { what: '0^½ with the exponent as a tensor', f: powers, at: [0, 0.5], value: [0], first: [inf, 0] },
  { what: '2³ with the exponent as a tensor', f: powers, at: [2, 3], value: [8], first: [12, 8 * Math.LN2] },
  { what: '(−2)²', f: (x) => ops.binary('pow', x, 2), at: [-2], value: [4], first: [-4], second: [2] },
  {
    what: 'a product with one zero',
    f: (x) => ops.prod(x),
    at: [0, 2, 3],
    value: [0],
    first: [6, 0, 0],
    second: [5, 3, 2],
  },
  {
    what: 'a product with two zeros',
    f: (x) => ops.prod(x),
    at: [0, 0, 3],
    value: [0],
    first: [0, 0, 0],
    second: [3, 3, 0],
  },
  {
    what: 'a product with three zeros',
    f: (x) => ops.prod(x),
    at: [0, 0, 0],
    value: [0],
    first: [0, 0, 0],
    second: [0, 0, 0],
  },
  {
    what: 'running products with a zero',
    f: (x) => ops.cumprod(x, 0),
    at: [2, 0, 3],
    value: [2, 0, 0],
    first: [1, 8, 0],
    second: [4, 6, 2],
  },
  {
    what: 'hypot at the origin',
    f: (x) => ops.hypot(half(x, 0, 1), half(x, 1, 2)),
    at: [0, 0],
    value: [0],
    first: [0, 0],
  },
  {
    what: 'an empty product',
    f: (x) => ops.add(ops.sum(x), ops.prod(half(x, 0, 0))),
    at: [2],
    value: [3],
    first: [1],
    second: [0],
  },
  {
    what: 'an empty maximum',
    f: (x) => ops.add(ops.sum(x), ops.sum(ops.clamp(ops.max(half(x, 0, 0)), 0, 1))),
    at: [2],
    value: [2],
    first: [1],
    second: [0],
  },
];
