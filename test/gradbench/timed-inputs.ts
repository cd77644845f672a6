/** Inputs that `times.ts` measures: made here for evaluations whose recorded inputs are too small to tell anything. */
import seedrandom from 'seedrandom';
import { referenceOf } from './reference.ts';

export interface TimedInput {
  readonly description: string;
  readonly input: object;
}

const random = seedrandom('gradbench');
const uniform = (count: number): number[] => Array.from({ length: count }, () => random());
const rows = (count: number, size: number): number[][] => Array.from({ length: count }, () => uniform(size));

function mixture(d: number, k: number, n: number): TimedInput {
  const varying = { alpha: uniform(k), mu: rows(k, d), q: rows(k, d), l: rows(k, (d * (d - 1)) / 2) };
  return {
    description: `d=${d}, k=${k}, n=${n}`,
    input: { d, k, n, m: 0, gamma: 1, x: rows(n, d), ...varying },
  };
}

function bundle(n: number, m: number, p: number): TimedInput {
  const cam = [0.016, -0.013, -0.0044, -0.034, -0.108, 1.12, 399.7, -3.2e-7, 5.9e-13, 0.1, 0.05];
  return {
    description: `${n} cameras, ${m} points, ${p} observations`,
    input: { n, m, p, cam, x: [-0.61, 0.57, -1.9], w: 1, feat: [-332.7, 262.1] },
  };
}

function clusters(k: number, n: number, d: number): TimedInput {
  const points = rows(n, d);
  return { description: `k=${k}, n=${n}, d=${d}`, input: { points, centroids: points.slice(-k) } };
}

const made: Readonly<Record<string, () => readonly TimedInput[]>> = {
  llsq: () => [{ description: 'n=4096, m=128', input: { x: uniform(128), n: 4096 } }],
  lse: () => [2500, 160_000].map((n) => ({ description: `n=${n}`, input: { x: uniform(n) } })),
  gmm: () => [mixture(2, 5, 1000), mixture(10, 25, 1000), mixture(32, 50, 1000)],
  ba: () => [bundle(49, 776, 2000)],
  det: () => [7, 9].map((ell) => ({ description: `ℓ=${ell}`, input: { A: uniform(ell * ell), ell } })),
  kmeans: () => [clusters(10, 2000, 32)],
};

/** For one function of an evaluation: the made inputs, or else the largest recorded one. */
export function timedInputs(name: string, of: string): readonly TimedInput[] {
  if (Object.hasOwn(made, name)) return kept(name);
  const cases = referenceOf(name).cases.filter((one) => one.function === of);
  const sizes = cases.map(({ input }) => JSON.stringify(input).length);
  const { description = '', input } = cases[sizes.indexOf(Math.max(...sizes))]!;
  return Object(input) === input ? [{ description, input: Object(input) }] : [];
}

/** Both functions of an evaluation get the same inputs. */
const inputs = new Map<string, readonly TimedInput[]>();
function kept(name: string): readonly TimedInput[] {
  const found = inputs.get(name) ?? made[name]!();
  inputs.set(name, found);
  return found;
}
