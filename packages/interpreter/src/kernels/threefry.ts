/**
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * Every fourth round the next two of three key words are added, the third being their parity.
 */
import type { TypedArray } from '@cotangent/graph';

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const parity = 0x1bd11bda;

export function threefryLoop(
  key0: TypedArray,
  key1: TypedArray,
  counter0: TypedArray,
  counter1: TypedArray,
  out0: TypedArray,
  out1: TypedArray,
): void {
  const keys = new Int32Array(3);
  for (let i = 0; i < out0.length; i++) {
    keys[0] = key0[i];
    keys[1] = key1[i];
    keys[2] = parity ^ keys[0] ^ keys[1];
    let x = (counter0[i] + keys[0]) | 0;
    let y = (counter1[i] + keys[1]) | 0;
    for (let round = 0; round < 20; ) {
      const by = rotations[round & 7];
      x = (x + y) | 0;
      y = ((y << by) | (y >>> (32 - by))) ^ x;
      if ((++round & 3) !== 0) continue;
      const injection = round >> 2;
      x = (x + keys[injection % 3]) | 0;
      y = (y + keys[(injection + 1) % 3] + injection) | 0;
    }
    out0[i] = x;
    out1[i] = y;
  }
}
