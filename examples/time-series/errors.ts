/** How wrong forecasts are: one measure for baselines and networks alike. */
import { CotangentError } from 'cotangent';
import type { Window } from './windows.ts';

/** One row for each window, one column for each step of the horizon. */
export type Rows = readonly ArrayLike<number>[];

export interface Errors {
  /** Mean absolute error over all measured targets, each of them counted once for each window that it is in. */
  readonly mean: number;
  /** The same for each step of the horizon; NaN for a step without measured targets. */
  readonly perStep: readonly number[];
  /** How many measured targets each step had. */
  readonly counts: readonly number[];
}

/**
 * Mean absolute error of forecasts where the mask is 1; what the others hold is never looked at.
 *
 * @throws SHAPE_MISMATCH if the rows do not fit together; BAD_DATA if a forecast is not finite, or nothing was measured
 */
export function errorsOf(forecast: Rows, target: Rows, mask: Rows): Errors {
  const horizon = forecast[0]?.length ?? 0;
  for (const [name, rows] of Object.entries({ forecast, target, mask }))
    if (rows.length !== forecast.length || rows.some((row) => row.length !== horizon))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `the ${name} must have ${forecast.length} rows of ${horizon} steps, like the forecast's first`,
      );
  const sums = new Array<number>(horizon).fill(0);
  const counts = new Array<number>(horizon).fill(0);
  for (const [i, row] of forecast.entries())
    for (let step = 0; step < horizon; step++) {
      if (mask[i]![step] === 0) continue;
      const error = Math.abs(row[step]! - target[i]![step]!);
      // A NaN must not vanish in a mean that nobody checks.
      if (!Number.isFinite(error))
        throw new CotangentError(
          'BAD_DATA',
          `window ${i}, step ${step + 1}: a forecast of ${row[step]} for a target of ${target[i]![step]} cannot be judged`,
        );
      sums[step]! += error;
      counts[step]!++;
    }
  const count = counts.reduce((total, entry) => total + entry, 0);
  if (count === 0) throw new CotangentError('BAD_DATA', 'no target was measured: there is nothing to judge');
  return {
    mean: sums.reduce((total, entry) => total + entry, 0) / count,
    perStep: sums.map((sum, step) => sum / counts[step]!),
    counts,
  };
}

/** `errorsOf` against the targets of windows. */
export const judge = (forecast: Rows, windows: readonly Window[]): Errors =>
  errorsOf(
    forecast,
    windows.map(({ target }) => target),
    windows.map(({ targetPresent }) => targetPresent),
  );
