/** The meaning of every primitive, by family. */
import type { Node, PrimitiveName } from '@cotangent/graph';
import { CotangentError, isPrimitiveName } from '@cotangent/graph';
import type { AnyKernel, Kernel } from '../kernel.ts';
import { contractionKernels } from './contraction.ts';
import { controlKernels } from './control.ts';
import { customKernels } from './custom.ts';
import { elementwiseKernels } from './elementwise.ts';
import { indexingKernels } from './indexing.ts';
import { metaKernels } from './meta.ts';
import { movementKernels } from './movement.ts';
import { reductionKernels } from './reduction.ts';
import { windowKernels } from './window.ts';

export const kernels = {
  ...elementwiseKernels,
  ...movementKernels,
  ...indexingKernels,
  ...reductionKernels,
  ...contractionKernels,
  ...windowKernels,
  ...metaKernels,
  ...controlKernels,
  ...customKernels,
} satisfies { readonly [P in PrimitiveName]: Kernel<P> };

/** The kernel of a node, to be called with the parameters of that node. */
export function kernelOf({ op }: Node): AnyKernel {
  if (!isPrimitiveName(op)) throw new CotangentError('BAD_GRAPH', `an ${op} is fed, not computed`);
  // A union of kernels, each for its own parameters; the caller gives those of the node that was asked for.
  return kernels[op] as AnyKernel;
}
