/**
 * Bundle adjustment: the distances between where cameras see points and where they should, and their sparse Jacobian.
 * An observation sees one camera and one point, so two pulled-back cotangents give the Jacobian of all observations.
 */
import { compile, fill, HostArray, input, stack, type Tensor, vjp, where } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { once } from './once.ts';
import { SparseJacobian } from './sparse-jacobian.ts';

interface Input {
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly cam: readonly number[];
  readonly x: readonly number[];
  readonly w: number;
  readonly feat: readonly number[];
}

/** Observations go through the programs in blocks that fit into the cache. */
const blockSize = 2048;

type Column = Tensor<['block'], 'f64'>;
type Vector = readonly [Column, Column, Column];

const plus = (a: Vector, b: Vector): Vector => [a[0].add(b[0]), a[1].add(b[1]), a[2].add(b[2])];
const minus = (a: Vector, b: Vector): Vector => [a[0].sub(b[0]), a[1].sub(b[1]), a[2].sub(b[2])];
const times = (a: Vector, b: Column): Vector => [a[0].mul(b), a[1].mul(b), a[2].mul(b)];
const inner = (a: Vector, b: Vector): Column => a[0].mul(b[0]).add(a[1].mul(b[1])).add(a[2].mul(b[2]));
const cross = (a: Vector, b: Vector): Vector => [
  a[1].mul(b[2]).sub(a[2].mul(b[1])),
  a[2].mul(b[0]).sub(a[0].mul(b[2])),
  a[0].mul(b[1]).sub(a[1].mul(b[0])),
];

/** Rotates points by angle-axis vectors (Rodrigues); without an angle to first order, so that the derivative is right. */
function rotated(rotation: Vector, point: Vector): Vector {
  const squared = inner(rotation, rotation);
  const none = squared.equal(0);
  const angle = where(none, 1, squared).sqrt();
  const axis = times(rotation, angle.reciprocal());
  const along = inner(axis, point).mul(angle.cos().neg().add(1));
  const turned = plus(
    plus(times(point, angle.cos()), times(cross(axis, point), angle.sin())),
    times(axis, along),
  );
  const nearly = plus(point, cross(rotation, point));
  return [
    where(none, nearly[0], turned[0]),
    where(none, nearly[1], turned[1]),
    where(none, nearly[2], turned[2]),
  ];
}

const programs = once(() => {
  const cameras = input('cameras', ['cameras', 11], 'f64');
  const points = input('points', ['points', 3], 'f64');
  const weights = input('weights', ['block'], 'f64');
  const features = input('features', ['block', 2], 'f64');
  const cameraOf = input('cameraOf', ['block'], 'i32');
  const pointOf = input('pointOf', ['block'], 'i32');

  // What one observation sees: the derivative by these numbers is its block of the Jacobian.
  const [cameraRows, pointRows] = [cameras.take(cameraOf), points.take(pointOf)];
  const camera = Array.from({ length: 11 }, (_, column): Column => cameraRows.at(1, column));
  const point = Array.from({ length: 3 }, (_, column): Column => pointRows.at(1, column));
  const at = (parameter: number): Column => camera[parameter]!;
  const seen: Vector = [point[0]!, point[1]!, point[2]!];
  const [x, y, z] = rotated([at(0), at(1), at(2)], minus(seen, [at(3), at(4), at(5)]));
  const [right, down] = [x.div(z), y.div(z)];
  const radius = right.square().add(down.square());
  const distortion = at(9).mul(radius).add(at(10).mul(radius.square())).add(1);
  const errorOf = (direction: Column, center: Column, feature: Column): Column =>
    weights.mul(direction.mul(distortion).mul(at(6)).add(center).sub(feature));
  const errors = [errorOf(right, at(7), features.at(1, 0)), errorOf(down, at(8), features.at(1, 1))] as const;
  const weightErrors = weights.square().neg().add(1);

  const one = fill(1, ['block'], 'f64');
  const rows = errors.map((error) => stack(vjp(error, [...camera, ...point, weights], one), 1));
  const inputs = [cameras, points, weights, features, cameraOf, pointOf] as const;
  return {
    objective: compile({ inputs, outputs: { errors: stack(errors, 1), weightErrors } }),
    jacobian: compile({
      inputs,
      outputs: { errors: stack(rows, 1), weightErrors: vjp(weightErrors, weights, one) },
    }),
  };
});

/** The same camera, point, weight and feature as often as the sizes say; observations take them in turn. */
const prepared = fedOnce(({ n, m, p, cam, x, w, feat }: Input) => {
  const repeated = (values: readonly number[], count: number): Float64Array =>
    Float64Array.from({ length: values.length * count }, (_, i) => values[i % values.length]!);
  const inTurn = (count: number): Int32Array => Int32Array.from({ length: p }, (_, i) => i % count);
  return {
    cameras: new HostArray('f64', [n, 11], repeated(cam, n)),
    points: new HostArray('f64', [m, 3], repeated(x, m)),
    weights: repeated([w], p),
    features: repeated(feat, p),
    cameraOf: inTurn(n),
    pointOf: inTurn(m),
    sparse: new SparseJacobian(n, m, p),
  };
});

/** Runs over the observations from block to block. */
function eachBlock(
  input: Input,
  visit: (feeds: ReturnType<typeof blockOf>, first: number, count: number) => void,
): void {
  for (let first = 0; first < input.p; first += blockSize) {
    const count = Math.min(blockSize, input.p - first);
    visit(blockOf(input, first, first + count), first, count);
  }
}

function blockOf(input: Input, first: number, end: number) {
  const { cameras, points, weights, features, cameraOf, pointOf } = prepared(input);
  return {
    cameras,
    points,
    weights: weights.subarray(first, end),
    features: features.subarray(2 * first, 2 * end),
    cameraOf: cameraOf.subarray(first, end),
    pointOf: pointOf.subarray(first, end),
  };
}

function objective(input: Input) {
  const errors = new Float64Array(2 * input.p);
  const weightErrors = new Float64Array(input.p);
  eachBlock(input, (feeds, first) => {
    const block = programs().objective(feeds);
    errors.set(block.errors.data, 2 * first);
    weightErrors.set(block.weightErrors.data, first);
  });
  return {
    reproj_error: { elements: errors.subarray(0, 2), repeated: input.p },
    w_err: { element: weightErrors[0], repeated: input.p },
  };
}

function jacobian(input: Input) {
  const { sparse, cameraOf, pointOf } = prepared(input);
  eachBlock(input, (feeds, first, count) => {
    const block = programs().jacobian(feeds);
    for (let i = 0; i < count; i++) {
      const observation = first + i;
      sparse.setErrors(observation, cameraOf[observation]!, pointOf[observation]!, block.errors.data, 30 * i);
      sparse.setWeight(observation, block.weightErrors.data[i]!);
    }
  });
  return sparse.shortened();
}

export const ba: Evaluation = { functions: { objective, jacobian } };
