/** Shapes as users give them: checked, and with dims in canonical form. */
import { toDim } from './dim.ts';
import { fail } from './node.ts';
import type { Shape } from './shape.ts';

export function checkedShape(shape: readonly unknown[]): Shape {
  if (!Array.isArray(shape))
    throw fail('BAD_ARGUMENT', `a shape is a list of sizes and names, such as ['batch', 784]`);
  return shape.map(toDim);
}
