/** Batching of reductions: the axis of the examples stays. */
import type { NamesOf } from '@cotangent/graph';
import type { BatchTable } from '../value.ts';
import { behind, shifted } from './forms.ts';

export const reductionBatching: BatchTable<NamesOf<'reduction'>> = {
  reduceSum: shifted(({ axes }) => ({ axes: behind(axes) })),
  reduceProd: shifted(({ axes }) => ({ axes: behind(axes) })),
  reduceMax: shifted(({ axes }) => ({ axes: behind(axes) })),
  reduceMin: shifted(({ axes }) => ({ axes: behind(axes) })),
  reduceAnd: shifted(({ axes }) => ({ axes: behind(axes) })),
  reduceOr: shifted(({ axes }) => ({ axes: behind(axes) })),
  argMax: shifted(({ axis }) => ({ axis: axis + 1 })),
  argMin: shifted(({ axis }) => ({ axis: axis + 1 })),
};
