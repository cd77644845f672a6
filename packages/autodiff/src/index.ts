/** The public face of the autodiff package. */
export { stopGradient } from '@cotangent/graph/ops';
export * from './derivatives.ts';
export * from './implicit.ts';
export { hessian, jacfwd, jacobian, jacrev } from './jacobian.ts';
export { jvpRules, transposeRules } from './rules/index.ts';
export type { JvpRule, JvpTable, NodeOf, Tangent, TransposeRule, TransposeTable } from './tangent.ts';
export { vmap } from './vmap.ts';
