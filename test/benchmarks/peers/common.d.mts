/** Types of what `common.mjs` shares: our own process takes data, timer and output format from there, as the peers do. */

/** Uniform numbers in [low, high), from a hash of (seed, position). */
export function rand(seed: number, count: number, low?: number, high?: number): Float32Array;
/** Whole numbers from 0 up to `classes`, which is left out. */
export function randInt(seed: number, count: number, classes: number): Int32Array;
export function oneHot(ids: Int32Array, classes: number): Float32Array;
/** Permutes the axes of a dense row-major array. */
export function permute(array: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array;

/** Inputs, labels and starting weights in PyTorch's layouts: [out, in] and [out, in, height, width]. */
export const data: {
  mlp(): { x: Float32Array; y: Int32Array } & Record<'w1' | 'b1' | 'w2' | 'b2', Float32Array>;
  cnn(
    batch?: number,
  ): { x: Float32Array; y: Int32Array } & Record<
    'c1' | 'cb1' | 'c2' | 'cb2' | 'd1' | 'db1' | 'd2' | 'db2' | 'rm1' | 'rv1' | 'rm2' | 'rv2',
    Float32Array
  >;
  /** `ids` and `y` are [time, batch]. */
  rnn(
    gates: number,
  ): { ids: Int32Array; y: Int32Array } & Record<'wx' | 'wh' | 'b' | 'wo' | 'bo', Float32Array>;
  xor(): Record<'x' | 'y' | 'w1' | 'b1' | 'w2' | 'b2', Float32Array>;
};

export function median(values: readonly number[]): number;

export interface TimeOptions {
  readonly seconds?: number;
  readonly warm?: number;
  readonly minSamples?: number;
  readonly maxSamples?: number;
  /** Steps in a sample. */
  readonly inner?: number;
  readonly minWarm?: number;
}
/** Milliseconds of a step. */
export interface Timing {
  readonly ms: number;
  readonly min: number;
  readonly p90: number;
  readonly n: number;
}
/** Times a step, which may return a promise. */
export function time(step: () => unknown, options?: TimeOptions): Promise<Timing>;

export interface Training extends Timing {
  /** Milliseconds of the first step, compilation and all. */
  readonly first: number;
  readonly loss0: number;
  /** The loss of the sixth step, or of the fourth where steps take longer than five seconds. */
  readonly loss5?: number;
  readonly loss3?: number;
  readonly lossEnd?: number;
}
export function train(step: () => number | Promise<number>, options?: TimeOptions): Promise<Training>;

/** Prints one JSON line. */
export function emit(row: object): void;
/** Runs works by name and prints a line for each; one that throws is reported and does not end the others. */
export function runAll(
  meta: object,
  works: Readonly<Record<string, () => Promise<object>>>,
  list?: string,
): Promise<void>;
/** The most memory that the process has had, in MiB. */
export function rssMiB(): number;
