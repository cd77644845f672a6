/** Cuts a series into training, validation and test by time, and each of them into windows of past and target. */
import { CotangentError, HostArray } from 'cotangent';
import { dayOf, type Series } from './read.ts';

/** First days of the two later parts, YYYY-MM-DD. */
export interface Cuts {
  readonly validationFrom: string;
  readonly testFrom: string;
}

/** Rows of a series, the end excluded. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

export interface Parts {
  readonly training: Part;
  readonly validation: Part;
  readonly test: Part;
}

/** How many steps a forecast may look at, and how many it has to say. */
export interface Sizes {
  readonly history: number;
  readonly horizon: number;
}

/** What is known when a forecast is made; forecasts take this and not a window, so they cannot see the target. */
export interface Past {
  readonly days: Int32Array;
  /** As measured; NaN where missing. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

export interface Window {
  readonly past: Past;
  /** As measured; NaN where missing. */
  readonly target: Float64Array;
  readonly targetPresent: Uint8Array;
}

/** The arrays that a network reads, f32, scaled, with 0 for what is missing. */
export interface Examples {
  /** [count, history, channels.length]. */
  readonly past: HostArray<'f32'>;
  /** [count, horizon]. */
  readonly target: HostArray<'f32'>;
  /** [count, horizon]: 1 where the target was measured. */
  readonly targetPresent: HostArray<'f32'>;
}

/** The season is of the calendar and so known; gaps are counted in steps of this length to be of the order of 1. */
export const channels = ['value', 'present', 'time since present', 'season: sine', 'season: cosine'] as const;
const stepsPerGapUnit = 4;
const daysPerYear = 365.2425;

/** @throws BAD_ARGUMENT if a cut is no date, or leaves a part without rows */
export function partsOf({ days }: Series, cuts: Cuts): Parts {
  const validation = firstRow(days, cuts.validationFrom);
  const test = firstRow(days, cuts.testFrom);
  if (!(0 < validation && validation < test && test < days.length))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `cuts at ${cuts.validationFrom} and ${cuts.testFrom} leave a part of the series without rows`,
    );
  return {
    training: { from: 0, to: validation },
    validation: { from: validation, to: test },
    test: { from: test, to: days.length },
  };
}

/** The first row on a date or after it; one past the end if there is none. */
function firstRow(days: Int32Array, date: string): number {
  const day = dayOf(date);
  if (day === undefined)
    throw new CotangentError('BAD_ARGUMENT', `'${date}' is no date of the form YYYY-MM-DD`);
  const row = days.findIndex((other) => other >= day);
  return row < 0 ? days.length : row;
}

/**
 * All windows whose targets lie in a part, one a step. No target is in two parts; the past of a part's first windows
 * reaches into the part before, as it does for whoever makes a forecast then. Left out are windows in which nothing of
 * the past or nothing of the target was measured: there is nothing to go by, or nothing to judge.
 */
export function windowsOf(series: Series, part: Part, { history, horizon }: Sizes): Window[] {
  for (const [name, size] of Object.entries({ history, horizon }))
    if (!Number.isSafeInteger(size) || size < 1)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `the ${name} must be a whole number of at least 1, not ${size}`,
      );
  const windows: Window[] = [];
  for (let start = Math.max(part.from, history); start + horizon <= part.to; start++) {
    const window: Window = {
      past: {
        days: series.days.subarray(start - history, start),
        values: series.values.subarray(start - history, start),
        present: series.present.subarray(start - history, start),
      },
      target: series.values.subarray(start, start + horizon),
      targetPresent: series.present.subarray(start, start + horizon),
    };
    if (window.past.present.includes(1) && window.targetPresent.includes(1)) windows.push(window);
  }
  if (windows.length === 0)
    throw new CotangentError(
      'BAD_DATA',
      `rows ${part.from} to ${part.to} have no window of ${history} steps and ${horizon} to forecast`,
    );
  return windows;
}

/** The last measured value. A network sees and says differences from it, since the series outgrows its training part. */
export function levelOf({ values, present }: Past): number {
  const last = present.lastIndexOf(1);
  if (last < 0) throw new CotangentError('BAD_DATA', 'nothing in the past of this window was measured');
  return values[last]!;
}

/**
 * The scale: root mean square of the targets' differences from their levels. Only for windows of the training part: a
 * scale that has seen later years tells the network about them.
 */
export function spreadOf(training: readonly Window[]): number {
  let [sum, count] = [0, 0];
  for (const { past, target, targetPresent } of training) {
    const level = levelOf(past);
    for (const [step, value] of target.entries()) {
      if (targetPresent[step] === 0) continue;
      sum += (value - level) ** 2;
      count++;
    }
  }
  if (sum === 0)
    throw new CotangentError('BAD_DATA', 'the training windows do not vary, so they give no scale');
  return Math.sqrt(sum / count);
}

/** Windows as arrays for a network; values are (measured − level) / spread. */
export function examplesOf(windows: readonly Window[], spread: number): Examples {
  const count = windows.length;
  const history = windows[0]?.past.values.length ?? 0;
  const horizon = windows[0]?.target.length ?? 0;
  const past = new Float32Array(count * history * channels.length);
  const target = new Float32Array(count * horizon);
  for (const [i, window] of windows.entries()) {
    const level = levelOf(window.past);
    past.set(channelsOf(window.past, level, spread), i * history * channels.length);
    // Zero and not NaN: a loss multiplies by the mask, and NaN times 0 is NaN.
    for (const [step, value] of window.target.entries())
      target[i * horizon + step] = window.targetPresent[step] === 1 ? (value - level) / spread : 0;
  }
  const targetPresent = Float32Array.from(windows.flatMap((window) => [...window.targetPresent]));
  return {
    past: new HostArray('f32', [count, history, channels.length], past),
    target: new HostArray('f32', [count, horizon], target),
    targetPresent: new HostArray('f32', [count, horizon], targetPresent),
  };
}

function channelsOf({ days, values, present }: Past, level: number, spread: number): number[] {
  let gap = 0; // before the first value of the window it counts from the window's start: more is not known
  return Array.from(values, (value, step) => {
    const measured = present[step] === 1;
    gap = measured ? 0 : gap + 1;
    const season = (2 * Math.PI * days[step]!) / daysPerYear;
    return [
      measured ? (value - level) / spread : 0,
      measured ? 1 : 0,
      gap / stepsPerGapUnit,
      Math.sin(season),
      Math.cos(season),
    ];
  }).flat();
}

/** What a network said, [count, horizon], in the unit of the series. */
export function unscaled(said: HostArray, windows: readonly Window[], spread: number): Float64Array[] {
  const horizon = windows[0]?.target.length ?? 0;
  if (said.shape.length !== 2 || said.shape[0] !== windows.length || said.shape[1] !== horizon)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `forecasts of ${windows.length} windows have the shape [${windows.length}, ${horizon}], not [${said.shape.join(', ')}]`,
    );
  return windows.map(({ past }, i) => {
    const level = levelOf(past);
    return Float64Array.from(
      { length: horizon },
      (_, step) => level + spread * said.data[i * horizon + step]!,
    );
  });
}
