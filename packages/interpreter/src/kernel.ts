/** What a kernel is: operands and parameters in, results out. Kernels never write into their operands. */
import type { DType, Graph, HostArray, PrimitiveName, PrimitiveParams } from '@cotangent/graph';

/** The type of a result, with all sizes known. */
export interface FixedType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Receives the values that a program reports while it runs. */
export type Report = (label: string, value: HostArray) => void;

/** What a kernel asks of the program that runs it. */
export interface Running {
  readonly report: Report;
  /** Results of a graph inside the node, which is made ready once. */
  run(body: Graph, inputs: readonly HostArray[]): HostArray[];
}

/** The meaning of one primitive. Results may share data with operands where nothing changes (reshape, identities). */
export type Kernel<P extends PrimitiveName> = (
  inputs: readonly HostArray[],
  params: PrimitiveParams<P>,
  types: readonly FixedType[],
  running: Running,
) => HostArray[];

/** One kernel for every primitive of a family. */
export type KernelTable<Names extends PrimitiveName> = { readonly [P in Names]: Kernel<P> };

/** A kernel that is called with the operands and parameters of the node it was looked up for. */
export type AnyKernel = (
  inputs: readonly HostArray[],
  params: unknown,
  types: readonly FixedType[],
  running: Running,
) => HostArray[];
