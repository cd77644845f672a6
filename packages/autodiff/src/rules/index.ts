/** The tables of rules. Forward: one entry for each primitive, and the compiler refuses a missing one. */
import type { PrimitiveName } from '@cotangent/graph';
import type { JvpTable, TransposeTable } from '../tangent.ts';
import { contractionJvp, contractionTranspose } from './contraction.ts';
import { controlJvp, controlTranspose } from './control.ts';
import { customJvp, customTranspose } from './custom.ts';
import { elementwiseJvp, elementwiseTranspose } from './elementwise.ts';
import { indexingJvp, indexingTranspose } from './indexing.ts';
import { metaJvp, metaTranspose } from './meta.ts';
import { movementJvp, movementTranspose } from './movement.ts';
import { reductionJvp, reductionTranspose } from './reduction.ts';
import { windowJvp, windowTranspose } from './window.ts';

export const jvpRules = {
  ...elementwiseJvp,
  ...movementJvp,
  ...indexingJvp,
  ...reductionJvp,
  ...contractionJvp,
  ...windowJvp,
  ...metaJvp,
  ...controlJvp,
  ...customJvp,
} satisfies JvpTable<PrimitiveName>;

/** Transposes, for the primitives that are linear in an operand: what tangents are computed with. */
export const transposeRules = {
  ...elementwiseTranspose,
  ...movementTranspose,
  ...indexingTranspose,
  ...reductionTranspose,
  ...contractionTranspose,
  ...windowTranspose,
  ...metaTranspose,
  ...controlTranspose,
  ...customTranspose,
} satisfies TransposeTable<PrimitiveName>;
