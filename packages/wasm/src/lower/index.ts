/** Kernels of nodes that have their own, by primitive. */
import type { NamesInRole } from '../fuse/roles.ts';
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

export const wholeKernels: Readonly<Record<NamesInRole<'whole'>, KernelRule>> = {
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
};

export { type Failure, Failures, guardKernels } from './guards.ts';
export { regionKernels } from './region.ts';
