/**
 * The functions of this folder to some 200 bits, in whole numbers: what tests of f64 are held against. Slow, and not part
 * of the engine.
 *
 * A real number is m·2^e. Inside, numbers are fixed-point: a bigint that counts units of 2^-scale, with a scale that
 * leaves 200 bits below the leading bit of the argument. Series are those of Taylor, after the usual reductions.
 */

export interface Real {
  readonly m: bigint;
  readonly e: number;
}

const digits = 220;

/** Exactly what a finite double is. */
export function realOf(x: number): Real {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  const size = field === 0 ? fraction : fraction + 2n ** 52n;
  return { m: bits >> 63n ? -size : size, e: Math.max(field, 1) - 1075 };
}
const view = new DataView(new ArrayBuffer(8));

const bitLength = (m: bigint): number => (m < 0n ? -m : m).toString(2).length;
const shifted = (m: bigint, by: number): bigint => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by));
const fixed = ({ m, e }: Real, scale: number): bigint => shifted(m, e + scale);
/** A scale at which x has `digits` bits after its leading one, and so have numbers near 1. */
const scaleFor = (x: Real): number => digits + Math.max(0, -(x.e + bitLength(x.m)));
const product = (a: bigint, b: bigint, scale: number): bigint => (a * b) >> BigInt(scale);
const quotient = (a: bigint, b: bigint, scale: number): bigint => (a << BigInt(scale)) / b;
const one = (scale: number): bigint => 1n << BigInt(scale);

/** Σ terms until they are 0: each follows from the one before and its number. */
function sum(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let total = 0n;
  let k = 1n;
  for (let term = first; term !== 0n && term !== -1n; term = next(term, k++)) total += term;
  return total;
}

/** artanh of 1/n by its series: ln 2 and π are made of such. */
function inverseSeries(n: bigint, sign: 1n | -1n, scale: number): bigint {
  let power = one(scale) / n;
  let total = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    total += power / k;
    power = (sign * power) / (n * n);
  }
  return total;
}
/** A constant of any scale, computed for some. */
const remembered = (compute: (scale: number) => bigint) => {
  const known = new Map<number, bigint>();
  return (scale: number): bigint => {
    const enough = Math.ceil(scale / 512) * 512;
    const value = known.get(enough) ?? compute(enough);
    known.set(enough, value);
    return value >> BigInt(enough - scale);
  };
};
/** ln 2 = 2·artanh(1/3). */
const ln2 = remembered((scale) => (2n * inverseSeries(3n, 1n, scale + 20)) >> 20n);
/** π = 16·arctan(1/5) - 4·arctan(1/239), Machin. */
const pi = remembered(
  (scale) => (16n * inverseSeries(5n, -1n, scale + 20) - 4n * inverseSeries(239n, -1n, scale + 20)) >> 20n,
);

/** Whole n and fixed r with x = n·unit + r, |r| ≤ unit/2. */
function reduce(x: Real, unit: (scale: number) => bigint, scale: number): { n: bigint; r: bigint } {
  const exact = Math.max(scale, scale + x.e + bitLength(x.m));
  const full = fixed(x, exact);
  const step = unit(exact);
  const n = (2n * full + step) / (2n * step) - (2n * full + step < 0n ? 1n : 0n);
  return { n, r: (full - n * step) >> BigInt(exact - scale) };
}

/** e^r - 1 of a fixed r. */
const seriesOfExpm1 = (r: bigint, scale: number): bigint =>
  sum(r, (term, k) => product(term, r, scale) / (k + 1n));

/** n and fixed e^r - 1. */
function exponential(x: Real): { n: number; power: bigint; scale: number } {
  const scale = scaleFor(x);
  // Beyond ±4096 all are alike.
  const bounded = x.e + bitLength(x.m) > 13 ? { m: x.m > 0n ? 1n : -1n, e: 12 } : x;
  const { n, r } = reduce(bounded, ln2, scale);
  return { n: Number(n), power: seriesOfExpm1(r, scale), scale };
}
function exp(x: Real): Real {
  const { n, power, scale } = exponential(x);
  return { m: one(scale) + power, e: n - scale };
}
function expm1(x: Real): Real {
  const { n, power, scale } = exponential(x);
  // (e^r - 1)·2^n + 2^n - 1, in units of 2^(n - scale) or 2^-scale.
  if (n >= 0) return { m: shifted(power + one(scale), n) - one(scale), e: -scale };
  return { m: power + one(scale) - shifted(one(scale), -n), e: n - scale };
}

