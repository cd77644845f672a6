/** Identities: what they mean is the business of other transformations. */
import { CotangentError, type NamesOf } from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';

export const metaKernels = {
  stopGradient: ([x]) => [x],
  optimizationBarrier: ([x]) => [x],
  tag: ([x], { label, report: wanted }, _, { report }) => {
    if (wanted) report(label, x);
    return [x];
  },
  check: ([x, holds, shown], { message }) => {
    if (holds.data[0] !== 0) return [x];
    const filled = message.replace(/\{(\d+)\}/g, (_, place) => String(shown.data[Number(place)]));
    throw new CotangentError('CHECK_FAILED', filled);
  },
} satisfies KernelTable<NamesOf<'meta'>>;
