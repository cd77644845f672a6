/** Summaries and pictures of graphs; plots of plain data. Nothing here computes a tensor. */

export { confusionMatrixSvg } from './confusion.ts';
export { type PictureOptions, toDot } from './dot.ts';
export { type Applied, flopRules, flopsOf, graphFlops } from './flops.ts';
export { type CurvesOptions, type Point, plotCurves, type Series } from './plots.ts';
export { formatSummary, type Summary, type SummaryOptions, type SummaryRow, summarize } from './summary.ts';
export { renderDot, toSvg } from './svg.ts';
export { type DrawOptions, drawDigit, drawImage } from './terminal.ts';
export {
  type GraphView,
  toGraphology,
  type ViewEdge,
  type ViewGraph,
  type ViewNode,
  viewKey,
} from './view.ts';
