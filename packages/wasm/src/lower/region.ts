/** A region as kernels: its loops around the values of its results. */
import { type AnyTensor, countOf, type Node, paramsOf, sizesOf, stridesOf } from '@cotangent/graph';
import { costOf } from '../fuse/cost.ts';
import { type Part, piecesOf } from '../fuse/padding.ts';
import type { Region } from '../fuse/region.ts';
import type { NamesInRole } from '../fuse/roles.ts';
import { assign, placeOf, shifted, store } from '../loops/build.ts';
import type { Affine, Assignment, Kernel, Value } from '../loops/ir.ts';
import { productOf } from './contraction.ts';
import { Expressions } from './expressions.ts';
import type { Lowering } from './lowering.ts';
import { axesOf, nestKernel } from './nest.ts';
import { productKernels } from './product.ts';
import { folds, reductionKernels } from './reduction.ts';

export function regionKernels(region: Region, lowering: Lowering): Kernel[] {
  if (region.contraction !== undefined) return contracted(region, region.contraction, lowering);
  const { memory, around, target } = lowering;
  if (region.isCut) return piecesOf(region).flatMap((part) => partKernels(region, part, lowering));
  const { axes, coordinates } = axesOf(region.domain);
  const expressions = new Expressions(memory, new Set(region.stores));
  const name = nameOf(region);
  const cost = costOfRegion(region);
  const stores = storesOf(region, lowering, expressions, coordinates);
  if (region.reductions.length === 0) {
    if (region.domain.includes(0)) return [];
    return [nestKernel(name, axes, [assign(...stores)], around, cost, target)];
  }
  const { axes: gone } = paramsOf<'reduceSum'>(region.reductions[0]!);
  const reduced = new Set(
    coordinates.flatMap(({ terms }, axis) => (gone.includes(axis) ? terms.map((term) => term.variable) : [])),
  );
  const totals = region.reductions.map((node) => {
    const [operand] = node.inputs as [AnyTensor];
    const [result] = node.outputs as [AnyTensor];
    const { buffer, at } = memory.placeOf(result);
    const kept = coordinates.filter((_, axis) => !gone.includes(axis));
    return {
      fold: folds[node.op as NamesInRole<'reduction'>],
      dtype: result.dtype,
      value: expressions.at(operand, coordinates),
      buffer,
      at: placeOf(kept, stridesOf(sizesOf(result)), at),
    };
  });
  // Of an empty row there is a total, too: the loops run, but not over its elements.
  if (countOf(region.reductions[0]!.outputs[0]!.shape) === 0) return [];
  return reductionKernels({ name, axes, reduced, totals, stores, around, cost }, target);
}

function partKernels(region: Region, part: Part, lowering: Lowering): Kernel[] {
  const { memory, around, target } = lowering;
  const counts = part.map(([from, to]) => to - from);
  if (counts.includes(0)) return [];
  const { axes, coordinates } = axesOf(counts);
  const moved = coordinates.map((at, axis) => shifted(at, part[axis]![0]));
  const expressions = new Expressions(memory, new Set(region.stores), new Map(), part);
  const { flops, bytes } = costOfRegion(region);
  const share = countOf(counts) / countOf(region.domain);
  const body = assign(...storesOf(region, lowering, expressions, moved));
  const cost = { flops: flops * share, bytes: bytes * share };
  return [nestKernel(nameOf(region), axes, [body], around, cost, target)];
}

function storesOf(
  region: Region,
  { memory }: Lowering,
  expressions: Expressions,
  coordinates: readonly Affine[],
): Assignment[] {
  return region.stores.flatMap((tensor) => {
    const value = expressions.at(tensor, coordinates);
    const strides = stridesOf(sizesOf(tensor));
    return [memory.placeOf(tensor), ...memory.alsoAt(tensor)].map(({ buffer, at }) =>
      store(buffer, placeOf(coordinates, strides, at), value),
    );
  });
}

function contracted(region: Region, node: Node, lowering: Lowering): Kernel[] {
  const { memory, around, target } = lowering;
  if (region.domain.includes(0)) return [];
  const [result] = node.outputs as [AnyTensor];
  const { before, product } = productOf(node, memory, around, target);
  const behind = (sum: Value, coordinates: readonly Affine[]) =>
    assign(
      ...storesOf(
        region,
        lowering,
        new Expressions(memory, new Set(region.stores), new Map([[result, sum]])),
        coordinates,
      ),
    );
  const summed = product.inner.reduce((size, { count }) => size * count, 1);
  const cost = {
    flops: 2 * summed * countOf(result.shape),
    bytes: 4 * countOf(result.shape),
    dense: true,
  } as const;
  const request = { name: nameOf(region), product, result, shape: sizesOf(result), around, cost };
  return [...before, ...productKernels(request, behind, target)];
}

/** What a region does, in the words of its primitives. */
export function nameOf({ nodes, reductions, contraction, stores }: Region): string {
  const names = [
    ...(contraction === undefined ? [] : [contraction.op]),
    ...[...nodes].reverse().flatMap(({ op }) => (op === contraction?.op ? [] : [op])),
    ...reductions.map(({ op }) => op),
  ];
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return stores[0]?.node.op ?? 'nothing';
  return distinct.slice(0, 6).join('+') + (distinct.length > 6 ? '+…' : '');
}

function costOfRegion({ nodes, domain, stores, reductions }: Region): Kernel['cost'] {
  const elements = countOf(domain);
  let flops = reductions.length;
  for (const node of nodes) flops += costOf(node);
  const inputs = new Set([...nodes].flatMap((node) => node.inputs).filter((input) => !nodes.has(input.node)));
  const bytes =
    4 * elements * stores.length + [...inputs].reduce((sum, input) => sum + 4 * countOf(input.shape), 0);
  return { flops: flops * elements, bytes };
}
