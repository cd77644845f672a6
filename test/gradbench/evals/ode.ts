/** An initial value problem of n equations, solved by Runge-Kutta; the gradient is taken of the last one's end. */
import { compile, concat, fill, grad, input, scan, type Tensor } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { oncePer } from './once.ts';

interface Problem {
  readonly x: number[];
  /** The number of Runge-Kutta steps. */
  readonly s: number;
}

type Vector = Tensor<['n'], 'f64'>;

/** Until when the equations are followed. */
const end = 2;

/** y(end) of y₀' = x₀, yᵢ' = xᵢ·yᵢ₋₁ with y(0) = 0, by the classical method of order 4 in one scan. */
function solution(x: Vector, steps: number): Vector {
  const h = end / steps;
  const one = fill(1, [1], 'f64');
  const slope = (y: Vector): Vector =>
    concat([one, y.slice(0, 0, -1)], 0)
      .as(['n'])
      .mul(x);
  const [last] = scan({ init: x.mul(0), length: steps }, (y) => {
    const k1 = slope(y);
    const k2 = slope(y.add(k1.mul(h / 2)));
    const k3 = slope(y.add(k2.mul(h / 2)));
    const k4 = slope(y.add(k3.mul(h)));
    return [
      y.add(
        k1
          .add(k2.mul(2))
          .add(k3.mul(2))
          .add(k4)
          .mul(h / 6),
      ),
    ];
  });
  return last;
}

const primal = oncePer((steps: number) => {
  const x = input('x', ['n'], 'f64');
  return compile({ inputs: [x], outputs: solution(x, steps) });
});

const gradient = oncePer((steps: number) => {
  const x = input('x', ['n'], 'f64');
  return compile({ inputs: [x], outputs: grad(solution(x, steps).at(0, -1), x) });
});

export const ode: Evaluation = {
  functions: {
    primal: ({ x, s }: Problem) => primal(s)({ x }).toNested(),
    gradient: ({ x, s }: Problem) => gradient(s)({ x }).toNested(),
  },
};
