/**
 * The log-posterior of a mixture of k Gaussians in d dimensions, with a Wishart prior on the precision matrices, and its
 * gradient. A precision matrix is QᵀQ of a lower triangular Q with the diagonal exp(q) and l below it, column by column.
 */
import { compile, concat, constant, fill, grad, type HostArray, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce, flatRows } from './feeds.ts';
import { oncePer } from './once.ts';

interface Input {
  readonly d: number;
  readonly k: number;
  readonly n: number;
  readonly m: number;
  readonly gamma: number;
  readonly x: readonly (readonly number[])[];
  readonly alpha: readonly number[];
  readonly mu: readonly (readonly number[])[];
  readonly q: readonly (readonly number[])[];
  readonly l: readonly (readonly number[])[];
}

/** For each entry of Q, row by row, its place in the list exp(q), l, 0. */
function triangle(d: number): number[] {
  const below = (row: number, column: number): number =>
    d + column * (d - 1) - (column * (column - 1)) / 2 + (row - column - 1);
  const zero = d + (d * (d - 1)) / 2;
  return Array.from({ length: d * d }, (_, entry) => {
    const [row, column] = [Math.floor(entry / d), entry % d];
    return row === column ? row : row > column ? below(row, column) : zero;
  });
}

/** What the prior is apart from what varies: nd ln(γ/√2) − ln Γ_d(n/2), for n = d + m + 1 degrees of freedom. */
function priorConstant(d: number, m: number, gamma: number): number {
  const freedom = d + m + 1;
  let logGamma = (d * (d - 1) * Math.log(Math.PI)) / 4;
  for (let j = 0; j < d; j++) logGamma += logGammaOfHalf(freedom - j);
  return freedom * d * (Math.log(gamma) - Math.log(2) / 2) - logGamma;
}

/** ln Γ(count / 2), by Γ(z + 1) = z·Γ(z) from Γ(1) = 1 or Γ(1/2) = √π. */
function logGammaOfHalf(count: number): number {
  let value = count % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let twice = count - 2; twice > 0; twice -= 2) value += Math.log(twice / 2);
  return value;
}

const programs = oncePer((sizes: `${number},${number}`) => {
  const [d, k] = sizes.split(',').map(Number) as [number, number]; // the key of `programsFor`
  const x = input('x', ['n', d], 'f64');
  const alpha = input('alpha', [k], 'f64');
  const mu = input('mu', [k, d], 'f64');
  const q = input('q', [k, d], 'f64');
  const l = input('l', [k, (d * (d - 1)) / 2], 'f64');
  const [m, gamma] = [input('m', [], 'f64'), input('gamma', [], 'f64')];
  const rest = input('constant', [], 'f64');

  const diagonal = q.exp();
  const sums = q.sum(1);
  const entries = concat([diagonal, l, fill(0, [k, 1], 'f64')], 1);
  const factor = entries.take(constant(triangle(d), 'i32'), 1).reshape([k, d, d]);
  // Q(x − μ) = Qx − Qμ: all products Qx are one product of matrices.
  const points = x.matmul(factor.reshape([k * d, d]).transpose()).reshape(['n', k, d]);
  const means = factor.matmul(mu.expandDims(2)).reshape([k, d]);
  const distances = points.sub(means).square().sum(2);
  const likelihood = alpha.add(sums).sub(distances.mul(0.5)).logSumExp(1).sum();
  const squares = diagonal.square().sum().add(l.square().sum());
  const prior = m.mul(sums.sum()).sub(gamma.square().mul(0.5).mul(squares));
  const value = likelihood
    .sub(alpha.logSumExp().mul(x.size('n').cast('f64')))
    .add(prior)
    .add(rest);

  const inputs = [x, alpha, mu, q, l, m, gamma, rest] as const;
  return {
    objective: compile({ inputs, outputs: value }),
    jacobian: compile({ inputs, outputs: grad(value, { alpha, mu, q, l }) }),
  };
});

const programsFor = ({ d, k }: Input) => programs(`${d},${k}`);

const feeds = fedOnce(({ d, k, n, m, gamma, x, alpha, mu, q, l }: Input) => ({
  x: flatRows(x),
  alpha: Float64Array.from(alpha),
  mu: flatRows(mu),
  q: flatRows(q),
  l: flatRows(l),
  m,
  gamma,
  constant: k * priorConstant(d, m, gamma) - (n * d * Math.log(2 * Math.PI)) / 2,
}));

export const gmm: Evaluation = {
  functions: {
    objective: (input: Input) => programsFor(input).objective(feeds(input)),
    jacobian: (input: Input): Readonly<Record<string, HostArray>> =>
      programsFor(input).jacobian(feeds(input)),
  },
};
