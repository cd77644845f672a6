/** Identities: what they mean is the business of other transformations. */
import type { NamesOf } from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';

export const metaKernels = {
  stopGradient: ([x]) => [x],
  optimizationBarrier: ([x]) => [x],
  tag: ([x], { label, report: wanted }, _, { report }) => {
    if (wanted) report(label, x);
    return [x];
  },
} satisfies KernelTable<NamesOf<'meta'>>;
