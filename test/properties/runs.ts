/** How many samples a property takes: CHECK_RUNS multiplies all of them, CHECK_SEED repeats a run. */
import fc from 'fast-check';

const factor = Number(process.env.CHECK_RUNS ?? 1);
const seed = process.env.CHECK_SEED === undefined ? 20240229 : Number(process.env.CHECK_SEED);

export const parameters = <T>(runs: number): fc.Parameters<T> => ({
  numRuns: Math.max(1, Math.round(runs * factor)),
  seed,
});

/** Checks a property that raises where it does not hold. */
export const holds = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void, runs: number): void =>
  fc.assert(fc.property(arbitrary, law), parameters<[T]>(runs));
