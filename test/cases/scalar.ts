/** Functions of numbers for references: written from their definitions, slowly. */

/** To the nearest whole number, halves to even. */
export function roundHalfEven(x: number): number {
  if (!Number.isFinite(x)) return x;
  const below = Math.floor(x);
  const rest = x - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const result = up ? below + 1 : below;
  return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result;
}

/** erf x = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, a series without cancellation (DLMF 7.6.2). */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; n < 500 && Math.abs(term) > 1e-20 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** Threefry-2x32 with 20 rounds (Salmon et al., SC 2011, section 3.3), word by word. */
export function threefry([key0, key1, counter0, counter1]: readonly [number, number, number, number]): [
  number,
  number,
] {
  const mask = 0xffffffffn;
  const keys = [BigInt(key0), BigInt(key1), BigInt(key0) ^ BigInt(key1) ^ 0x1bd11bdan];
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let x = (BigInt(counter0) + keys[0]!) & mask;
  let y = (BigInt(counter1) + keys[1]!) & mask;
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8]!;
    x = (x + y) & mask;
    y = (((y << by) | (y >> (32n - by))) & mask) ^ x;
    if (round % 4 === 3) {
      const injection = Math.floor(round / 4) + 1;
      x = (x + keys[injection % 3]!) & mask;
      y = (y + keys[(injection + 1) % 3]! + BigInt(injection)) & mask;
    }
  }
  return [Number(x), Number(y)];
}
