/** The public face of the rewrite package. */

export type { Rewriter } from '@cotangent/graph';
export { transform } from '@cotangent/graph';
export { batchOver } from './batching/batch.ts';
export { batchRules } from './batching/rules/index.ts';
export type { Batching, BatchRule, BatchTable, Value } from './batching/value.ts';
export { joinLoops } from './control/join.ts';
export { foldConstants } from './fold.ts';
export { retype } from './retype.ts';
export type { Rule, Uses } from './rules/rule.ts';
export { shareCommon } from './share.ts';
export { applyRules, rules, simplify, tableOf } from './simplify.ts';
export { dimensionNames, specialize } from './specialize.ts';
