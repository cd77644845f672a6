/** Derivatives of identities with a meaning. */
import type { NamesOf } from '@cotangent/graph';
import type { JvpTable, TransposeTable } from '../tangent.ts';
import { applyAgain, flat, linear } from './forms.ts';

export const metaJvp: JvpTable<NamesOf<'meta'>> = {
  stopGradient: flat(),
  optimizationBarrier: linear(),
  // The label belongs to the value, not to its derivative.
  tag: ([dx]) => [dx],
  // The condition belongs to the value as well.
  check: ([dx]) => [dx],
};

export const metaTranspose = {
  optimizationBarrier: ([ct], node) => [ct && applyAgain(node, [ct])[0]],
} satisfies TransposeTable<NamesOf<'meta'>>;