/** log x of x > 0, from log m of x = 2^k·m, m near 1. */
function log(x: Real): Real {
  const k = x.e + bitLength(x.m) - 1;
  const m = { m: x.m, e: x.e - k };
  const upper = fixed(m, digits) > (one(digits) * 7n) / 5n;
  return logarithm({ m: m.m, e: m.e - (upper ? 1 : 0) }, k + (upper ? 1 : 0));
}
/** k·ln 2 + 2·artanh((m - 1)/(m + 1)). */
function logarithm(m: Real, k: number): Real {
  const e = Math.min(m.e, 0);
  const unit = shifted(1n, -e);
  const f = shifted(m.m, m.e - e) - unit;
  if (f === 0n && k === 0) return { m: 0n, e: 0 };
  const scale = scaleFor({ m: f, e });
  return { m: BigInt(k) * ln2(scale) + twiceArtanh(f, f + 2n * unit, scale), e: -scale };
}
function twiceArtanh(above: bigint, below: bigint, scale: number): bigint {
  const s = quotient(above, below, scale);
  const square = product(s, s, scale);
  let total = 0n;
  let power = s;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    total += power / k;
    power = product(power, square, scale);
  }
  return 2n * total;
}
function log1p(x: Real): Real {
  if (x.e + bitLength(x.m) > -2) return log(plusOne(x));
  const e = Math.min(x.e, 0);
  const f = shifted(x.m, x.e - e);
  const scale = scaleFor(x);
  return { m: twiceArtanh(f, f + 2n * shifted(1n, -e), scale), e: -scale };
}
function plusOne(x: Real): Real {
  const e = Math.min(x.e, 0);
  return { m: shifted(x.m, x.e - e) + shifted(1n, -e), e };
}

/** Sine and cosine, fixed. */
function circular(x: Real): { sine: bigint; cosine: bigint; scale: number } {
  // An argument may come as near to a multiple of π/2 as 2^-61 times itself.
  const scale = scaleFor(x) + 100;
  const { n, r } = reduce(x, (s) => pi(s + 1) >> 2n, scale);
  const square = product(r, r, scale);
  const series = (first: bigint, offset: bigint) =>
    sum(first, (term, k) => -product(term, square, scale) / ((2n * k + offset) * (2n * k + offset - 1n)));
  const [sine, cosine] = [series(r, 1n), series(one(scale), 0n)];
  const quadrant = Number(((n % 4n) + 4n) % 4n);
  if (quadrant === 0) return { sine, cosine, scale };
  if (quadrant === 1) return { sine: cosine, cosine: -sine, scale };
  if (quadrant === 2) return { sine: -sine, cosine: -cosine, scale };
  return { sine: -cosine, cosine: sine, scale };
}
const sin = (x: Real): Real => ((c) => ({ m: c.sine, e: -c.scale }))(circular(x));
const cos = (x: Real): Real => ((c) => ({ m: c.cosine, e: -c.scale }))(circular(x));
const tan = (x: Real): Real =>
  ((c) => ({ m: quotient(c.sine, c.cosine, c.scale), e: -c.scale }))(circular(x));

