/** Everything random in the data: permutations and draws that depend on their key alone, from seedrandom. */
import seedrandom from 'seedrandom';

/** What a shuffle or split is seeded with. */
export type Seed = number | string;

/** Draws in [0, 1) that depend on the parts of the key alone; JSON keeps different keys different. */
export function draws(...key: readonly (string | number)[]): () => number {
  const generator = seedrandom(JSON.stringify(key));
  return () => generator();
}

/**
 * A permutation of 0 … length - 1 that depends on (seed, epoch, length) alone.
 * Fisher-Yates, from the end, as in Knuth, The Art of Computer Programming, volume 2, algorithm P.
 *
 * @example
 * ```ts
 * permutation(1, 0, 3).length // 3
 * ```
 */
export function permutation(seed: Seed, epoch: number, length: number): Uint32Array {
  const draw = draws('shuffle', seed, epoch);
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let last = length - 1; last > 0; last--) {
    const chosen = Math.floor(draw() * (last + 1));
    const held = order[last]!;
    order[last] = order[chosen]!;
    order[chosen] = held;
  }
  return order;
}
