/** The square of a number and its derivative: the smallest evaluation. */
import { compile, grad, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { once } from './once.ts';

const programs = once(() => {
  const x = input('x', [], 'f64');
  const squared = x.mul(x);
  return {
    square: compile({ inputs: [x], outputs: squared }),
    double: compile({ inputs: [x], outputs: grad(squared, x) }),
  };
});

export const hello: Evaluation = {
  functions: {
    square: (x: number) => programs().square({ x }),
    double: (x: number) => programs().double({ x }),
  },
};
