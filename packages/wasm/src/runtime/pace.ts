/**
 * Whether a program is faster with all threads or alone. No machine says which of its cores are two halves of one, so it is
 * tried while the program runs: now and then some runs are done in turn, and the better way is kept. What is chosen
 * changes no bit of what is computed.
 */

/** Runs that are done with all threads before anything is compared: code is still being compiled. */
const warming = 4;
/** Runs of each way in a comparison. */
const tries = 4;
/** Runs from one comparison to the next. */
const period = 500;
/** Alone has to be so much faster to be chosen. */
const margin = 0.9;

export class Pace {
  private runs = 0;
  private together = true;
  private readonly times: Record<'together' | 'alone', number[]> = { together: [], alone: [] };

  /** Which run of a comparison the next one is; less than 0 before, and from 2 · `tries` on behind. */
  private get place(): number {
    return this.runs < warming ? -1 : (this.runs - warming) % period;
  }
  private get isCompared(): boolean {
    return this.place >= 0 && this.place < 2 * tries;
  }

  /** Whether the next run is one of all threads. */
  get shares(): boolean {
    return this.isCompared ? this.place % 2 === 0 : this.together;
  }

  /** The run has taken so many milliseconds. */
  took(milliseconds: number): void {
    if (this.isCompared) this.times[this.shares ? 'together' : 'alone'].push(milliseconds);
    this.runs++;
    if (this.place !== 2 * tries) return;
    const { together, alone } = this.times;
    // The fastest of each: what disturbs a run makes it longer.
    this.together = Math.min(...alone) > margin * Math.min(...together);
    this.times.together = [];
    this.times.alone = [];
  }
}
