/** The public face of the gradcheck package. */
export * from './gradcheck.ts';
export type { PointValue } from './point.ts';
export { formatReport } from './report.ts';
