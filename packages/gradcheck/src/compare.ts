/** Derivatives of a subject beside measured slopes: entry by entry where it is small, along random directions where not. */
import { HostArray, positionOf, zerosHost } from '@cotangent/graph';
import { type Reading, type Slope, slopesOf } from './differences.ts';
import { type Arrays, innerProduct, movedBy, randomLike, type Subject } from './subject.ts';
import {
  allowed,
  isPassing,
  rankOf,
  type Tolerance,
  together,
  type Verdict,
  verdictOn,
  worse,
} from './verdict.ts';

/** One derivative and what was measured. */
export interface Comparison {
  readonly verdict: Verdict;
  /** Where: an index into the array, or the number of a random direction. */
  readonly index: readonly number[];
  /** Of what: an index into a result, or the number of a random combination of all. */
  readonly of: readonly number[];
  /** By reverse mode, the gradient; by forward mode where there is no reverse mode. */
  readonly derivative: number;
  /** By forward mode. */
  readonly forward: number;
  /** Measured. */
  readonly difference: number;
  /** How far the measured one may be off. */
  readonly uncertainty: number;
  /** The larger of the distances of both modes from it. */
  readonly error: number;
}

export interface Extent {
  readonly tolerance: Tolerance;
  /** Arrays with more entries are varied along random directions. */
  readonly mostEntries: number;
  /** Results with more entries are seen in random combinations. */
  readonly mostResults: number;
  /** How many random directions and combinations. */
  readonly samples: number;
}

/** The first step of a second measurement, as a share of the entry that moves. */
const otherSteps = 0.61 * 0.02;

/** Part of the results: a cotangent that picks it or combines it. */
interface Row {
  readonly of: readonly number[];
  readonly cotangents: Arrays;
  /** Its value among results. */
  readonly pick: (results: Arrays) => number;
}
interface Direction {
  readonly index: readonly number[];
  readonly direction: HostArray;
}

/** The worst comparison for each array that varies. */
export function compare(subject: Subject, extent: Extent, normal: () => number): Comparison[] {
  const rows = rowsOf(subject, extent, normal);
  const pulled =
    subject.reverseRefusal === undefined ? rows.map(({ cotangents }) => subject.pull(cotangents)) : undefined;
  const centre = subject.at(subject.place);
  const judged: Judged = { subject, extent, rows, pulled, centre: rows.map(({ pick }) => pick(centre)) };
  return subject.place.map((array, i) => {
    let worst: Comparison = nothing;
    for (const direction of directionsIn(array, extent, normal))
      for (const one of along(judged, i, direction))
        if (worst === nothing || isWorse(one, worst)) worst = one;
    return worst;
  });
}

/** What is the same for all directions. */
interface Judged {
  readonly subject: Subject;
  readonly extent: Extent;
  readonly rows: readonly Row[];
  /** Gradients of the rows, if there is a reverse mode. */
  readonly pulled: readonly Arrays[] | undefined;
  /** The rows at the point itself. */
  readonly centre: readonly number[];
}

/** The derivatives of all rows along one direction of one array. */
function along(
  { subject, extent: { tolerance }, rows, pulled, centre }: Judged,
  varying: number,
  { index, direction }: Direction,
): Comparison[] {
  const { place } = subject;
  const directions = place.map((other, k) => (k === varying ? direction : zerosHost('f64', other.shape)));
  const pushed = subject.forwardRefusal === undefined ? subject.push(directions) : undefined;
  const at = (distance: number): readonly number[] => {
    if (distance === 0) return centre;
    const results = subject.at(movedBy(place, directions, distance));
    return rows.map(({ pick }) => pick(results));
  };
  // Known well enough to confirm the derivative: then no smaller step is needed.
  const enough = ({ value, uncertainty }: Reading): boolean => uncertainty <= 0.1 * allowed(tolerance, value);
  const size = sizeAlong(place[varying]!, direction);
  const close = 1e-7 * (size || 1);
  const wide = slopesOf(at, { first: 0.02 * Math.max(size, 1), close, closer: false, enough });
  // The second time steps are others, and as wide as the entry that moves, however small it is: rounding inside of the
  // function can agree with itself by chance, but not at other steps, too; and what is narrow needs a closer look.
  let closer: Slope[] | undefined;
  const again = (row: number): Slope => {
    closer ??= slopesOf(at, { first: otherSteps * (size || 1), close, closer: true, enough });
    return closer[row]!;
  };
  return rows.map(({ of, pick }, r) => {
    // A mode that there is not leaves the word to the other one.
    const [forwards, backwards] = [
      pushed && pick(pushed),
      pulled && innerProduct(pulled[r]!, directions).value,
    ];
    const [forward, derivative] = [(forwards ?? backwards)!, (backwards ?? forwards)!];
    const judge = (slope: Slope): Verdict =>
      worse(verdictOn(derivative, slope, tolerance), verdictOn(forward, slope, tolerance));
    let [slope, verdict] = [wide[r]!, judge(wide[r]!)];
    if (!isPassing(verdict)) {
      const second = judge(again(r));
      verdict = together(verdict, second);
      if (verdict === second) slope = again(r);
    }
    const { value: difference, uncertainty } = slope.best;
    const error = Math.max(Math.abs(derivative - difference), Math.abs(forward - difference));
    return { verdict, index, of, derivative, forward, difference, uncertainty, error };
  });
}

