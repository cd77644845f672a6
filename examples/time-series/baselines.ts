/** Forecasts without learning. A network that does not beat the best of them has learned nothing worth having. */
import { CotangentError } from 'cotangent';
import { levelOf, type Past, type Window } from './windows.ts';

/** Values for the next `horizon` steps. */
export type Forecaster = (past: Past, horizon: number) => Float64Array;

/** 364 days, the whole number of weeks that is nearest to a year. */
export const weeksPerYear = 52;

/** As many of the latest weeks as did best on the validation part; one would carry its own noise into each forecast. */
export const weeksOfDrift = 8;

/** It stays as it was when last seen. */
export const persistence: Forecaster = (past, horizon) => new Float64Array(horizon).fill(levelOf(past));

/** It is as it was one year before, or as near to that as something was measured. */
export function seasonalNaive(past: Past, horizon: number, year = weeksPerYear): Float64Array {
  const length = past.values.length;
  checkYear(length, year);
  return Float64Array.from({ length: horizon }, (_, step) =>
    nearestValue(past, length + step - year * yearsBack(step, year)),
  );
}

/** As one year before, and as much higher as the latest weeks were than the same weeks one year before them. */
export function seasonalDrift(
  past: Past,
  horizon: number,
  year = weeksPerYear,
  latest = weeksOfDrift,
): Float64Array {
  const drift = yearlyDrift(past, year, latest);
  return seasonalNaive(past, horizon, year).map((value, step) => value + drift * yearsBack(step, year));
}

/** By the name under which a report lists them. */
export const baselines: Readonly<Record<string, Forecaster>> = {
  persistence,
  'seasonal naive': (past, horizon) => seasonalNaive(past, horizon),
  'seasonal naive + drift': (past, horizon) => seasonalDrift(past, horizon),
};

export const forecastsOf = (forecaster: Forecaster, windows: readonly Window[]): Float64Array[] =>
  windows.map(({ past, target }) => forecaster(past, target.length));

/** Mean difference from one year before, over the latest steps that have both values; 0 if none has. */
export function yearlyDrift({ values, present }: Past, year: number, latest: number): number {
  let [sum, count] = [0, 0];
  for (let step = values.length - 1; step >= year && count < latest; step--) {
    if (present[step] === 0 || present[step - year] === 0) continue;
    sum += values[step]! - values[step - year]!;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** One, or as many years as it takes to come to what is known. */
const yearsBack = (step: number, year: number): number => Math.floor(step / year) + 1;

/** The value at a step or at the nearest one that was measured, of two the earlier. */
function nearestValue({ values, present }: Past, step: number): number {
  for (let distance = 0; distance < values.length; distance++)
    for (const candidate of [step - distance, step + distance])
      if (present[candidate] === 1) return values[candidate]!;
  throw new CotangentError('BAD_DATA', 'nothing in the past of this window was measured');
}

function checkYear(history: number, year: number): void {
  if (history < year)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `a past of ${history} steps does not reach back one year of ${year}: take a longer history`,
    );
}
