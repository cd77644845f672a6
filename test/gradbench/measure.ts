/** How often a function of an evaluation runs, and how its runs are timed: as the protocol of GradBench asks for. */

export interface Timing {
  readonly name: string;
  readonly nanoseconds: number;
}

export interface Measured {
  readonly output: unknown;
  readonly timings: readonly Timing[];
}

/** What inputs may ask for: at least so many runs, and runs until so many seconds are spent. */
interface Runs {
  readonly runs: number;
  readonly seconds: number;
}

function runsOf(input: unknown): Runs {
  const asked = (name: string, otherwise: number): number => {
    const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
    return typeof value === 'number' ? value : otherwise;
  };
  return { runs: asked('min_runs', 1), seconds: asked('min_seconds', 0) };
}

/**
 * Runs a function on an input. The first call builds and compiles the program, if there is none of that size yet, and
 * converts the input: it is the timing `prepare`. All further calls are timings `evaluate`.
 */
export function measure(run: (input: unknown) => unknown, input: unknown): Measured {
  const timings: Timing[] = [];
  const timed = (name: string): unknown => {
    const started = process.hrtime.bigint();
    const output = run(input);
    timings.push({ name, nanoseconds: Number(process.hrtime.bigint() - started) });
    return output;
  };
  timed('prepare');
  const { runs, seconds } = runsOf(input);
  let output: unknown;
  let spent = 0;
  for (let count = 0; count < Math.max(runs, 1) || spent < seconds * 1e9; count++) {
    output = timed('evaluate');
    spent += timings.at(-1)!.nanoseconds;
  }
  return { output, timings };
}
