/**
 * How GradBench compares an output with the one that it expects: the same structure, and numbers whose distance, divided
 * by the sum of their magnitudes where that is above 1, is at most a tolerance.
 */

/** GradBench's own tolerance, for all evaluations that compare with another implementation. */
export const usualTolerance = 1e-4;

export interface Comparison {
  /** The largest deviation of two numbers. */
  readonly deviation: number;
  /** Where the structures differ, as a sentence. */
  readonly difference?: string;
}

/** |x − y| / max(1, |x| + |y|), after ADBench; what is no number on one side only is infinitely far. */
function deviationOf(expected: number, found: number): number {
  if (Object.is(expected, found)) return 0;
  const distance = Math.abs(expected - found) / Math.max(1, Math.abs(expected) + Math.abs(found));
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** Compares two JSON values; stops at the first difference of structure. */
export function compare(expected: unknown, found: unknown, path = 'output'): Comparison {
  if (typeof expected === 'number' && typeof found === 'number')
    return { deviation: deviationOf(expected, found) };
  if (!isBranch(expected) || !isBranch(found) || Array.isArray(expected) !== Array.isArray(found))
    return expected === found ? { deviation: 0 } : different(`${path} is not ${JSON.stringify(expected)}`);
  const wanted = Object.keys(expected);
  const surplus = Object.keys(found).find((key) => !Object.hasOwn(expected, key));
  if (surplus !== undefined) return different(`${path} has '${surplus}', which is not expected`);
  let worst = 0;
  for (const key of wanted) {
    if (!Object.hasOwn(found, key)) return different(`${path} lacks '${key}'`);
    const part = compare(Reflect.get(expected, key), Reflect.get(found, key), `${path}.${key}`);
    if (part.difference !== undefined) return part;
    worst = Math.max(worst, part.deviation);
  }
  return { deviation: worst };
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;

const different = (difference: string): Comparison => ({
  deviation: Number.POSITIVE_INFINITY,
  difference,
});
