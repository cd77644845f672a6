/** What has a derivative: one question, and one sentence for those who ask in vain. */
import { type DType, isFloat } from './dtype.ts';
import { fail } from './node.ts';

/**
 * Only floats have derivatives.
 *
 * @param name  whose dtype it is, if it has a name
 * @throws NOT_DIFFERENTIABLE
 */
export function checkDifferentiable({ dtype }: { readonly dtype: DType }, name?: string): void {
  if (!isFloat(dtype))
    throw fail(
      'NOT_DIFFERENTIABLE',
      `${name === undefined ? '' : `'${name}': `}${dtype} has no gradient: leave it out, or convert it with .cast('f32')`,
    );
}