/** (e^2x - 1)/(e^2x + 1). */
function tanh(x: Real): Real {
  const twice = { m: x.m, e: x.e + 1 };
  const { n, power, scale } = exponential(twice);
  if (n > 200 || n < -200) return { m: n > 0 ? 1n : -1n, e: 0 };
  const [above, below] = [1, -1].map((sign) => {
    const other = BigInt(sign) * one(scale);
    return n >= 0 ? shifted(power + one(scale), n) - other : power + one(scale) - shifted(other, -n);
  }) as [bigint, bigint];
  return { m: quotient(above, below, scale), e: -scale };
}
/** 1/(1 + e^-x) = e^x/(1 + e^x). */
function logistic(x: Real): Real {
  const { m, e } = exp(x);
  const unit = shifted(1n, -Math.min(e, 0));
  const power = shifted(m, Math.max(e, 0));
  const scale = scaleFor({ m, e });
  return { m: quotient(power, power + unit, scale), e: -scale };
}
/** 2/√π·Σ (-1)^k x^(2k+1)/(k!·(2k+1)). */
function erf(x: Real): Real {
  const scale = scaleFor(x) + 200;
  const r = fixed(x, scale);
  if (x.e + bitLength(x.m) > 3) return { m: r > 0n ? 1n : -1n, e: 0 };
  const square = product(r, r, scale);
  let total = 0n;
  let term = r;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    total += term / (2n * k - 1n);
    term = -product(term, square, scale) / k;
  }
  return { m: 2n * quotient(total, squareRoot(pi(scale) << BigInt(scale)), scale), e: -scale };
}
function squareRoot(x: bigint): bigint {
  let root = 1n << BigInt((bitLength(x) + 1) >> 1);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
/** x^y of x > 0. */
function pow(x: Real, y: Real): Real {
  const { m, e } = log(x);
  return exp({ m: m * y.m, e: e + y.e });
}
/** The angle of the point (x, y). */
function atan2(y: Real, x: Real): Real {
  const [height, width] = [
    { m: y.m < 0n ? -y.m : y.m, e: y.e },
    { m: x.m < 0n ? -x.m : x.m, e: x.e },
  ];
  const e = Math.min(y.e, x.e);
  const steep = shifted(height.m, height.e - e) > shifted(width.m, width.e - e);
  const [above, below] = steep ? [width, height] : [height, width];
  const size = Math.max(0, below.e + bitLength(below.m) - above.e - bitLength(above.m));
  const scale = digits + size + 40;
  let angle = arctangent(shifted(above.m, above.e - below.e + scale) / below.m, scale);
  if (steep) angle = pi(scale) / 2n - angle;
  if (x.m < 0n) angle = pi(scale) - angle;
  return { m: y.m < 0n ? -angle : angle, e: -scale };
}
/** arctan t = 2·arctan(t/(1 + √(1 + t²))), thrice, and the series. */
function arctangent(t: bigint, scale: number): bigint {
  let s = t;
  for (let i = 0; i < 3; i++) {
    const root = squareRoot((one(scale) + product(s, s, scale)) << BigInt(scale));
    s = quotient(s, one(scale) + root, scale);
  }
  const square = product(s, s, scale);
  let total = 0n;
  for (let k = 1n, power = s; power !== 0n && power !== -1n; k += 2n) {
    total += power / k;
    power = -product(power, square, scale);
  }
  return 8n * total;
}

export const references = { exp, expm1, log, log1p, sin, cos, tan, tanh, logistic, erf };
export const referencesOfTwo = { pow, atan2 };

const formats = {
  f32: { precision: 24, least: -149, greatest: 127 },
  f64: { precision: 53, least: -1074, greatest: 1023 },
} as const;

/**
 * How far a float is from a real number, in units of the last place of the type where the real number lies. Infinity
 * counts as the power of two behind the greatest number.
 */
export function distanceInUlps(y: number, { m, e }: Real, type: keyof typeof formats): number {
  const { precision, least, greatest } = formats[type];
  if (Number.isNaN(y)) return Number.NaN;
  const top = m === 0n ? -Infinity : e + bitLength(m) - 1;
  const unit = Math.max(Math.min(top, greatest) + 1 - precision, least);
  const beyond = { m: y > 0 ? 1n : -1n, e: greatest + 1 };
  const own = Math.abs(y) === Infinity ? beyond : realOf(y);
  // A real number far beyond all floats is cut to just beyond, so that infinity is right.
  if (top > greatest) return Math.abs(y) === Infinity && y > 0 === m > 0n ? 0 : Infinity;
  const scale = 60 - unit;
  const difference = shifted(own.m, own.e + scale) - shifted(m, e + scale);
  return Math.abs(Number(difference)) / 2 ** 60;
}
