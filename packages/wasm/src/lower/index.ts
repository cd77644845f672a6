/** Kernels of nodes that have their own, by primitive. */
import type { PrimitiveName } from '@cotangent/graph';
import { scatterAdd, scatterSet, sort, topK } from './indexing.ts';
import type { KernelRule } from './lowering.ts';
import {
  argMax,
  argMin,
  concatenate,
  cumulativeMax,
  cumulativeMin,
  cumulativeProd,
  cumulativeSum,
  dynamicUpdateSlice,
  pad,
  rem,
} from './movement.ts';
import {
  reduceWindowArgMax,
  reduceWindowArgMin,
  reduceWindowMax,
  reduceWindowMin,
  reduceWindowSum,
} from './window.ts';

/** One entry for every primitive of the role `whole`. */
export const wholeKernels = {
  argMax,
  argMin,
  concatenate,
  cumulativeMax,
  cumulativeMin,
  cumulativeProd,
  cumulativeSum,
  dynamicUpdateSlice,
  pad,
  reduceWindowArgMax,
  reduceWindowArgMin,
  reduceWindowMax,
  reduceWindowMin,
  reduceWindowSum,
  rem,
  scatterAdd,
  scatterSet,
  sort,
  topK,
} satisfies { readonly [P in PrimitiveName]?: KernelRule };

export { type Failure, Failures, guardKernels } from './guards.ts';
export { regionKernels } from './region.ts';
