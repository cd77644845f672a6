/** Whether everybody did the same: losses, and single numbers of results, of our engines against every peer's. */
import { isComparable } from './contestants.ts';
import { facts, type WorkId } from './figures.ts';
import { cellOf, type Results, worksIn } from './results.ts';

export interface Agreement {
  readonly work: WorkId;
  /** The engine. */
  readonly id: string;
  /** What was compared, by name: ours. */
  readonly values: Readonly<Record<string, number>>;
  /** The peer that is furthest away, and how far, relative to the size. */
  readonly worst: { readonly id: string; readonly deviation: number } | undefined;
  readonly tolerance: number;
  /** Undefined if there was nobody to compare with. */
  readonly agrees: boolean | undefined;
}

export function agreementsOf(results: Results): Agreement[] {
  const ours = results.contestants.filter(({ side }) => side === 'ours');
  const others = results.contestants.filter(({ id, side }) => side !== 'ours' && isComparable(id));
  return worksIn(results).flatMap((work) =>
    ours.flatMap(({ id }): Agreement[] => {
      const values = cellOf(results, work, id)?.values ?? {};
      if (Object.keys(values).length === 0) return [];
      const deviations = others.flatMap((other) => {
        const theirs = cellOf(results, work, other.id)?.values ?? {};
        const shared = Object.keys(values).filter((key) => key in theirs);
        if (shared.length === 0) return [];
        const deviation = Math.max(...shared.map((key) => deviationOf(values[key]!, theirs[key]!)));
        return [{ id: other.id, deviation }];
      });
      const [worst] = deviations.sort((a, b) => b.deviation - a.deviation);
      const { tolerance } = facts[work];
      return [{ work, id, values, worst, tolerance, agrees: worst && worst.deviation <= tolerance }];
    }),
  );
}

/** NaN agrees with nothing. */
function deviationOf(ours: number, theirs: number): number {
  const deviation = Math.abs(ours - theirs) / Math.abs(theirs);
  return ours === theirs ? 0 : Number.isNaN(deviation) ? Infinity : deviation;
}
