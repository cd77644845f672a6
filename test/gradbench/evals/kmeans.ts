/** k-means clustering by Newton's method: a cost whose Hessian is diagonal, and the step that Newton takes. */
import { compile, fromNested, grad, hvp, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { once } from './once.ts';

interface Observations {
  readonly points: number[][];
  readonly centroids: number[][];
}

/**
 * Σᵢ minⱼ |cⱼ − pᵢ|². The nearest centroid is found by |p|² + |c|² − 2·p·c, which is one matrix product; the distance to it
 * is taken again from the difference, so that the derivative touches one centroid per point and no table of n by k.
 */
function model() {
  const points = input('points', ['n', 'd'], 'f64');
  const centroids = input('centroids', ['k', 'd'], 'f64');
  // |p|² is the same for all centroids and does not change which is nearest.
  const distances = centroids.square().sum(1).sub(points.matmul(centroids.transpose()).mul(2));
  const nearest = distances.argmin(1);
  const cost = centroids.take(nearest).sub(points).square().sum();
  return { points, centroids, cost };
}

const cost = once(() => {
  const { points, centroids, cost } = model();
  return compile({ inputs: [points, centroids], outputs: cost });
});

/** The gradient divided by the diagonal of the Hessian, which is what the Hessian gives for a direction of ones. */
const direction = once(() => {
  const { points, centroids, cost } = model();
  const gradient = grad(cost, centroids);
  const curvature = hvp(cost, centroids, centroids.mul(0).add(1));
  return compile({ inputs: [points, centroids], outputs: gradient.div(curvature) });
});

const feedsOf = fedOnce(({ points, centroids }: Observations) => ({
  points: fromNested(points, 'f64'),
  centroids: fromNested(centroids, 'f64'),
}));

export const kmeans: Evaluation = {
  functions: {
    cost: (observations: Observations) => cost()(feedsOf(observations)),
    dir: (observations: Observations) => direction()(feedsOf(observations)).toNested(),
  },
};
