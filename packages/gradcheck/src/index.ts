/** The public face of the gradcheck package. */

export type { Culprit } from './blame.ts';
export type { Comparison } from './compare.ts';
export * from './gradcheck.ts';
export type { Checkable, PointValue } from './point.ts';
export { formatReport } from './report.ts';
export type { Verdict } from './verdict.ts';
