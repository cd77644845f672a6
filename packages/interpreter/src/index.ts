/** The public face of the interpreter: the readable meaning of every primitive. */
export { prepareCareful } from './careful.ts';
export { evaluate, evaluateNode, type Feeds, type Results } from './evaluate.ts';
export type { AnyKernel, FixedType, Kernel, KernelTable, Report, Running } from './kernel.ts';
export { kernels } from './kernels/index.ts';
export { type Executor, prepare } from './prepare.ts';
