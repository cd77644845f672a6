/** A region: one loop nest, and what is computed in it. */
import type { AnyTensor, Node } from '@cotangent/graph';
import { costOf } from './cost.ts';

export interface Region {
  readonly kind: 'loops';
  readonly time: number;
  /** The loops: one for each axis. */
  readonly domain: readonly number[];
  /** What is computed here and lies in memory afterwards. */
  readonly stores: AnyTensor[];
  /** Over the same axes of the domain. */
  readonly reductions: Node[];
  /** The product whose result the region starts from, element by element. */
  contraction?: Node;
  /** Nodes whose values the loops pass on. */
  readonly nodes: Set<Node>;
  /** About how many operations that is. */
  operations: number;
  /** Views that the loops see through. */
  views: number;
  /** The loops belong to a kernel that writes its operand elsewhere: nothing is reduced or multiplied in them. */
  readonly closed?: true;
  /** Some of its values are padded: the loops are cut where padding begins and ends. */
  isCut?: true;
}

/** A node that has a kernel of its own, a graph inside, or something to watch for. */
export interface Single {
  readonly kind: 'single';
  readonly time: number;
  readonly node: Node;
  /** Operands that are computed on the way: each element is asked for once, in loops over the operand. */
  readonly inlined: ReadonlyMap<AnyTensor, Region>;
}

/** Where a tensor is used. */
export interface Use {
  readonly time: number;
  /** The loops in which it is used; none if it has to lie in memory. */
  readonly region?: Region;
  /** At the same place as the loops are at. */
  readonly pointwise: boolean;
}

/** More operations than this in one loop make it too long to be compiled well. */
const mostOperations = 1200;

/** Puts a node into the loops of a region. */
export function include(region: Region, node: Node): void {
  if (region.nodes.has(node)) return;
  region.nodes.add(node);
  region.operations += costOf(node);
}

/** More nodes than this may be a value deeper than the stack of a recursion over its operands. */
export const mostNodes = 300;

/** Whether a region may become longer by a node. */
export const hasRoom = (region: Region, node: Node): boolean =>
  region.operations + costOf(node) <= mostOperations && region.nodes.size < mostNodes;

/** Whether a region may see through one more view. */
export const seesThrough = (region: Region): boolean => region.views < mostNodes;

/** Whether two regions are short enough together. */
export const haveRoom = (a: Region, b: Region): boolean =>
  a.operations + b.operations <= mostOperations &&
  a.nodes.size + b.nodes.size <= mostNodes &&
  a.views + b.views <= mostNodes;

export const loopsOver = (domain: readonly number[], time: number): Region => ({
  kind: 'loops',
  time,
  domain,
  stores: [],
  reductions: [],
  nodes: new Set(),
  operations: 0,
  views: 0,
});
