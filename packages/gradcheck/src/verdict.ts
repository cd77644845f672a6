/** Verdicts: what a derivative and the slope that was measured say of each other. */
import type { Reading, Slope } from './differences.ts';

/**
 * 'right': they agree. 'kink': there is no derivative here, and the one given lies between the slopes of both sides.
 * 'ill-conditioned': the slope cannot be measured well enough to tell. 'wrong': they disagree. 'not finite': a value or
 * derivative is NaN or infinite.
 */
export type Verdict = 'right' | 'kink' | 'ill-conditioned' | 'wrong' | 'not finite';

/** From good to bad. */
const ranks: readonly Verdict[] = ['right', 'kink', 'ill-conditioned', 'wrong', 'not finite'];
export const rankOf = (verdict: Verdict): number => ranks.indexOf(verdict);

/** Nothing speaks against the derivative. */
export const isPassing = (verdict: Verdict): boolean => verdict === 'right' || verdict === 'kink';

/** The worse one of two. */
export const worse = (a: Verdict, b: Verdict): Verdict => (rankOf(a) >= rankOf(b) ? a : b);

/** What two looks at one slope say together, of which the first does not pass. */
export function together(first: Verdict, second: Verdict): Verdict {
  if (isPassing(second) || second === 'wrong' || first === second) return second;
  // Where the first look saw nothing the second one has the word; where it saw something else nobody can tell.
  return first === 'not finite' ? second : 'ill-conditioned';
}

export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export const allowed = ({ absolute, relative }: Tolerance, size: number): number =>
  absolute + relative * Math.abs(size);

export function verdictOn(derivative: number, slope: Slope, tolerance: Tolerance): Verdict {
  const { best, readings, sides, shape } = slope;
  if (!Number.isFinite(derivative)) return 'not finite';
  const [low, high] = [Math.min(...sides), Math.max(...sides)];
  const room = allowed(tolerance, high - low) + 1e-4 * (high - low);
  const isBetween = derivative >= low - room && derivative <= high + room;
  if (shape === 'kink') return isBetween ? 'kink' : 'wrong';
  // Beside a jump slopes are read at one step, and known less well.
  const size = 1e-3 * (1 + Math.abs(low) + Math.abs(high));
  if (shape === 'jump') return derivative >= low - size && derivative <= high + size ? 'kink' : 'wrong';
  if (shape === 'edge') {
    const error = Math.abs(derivative - best.value);
    if (error <= allowed(tolerance, best.value) + 2 * best.uncertainty && isRead(best)) return 'kink';
    return error > 10 * best.uncertainty && isRead(best) ? 'wrong' : 'ill-conditioned';
  }
  if (Number.isNaN(best.value)) return 'not finite';
  const isSharp = ({ value, uncertainty }: Reading): boolean => uncertainty <= allowed(tolerance, value);
  const sharp = readings.filter(isSharp);
  const agrees = ({ value, uncertainty }: Reading): boolean =>
    Math.abs(derivative - value) <= allowed(tolerance, value) + uncertainty;
  if (sharp.some(agrees)) return 'right';
  if (shape === 'near kink' && isBetween && sharp.length === 0) return 'kink';
  // What the readings say against each other is the doubt; a difference far beyond it is a fault all the same.
  const doubt = Math.max(
    best.uncertainty,
    ...[...sharp, ...reliable(slope)].map(({ value }) => Math.abs(value - best.value)),
  );
  return Math.abs(derivative - best.value) > 10 * doubt && isRead(best) ? 'wrong' : 'ill-conditioned';
}

/** A reading that has come to an end: what still moves by a tenth says nothing of where it goes. */
const isRead = ({ value, uncertainty }: Reading): boolean => uncertainty <= 0.1 * (1e-6 + Math.abs(value));

/** The reading at wide steps, if it says something: not where the function does more than a wide step can see. */
const reliable = ({ wide, best }: Slope): readonly Reading[] =>
  wide.uncertainty <= 0.1 * Math.max(Math.abs(wide.value), Math.abs(best.value)) ? [wide] : [];
