/**
 * Linear least squares: half the squared distance between the signs of n points in [−1, 1] and a polynomial with the
 * coefficients x at these points, and its gradient by x.
 */
import { compile, grad, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { once } from './once.ts';

interface Input {
  readonly x: readonly number[];
  readonly n: number;
}

const programs = once(() => {
  const x = input('x', ['degree'], 'f64');
  const points = input('points', ['count'], 'f64');
  // 1, t, t², … for each point t: a running product that leaves out the entry itself.
  const powers = points.expandDims(1).broadcastTo(['count', 'degree']).cumprod(1, { exclusive: true });
  const value = points.sign().sub(powers.matmul(x)).square().sum().div(2);
  return {
    primal: compile({ inputs: [x, points], outputs: value }),
    gradient: compile({ inputs: [x, points], outputs: grad(value, x) }),
  };
});

const feeds = fedOnce(({ x, n }: Input) => ({
  x: Float64Array.from(x),
  points: Float64Array.from({ length: n }, (_, i) => -1 + (i * 2) / (n - 1)),
}));

export const llsq: Evaluation = {
  functions: {
    primal: (input: Input) => programs().primal(feeds(input)),
    gradient: (input: Input) => programs().gradient(feeds(input)),
  },
};
