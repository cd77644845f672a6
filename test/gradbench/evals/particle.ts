/**
 * A charged particle is led to the origin: Euler's method with the gradient of a potential inside, as a loop without a
 * known number of steps, and gradient descent by what that loop gives.
 */
import { compile, constant, fill, input, stack, type Tensor, whileLoop } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { argmin, forward, type Gradient, reverse, type Scalar, type Vector } from './descent.ts';
import { once } from './once.ts';

interface Problem {
  /** Where the search for the control parameter starts: the second charge is at (10, 10 − w). */
  readonly w: number;
}

/** On the way from w = 0 a path takes at most 355 steps. */
const maxSteps = 512;
/** Of time, in each of which the particle flies straight. */
const step = 0.1;

const numbers = (values: number[]): Tensor<[2], 'f64'> => constant(values, 'f64').as([2]);

/** The square of where the particle crosses the first axis. */
function crossing(gradient: Gradient, w: Scalar): Scalar {
  const controlled = stack([fill(10, [], 'f64'), w.neg().add(10)]).as([2]);
  const charges = stack([numbers([10, 0]), controlled]);
  const potential = (at: Vector): Scalar => charges.sub(at).norm(1).reciprocal().sum().as([]);
  // A step that would end below the axis is not made.
  const { position, velocity } = whileLoop(
    { init: { position: numbers([0, 8]), velocity: numbers([0.75, 0]) }, maxSteps },
    ({ position, velocity }) => position.add(velocity.mul(step)).at(0, 1).greater(0),
    ({ position, velocity }) => ({
      position: position.add(velocity.mul(step)),
      velocity: velocity.sub(gradient(potential, position).mul(step)),
    }),
  );
  const remaining = position.at(0, 1).div(velocity.at(0, 1)).neg();
  return position.at(0, 0).add(velocity.at(0, 0).mul(remaining)).square();
}

/**
 * The control parameter that brings the crossing to the origin. The first mode derives by that parameter, the second by the
 * position of the particle.
 */
function variant(outer: Gradient, inner: Gradient) {
  const program = once(() => {
    const w = input('w', [], 'f64');
    const found = argmin(outer, (w) => crossing(inner, w.at(0, 0)), w.reshape([1]));
    return compile({ inputs: [w], outputs: found.at(0, 0) });
  });
  return ({ w }: Problem) => program()({ w });
}

export const particle: Evaluation = {
  functions: {
    ff: variant(forward, forward),
    fr: variant(forward, reverse),
    rf: variant(reverse, forward),
    rr: variant(reverse, reverse),
  },
};