/** Of an array without entries. */
const nothing: Comparison = {
  verdict: 'right',
  index: [],
  of: [],
  derivative: 0,
  forward: 0,
  difference: 0,
  uncertainty: 0,
  error: 0,
};

const isWorse = (a: Comparison, b: Comparison): boolean =>
  a.verdict === b.verdict ? !(a.error <= b.error) : rankOf(a.verdict) > rankOf(b.verdict);

/** The largest entry that moves: steps are a share of it, so that the shape of the function is seen, not its far parts. */
function sizeAlong(array: HostArray, direction: HostArray): number {
  let size = 0;
  for (let i = 0; i < array.data.length; i++)
    if (direction.data[i] !== 0) size = Math.max(size, Math.abs(array.data[i]!));
  return size;
}

/**
 * |⟨v, J·u⟩ − ⟨Jᵀ·v, u⟩| for random directions, relative to the size of the terms: the two modes disagree by rounding
 * alone, whatever the function is like.
 */
export function dotProductError(subject: Subject, normal: () => number): number {
  const u = randomLike(subject.place, normal);
  const v = randomLike(subject.results, normal);
  const left = innerProduct(subject.push(u), v);
  const right = innerProduct(subject.pull(v), u);
  return Math.abs(left.value - right.value) / (1 + left.size + right.size);
}

/**
 * |J(a·u + b·w) − a·J·u − b·J·w| relative to its terms: a tangent is linear in the direction by definition, and a rule that is
 * not gives another slope in every direction.
 */
export function linearityError(subject: Subject, normal: () => number): number {
  const [u, w] = [randomLike(subject.place, normal), randomLike(subject.place, normal)];
  const [a, b] = [-0.7, 1.6];
  const mixed = movedBy(
    u.map((one) => scaledBy(one, a)),
    w,
    b,
  );
  const [ju, jw, jm] = [u, w, mixed].map((directions) => subject.push(directions));
  let [error, size] = [0, 1];
  jm!.forEach(({ data }, k) => {
    data.forEach((entry: number, i: number) => {
      const wanted = a * ju![k]!.data[i]! + b * jw![k]!.data[i]!;
      error = Math.max(error, Math.abs(entry - wanted));
      size = Math.max(size, Math.abs(entry), Math.abs(wanted));
    });
  });
  return error / size;
}

const scaledBy = ({ shape, data }: HostArray, by: number): HostArray =>
  new HostArray(
    'f64',
    shape,
    Float64Array.from(data as Float64Array, (entry) => by * entry),
  );

function rowsOf({ results }: Subject, { mostResults, samples }: Extent, normal: () => number): Row[] {
  const zeros = results.map(({ shape }) => zerosHost('f64', shape as readonly number[]));
  const entries = zeros.reduce((sum, { size }) => sum + size, 0);
  if (entries > mostResults)
    return Array.from({ length: samples }, (_, number) => {
      const cotangents = randomLike(results, normal);
      return { of: [number], cotangents, pick: (values) => innerProduct(values, cotangents).value };
    });
  return zeros.flatMap((zero, k) =>
    Array.from({ length: zero.size }, (_, i): Row => {
      const unit = zerosHost('f64', zero.shape);
      unit.data[i] = 1;
      return {
        of: zeros.length === 1 ? positionOf(zero.shape, i) : [k, ...positionOf(zero.shape, i)],
        cotangents: zeros.map((other, m) => (m === k ? unit : other)),
        pick: (values) => values[k]!.data[i]!,
      };
    }),
  );
}

function* directionsIn(
  { shape, size }: HostArray,
  { mostEntries, samples }: Extent,
  normal: () => number,
): Generator<Direction> {
  if (size > mostEntries) {
    for (let number = 0; number < samples; number++) {
      const [direction] = randomLike([{ shape }], normal);
      const length = Math.sqrt(innerProduct([direction!], [direction!]).value);
      for (let i = 0; i < size; i++) direction!.data[i]! /= length;
      yield { index: [number], direction: direction! };
    }
    return;
  }
  for (let i = 0; i < size; i++) {
    const direction = zerosHost('f64', shape);
    direction.data[i] = 1;
    yield { index: positionOf(shape, i), direction };
  }
}
