/** Padding: when it may be computed inside of loops, and where it cuts them. */
import { fixed, HostArray, type Node, paramsOf, sizesOf } from '@cotangent/graph';
import type { Region } from './region.ts';

/** Whether elements of the operand are left out. */
export const cutsOff = (node: Node): boolean =>
  paramsOf<'pad'>(node).padding.some(([low, high]) => Number(low) < 0 || Number(high) < 0);

/** A number around an operand, nothing between its elements. */
export const isPlainPadding = (node: Node): boolean => {
  const { interior } = paramsOf<'pad'>(node);
  const filling = node.inputs[1]!.node;
  return (
    interior.every((count) => count === 0) &&
    !cutsOff(node) &&
    filling.op === 'constant' &&
    !(paramsOf<'constant'>(filling).value instanceof HostArray) &&
    !node.inputs[0]!.shape.includes(0)
  );
};

/** How many entries padding puts before the operand, along each axis. */
export const lowOf = (node: Node): number[] => paramsOf<'pad'>(node).padding.map(([low]) => fixed(low));

/** From where up to where loops run, along each axis. */
export type Part = readonly (readonly [number, number])[];

/** The parts that padding cuts a domain into: the product of what it cuts each axis into. */
export function piecesOf({ nodes, domain }: Pick<Region, 'nodes' | 'domain'>): Part[] {
  const cuts = domain.map((size) => new Set([0, size]));
  for (const node of nodes) {
    if (node.op !== 'pad') continue;
    sizesOf(node.inputs[0]!).forEach((size, axis) => {
      const low = lowOf(node)[axis]!;
      cuts[axis]!.add(low).add(low + size);
    });
  }
  return cuts.reduce<Part[]>(
    (parts, places) => {
      const sorted = [...places].sort((a, b) => a - b);
      return parts.flatMap((part) => sorted.slice(1).map((to, i): Part => [...part, [sorted[i]!, to]]));
    },
    [[]],
  );
}
