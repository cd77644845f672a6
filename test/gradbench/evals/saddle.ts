/**
 * A saddle point by gradient descent whose objective is a maximum, itself found by gradient descent: the derivative of a
 * loop of derivatives.
 */
import { compile, concat, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { argmax, argmin, forward, type Gradient, reverse, type Scalar, type Vector } from './descent.ts';
import { once } from './once.ts';

interface Problem {
  /** Where every descent starts. */
  readonly start: number[];
}

/** The inner descent takes 170 steps from [1, 1] and 178 from [1000, 1000]. */
const maxSteps = 256;

const height = (x: Vector, y: Vector): Scalar => x.square().sum().sub(y.square().sum());

/** The x that minimizes the maximum over y, then the y of that maximum. The first mode derives by x, the second by y. */
function variant(outer: Gradient, inner: Gradient) {
  const program = once(() => {
    const start = input('start', [2], 'f64');
    const ridge = (x: Vector): Scalar =>
      height(
        x,
        argmax(inner, (y) => height(x, y), start, { maxSteps }),
      );
    const x = argmin(outer, ridge, start);
    const y = argmax(outer, (y) => height(x, y), start);
    return compile({ inputs: [start], outputs: concat([x, y], 0) });
  });
  return ({ start }: Problem) => program()({ start }).toNested();
}

export const saddle: Evaluation = {
  functions: {
    ff: variant(forward, forward),
    fr: variant(forward, reverse),
    rf: variant(reverse, forward),
    rr: variant(reverse, reverse),
  },
};
