/**
 * Hand tracking: how far the points of a measured hand are from those of a hand model in some pose. In the simple form a
 * point belongs to a vertex, in the complicated form to a place within a triangle, with coordinates `us` that vary, too.
 */
import {
  arange,
  compile,
  concat,
  fromNested,
  type Input,
  input,
  linearize,
  scan,
  type Tensor,
} from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { boneCount, globalRotation, poseSize, skinnedPositions } from './ht-pose.ts';
import { once } from './once.ts';

interface Problem {
  readonly theta: number[];
  /** Two coordinates within its triangle for each point; empty in the simple form. */
  readonly us: number[][];
  readonly data: {
    readonly model: {
      readonly parents: number[];
      readonly base_relatives: number[][][];
      readonly inverse_base_absolutes: number[][][];
      readonly base_positions: number[][];
      readonly weights: number[][];
      readonly triangles: number[][];
      readonly is_mirrored: boolean;
    };
    /** For each point its vertex, or its triangle. */
    readonly correspondences: number[];
    readonly points: number[][];
  };
}

type Points = Tensor<['points', 3], 'f64'>;

function posedHand() {
  const theta = input('theta', [poseSize], 'f64');
  const hand = {
    parents: input('parents', [boneCount], 'i32'),
    relatives: input('relatives', [boneCount, 4, 4], 'f64'),
    inverses: input('inverses', [boneCount, 4, 4], 'f64'),
    vertices: input('vertices', ['vertices', 4], 'f64'),
    weights: input('weights', ['vertices', boneCount], 'f64'),
    mirror: input('mirror', [3], 'f64'),
  };
  const points = input('points', ['points', 3], 'f64');
  const correspondences = input('correspondences', ['points'], 'i32');
  const turned = skinnedPositions(theta, hand).mul(hand.mirror).matmul(globalRotation(theta).transpose());
  const positions = turned.add(theta.slice(0, 3, 6));
  const inputs: Input[] = [theta, ...Object.values(hand), points, correspondences];
  return { theta, positions, points, correspondences, inputs };
}

/** The errors, and columns of their Jacobian for rows of directions. */
interface Model {
  readonly inputs: readonly Input[];
  readonly error: Points;
  readonly directions: number;
  readonly push: (direction: Tensor<[number], 'f64'>) => Points;
}

function simple(): Model {
  const { theta, positions, points, correspondences, inputs } = posedHand();
  const error = points.sub(positions.take(correspondences));
  const push = linearize(error, theta);
  return { inputs, error, directions: poseSize, push: (direction) => push(direction.as([poseSize])) };
}

/**
 * An error depends on the two coordinates of its own point alone: one direction that moves the first coordinate of every
 * point gives all of that part of the Jacobian, and a second one the other.
 */
function complicated(): Model {
  const { theta, positions, points, correspondences, inputs } = posedHand();
  const triangles = input('triangles', ['triangles', 3], 'i32');
  const us = input('us', ['points', 2], 'f64');
  const corners = positions.take(triangles.take(correspondences));
  const last = us.sum(1, { keepDims: true }).neg().add(1);
  const surface = corners.mul(concat([us, last], 1).expandDims(2)).sum(1);
  const error = points.sub(surface);
  const push = linearize(error, { us, theta });
  return {
    inputs: [...inputs, triangles, us],
    error,
    directions: 2 + poseSize,
    push: (direction) =>
      push({
        us: direction.slice(0, 0, 2).broadcastTo(['points', 2]),
        theta: direction.slice(0, 2).as([poseSize]),
      }),
  };
}

function programs(make: () => Model) {
  return {
    objective: once(() => {
      const { inputs, error } = make();
      return compile({ inputs, outputs: error.reshape(['points*3']) });
    }),
    /** Forward mode, one direction for each column: 26 or 28 of them for any number of points. */
    jacobian: once(() => {
      const { inputs, directions, push } = make();
      const basis = arange(directions).oneHot(directions, 'f64');
      const [, columns] = scan({ init: [], xs: basis }, (_, direction) => [[], push(direction)]);
      return compile({ inputs, outputs: columns.transpose([1, 2, 0]).reshape(['points*3', directions]) });
    }),
  };
}

const forms = { simple: programs(simple), complicated: programs(complicated) };

/** The feeds of the simple form, and those that the complicated one has besides. */
const feedsOf = fedOnce(({ theta, us, data: { model, points, correspondences } }: Problem) => ({
  common: {
    theta,
    parents: model.parents,
    relatives: fromNested(model.base_relatives, 'f64'),
    inverses: fromNested(model.inverse_base_absolutes, 'f64'),
    vertices: fromNested(model.base_positions, 'f64'),
    weights: fromNested(model.weights, 'f64'),
    mirror: [model.is_mirrored ? -1 : 1, 1, 1],
    points: fromNested(points, 'f64'),
    correspondences: fromNested(correspondences, 'i32'),
  },
  triangles: fromNested(model.triangles, 'i32'),
  us: fromNested(us, 'f64'),
}));

function run(name: 'objective' | 'jacobian', problem: Problem) {
  const { common, triangles, us } = feedsOf(problem);
  const result =
    problem.us.length === 0
      ? forms.simple[name]()(common)
      : forms.complicated[name]()({ ...common, triangles, us });
  return result.toNested();
}

export const ht: Evaluation = {
  functions: {
    objective: (problem: Problem) => run('objective', problem),
    jacobian: (problem: Problem) => run('jacobian', problem),
  },
};
