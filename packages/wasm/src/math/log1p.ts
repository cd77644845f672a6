/**
 * log(1 + x), of small x, too.
 *
 * u = 1 + x, rounded, says which k belongs to it: 1 + x = 2^k·(1 + f) with f = 2^-k·x + (2^-k - 1), in which only the last
 * sum is rounded; for k = 0 it is x itself. Then as in log.ts.
 */
import { add, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { absolute, formatOf, less, negative, powerOfTwo } from './forms.ts';
import { logarithm, split, withEnds } from './log.ts';

export function log1p(x: Value): Value {
  const { k } = split(add(x, like(x, 1)));
  // 2^(2-k) is a normal number even of the largest k.
  const scale = powerOfTwo(negative(k), 1, 2);
  const quarter = like(x, 0.25);
  const f = add(mul(mul(x, quarter), scale), sub(mul(scale, quarter), like(x, 1)));
  const y = withEnds(x, logarithm(k, f), like(x, -1));
  // log(1 + x) = x - x²/2 + …
  return select(less(absolute(x), like(x, 2 ** -(formatOf(x).fraction + 2))), x, y);
}
