/** The table of batching: one entry for each primitive, and the compiler refuses a missing one. */
import type { PrimitiveName } from '@cotangent/graph';
import type { BatchTable } from '../value.ts';
import { contractionBatching } from './contraction.ts';
import { controlBatching } from './control.ts';
import { customBatching } from './custom.ts';
import { elementwiseBatching } from './elementwise.ts';
import { indexingBatching } from './indexing.ts';
import { metaBatching } from './meta.ts';
import { movementBatching } from './movement.ts';
import { reductionBatching } from './reduction.ts';
import { windowBatching } from './window.ts';

export const batchRules = {
  ...elementwiseBatching,
  ...movementBatching,
  ...indexingBatching,
  ...reductionBatching,
  ...contractionBatching,
  ...windowBatching,
  ...metaBatching,
  ...controlBatching,
  ...customBatching,
} satisfies BatchTable<PrimitiveName>;
