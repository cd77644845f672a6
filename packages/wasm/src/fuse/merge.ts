/**
 * Regions over the same domain become one where nothing between them needs what the earlier one gives: fewer loops, fewer
 * meetings of threads, and what both read is read once.
 */
import type { AnyTensor } from '@cotangent/graph';
import { sameShape } from '@cotangent/graph';
import { haveRoom, include, type Region, type Single, type Use } from './region.ts';

/** How far apart regions are looked for. */
const reach = 24;

/** @param steps  in the order of their times */
export function mergeRegions(
  steps: readonly (Region | Single)[],
  uses: ReadonlyMap<AnyTensor, readonly Use[]>,
  stored: Set<AnyTensor>,
): (Region | Single)[] {
  const into = new Map<Region, Region>();
  const homeOf = (region: Region): Region => {
    let home = region;
    for (let next = into.get(home); next !== undefined; next = into.get(home)) home = next;
    return home;
  };
  /** Whether a region may be computed as late as another one, in its loops. */
  const canJoin = (early: Region, late: Region): boolean => {
    for (const tensor of early.stores)
      for (const { time, region, pointwise } of uses.get(tensor) ?? []) {
        const home = region === undefined ? undefined : homeOf(region);
        const when = home?.time ?? time;
        if (home === early || when > late.time) continue;
        if (home !== late || !pointwise) return false;
      }
    for (const { outputs } of early.reductions)
      for (const { time, region } of uses.get(outputs[0]!) ?? [])
        if ((region === undefined ? time : homeOf(region).time) <= late.time) return false;
    return true;
  };
  const list = [...steps];
  for (let i = list.length - 2; i >= 0; i--) {
    const early = list[i]!;
    if (early.kind === 'single' || early.contraction !== undefined) continue;
    for (let j = i + 1; j < Math.min(list.length, i + reach); j++) {
      const late = list[j]!;
      if (late.kind === 'single' || !alike(early, late) || !canJoin(early, late)) continue;
      for (const node of early.nodes) include(late, node);
      late.views += early.views;
      if (early.isCut) late.isCut = true;
      late.reductions.push(...early.reductions);
      into.set(early, late);
      // What nobody else needs stays in registers.
      for (const tensor of early.stores) {
        const elsewhere = (uses.get(tensor) ?? []).some(
          ({ region }) => region === undefined || homeOf(region) !== late,
        );
        if (elsewhere) late.stores.push(tensor);
        else stored.delete(tensor);
      }
      list.splice(i, 1);
      break;
    }
  }
  return list;
}

/** Whether the loops of two regions are the same, and short enough together. */
function alike(a: Region, b: Region): boolean {
  if (!sameShape(a.domain, b.domain) || b.contraction !== undefined || b.closed !== undefined) return false;
  if (!haveRoom(a, b)) return false;
  const [first, second] = [a.reductions[0], b.reductions[0]];
  if ((a.isCut || b.isCut) && (first !== undefined || second !== undefined)) return false;
  return first === undefined || second === undefined || sameShape(axesOf(first), axesOf(second));
}

const axesOf = ({ params }: Region['reductions'][number]): readonly number[] =>
  (params as { readonly axes: readonly number[] }).axes;
