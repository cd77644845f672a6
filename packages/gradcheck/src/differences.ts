/**
 * Derivatives along a line from values alone: central differences, extrapolated to step 0 with an estimate of their own
 * error (Ridders 1982, "Accurate computation of F'(x) and F'(x)F''(x)"; Richardson 1911), and slopes from both sides,
 * which tell a kink from a curve.
 */

/** A slope as it was read at some steps, and how far it may be off: by truncation, by the rounding of the results. */
export interface Reading {
  readonly value: number;
  readonly uncertainty: number;
}

/** What is known of one number along a line. */
export interface Slope {
  /** The sharpest reading, at an edge that from inside; NaN if the function has no values around. */
  readonly best: Reading;
  /** One reading for each step. Rounding inside of the function, and bends near by, make them contradict each other. */
  readonly readings: readonly Reading[];
  /** The best reading before smaller steps made it worse for the first time. */
  readonly wide: Reading;
  /** Slopes from the left and from the right: at the least step, or where they are far apart; at a jump those beside it. */
  readonly sides: readonly [number, number];
  /**
   * 'smooth'; 'kink' if the sides differ however small the step; 'near kink' if they do down to some step; 'jump' if the
   * values differ; 'edge' of the domain.
   */
  readonly shape: 'smooth' | 'kink' | 'near kink' | 'jump' | 'edge';
}

/** No power of two: rounding inside of the function then differs from step to step, and shows. */
const shrink = 3.7;
const mostSteps = 13;
/** Half the distance between 1 and the next number. */
const roundoff = 2 ** -53;
const unknown: Reading = { value: NaN, uncertainty: Infinity };

/**
 * Slopes of several numbers at once.
 *
 * @param at      the numbers at a distance from the point
 * @param first   the widest step
 * @param enough  whether a slope is known well enough; steps shrink until all are
 */
export function slopesOf(
  at: (distance: number) => readonly number[],
  first: number,
  enough: (reading: Reading, place: number) => boolean,
): Slope[] {
  const lines = at(0).map((value) => new Line(value));
  for (let k = 0, step = first; k < mostSteps; k++, step /= shrink) {
    const [right, left] = [at(step), at(-step)];
    lines.forEach((line, i) => line.add(step, left[i]!, right[i]!));
    if (k >= 2 && lines.every((line, i) => line.isSettled && enough(line.best, i))) break;
  }
  return lines.map((line) => line.slope());
}

/** The table of extrapolations of one number. */
class Line {
  best = unknown;
  private wide = unknown;
  private isWorse = false;
  private readonly readings: Reading[] = [];
  private readonly centre: number;
  private row: number[] = [];
  private readonly sides: (readonly [number, number])[] = [];
  private readonly noises: number[] = [];
  private readonly steps: number[] = [];

  constructor(centre: number) {
    this.centre = centre;
  }

  add(step: number, left: number, right: number): void {
    this.sides.push([(this.centre - left) / step, (right - this.centre) / step]);
    const noise = (4 * roundoff * Math.max(Math.abs(left), Math.abs(right), Math.abs(this.centre))) / step;
    this.noises.push(noise);
    this.steps.push(step);
    const central = (right - left) / (2 * step);
    if (!Number.isFinite(central)) {
      this.row = [];
      return;
    }
    const next = [central];
    let reading = unknown;
    let factor = 1;
    for (const [j, before] of this.row.entries()) {
      factor *= shrink * shrink;
      const value = (next[j]! * factor - before) / (factor - 1);
      next.push(value);
      const uncertainty = Math.max(Math.abs(value - next[j]!), Math.abs(value - before)) + noise;
      if (uncertainty < reading.uncertainty) reading = { value, uncertainty };
    }
    this.row = next;
    if (reading === unknown) return;
    this.readings.push(reading);
    if (reading.uncertainty > 2 * this.wide.uncertainty) this.isWorse = true;
    if (!this.isWorse && reading.uncertainty <= this.wide.uncertainty) this.wide = reading;
    if (reading.uncertainty <= this.best.uncertainty) this.best = reading;
  }

  /** False while a kink is suspected, as a curve's sides come together with the step: then smaller steps decide. */
  get isSettled(): boolean {
    const k = this.sides.length - 1;
    return k >= 1 && !(this.stands(k) && Math.abs(this.gap(k)) > 0.5 * Math.abs(this.gap(k - 1)));
  }

  slope(): Slope {
    const last = this.sides.length - 1;
    const found = (shape: Slope['shape'], k = last): Slope => ({
      best: this.best,
      readings: this.readings,
      wide: this.wide,
      sides: this.sides[k]!,
      shape,
    });
    const finite = this.sides[last]!.map(Number.isFinite);
    if (Number.isFinite(this.centre) && finite[0] !== finite[1])
      return { ...found('edge'), best: this.onSide(finite[0] ? 0 : 1) };
    // Judged where rounding does not yet blur the sides.
    const clear = this.noises.findLastIndex((noise, k) => noise < 1e-5 * (1 + Math.abs(this.sides[k]![1])));
    const isBent = (k: number): boolean => this.stands(k) && isConstant((i) => this.gap(i), k, 3);
    if (isBent(clear)) return found('kink', clear);
    // A jump on one side: its slope grows as the step shrinks.
    const grows = (side: 0 | 1): boolean => isConstant((k) => this.sides[k]![side] / shrink ** k, clear, 6);
    if (grows(0) || grows(1)) return { ...found('jump', clear), sides: this.besideJump(clear) };
    for (let k = clear - 1; k >= 3; k--) if (isBent(k)) return found('near kink', k);
    return found('smooth');
  }

  /** The slope from one side, which comes as slowly as the step shrinks. */
  private onSide(side: 0 | 1): Reading {
    const last = this.sides.length - 1;
    const [before, value] = [this.sides[last - 1]![side], this.sides[last]![side]];
    return { value, uncertainty: Math.abs(value - before) };
  }

  /** The slopes on both sides, without the value at the point itself: between the last two steps. */
  private besideJump(k: number): readonly [number, number] {
    const distance = this.steps[k - 1]! - this.steps[k]!;
    const beside = (side: 0 | 1): number =>
      (this.sides[k - 1]![side] * this.steps[k - 1]! - this.sides[k]![side] * this.steps[k]!) / distance;
    return [beside(0), beside(1)];
  }

  /** How much the slopes of both sides differ. */
  private gap(k: number): number {
    return this.sides[k]![1] - this.sides[k]![0];
  }

  /** The difference of the sides stands out from rounding. */
  private stands(k: number): boolean {
    if (k < 0) return false;
    const size = Math.abs(this.sides[k]![0]) + Math.abs(this.sides[k]![1]);
    return Math.abs(this.gap(k)) > 1e-6 * size + 8 * this.noises[k]!;
  }
}

/** Whether a value is not 0 and keeps itself over some steps up to the k-th. */
function isConstant(value: (k: number) => number, k: number, count: number): boolean {
  if (k < count || value(k) === 0) return false;
  for (let i = k - count; i < k; i++)
    if (!(Math.abs(value(i) - value(k)) <= 0.1 * Math.abs(value(k)))) return false;
  return true;
}
