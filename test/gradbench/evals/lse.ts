/** ln Σ exp(x), shifted by the maximum, and its gradient; the maximum is derived like everything else. */
import { compile, grad, input } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { once } from './once.ts';

interface Input {
  readonly x: readonly number[];
}

const programs = once(() => {
  const x = input('x', ['length'], 'f64');
  const largest = x.max();
  const value = x.sub(largest).exp().sum().log().add(largest);
  return {
    primal: compile({ inputs: [x], outputs: value }),
    gradient: compile({ inputs: [x], outputs: grad(value, x) }),
  };
});

const feeds = fedOnce(({ x }: Input) => ({ x: Float64Array.from(x) }));

export const lse: Evaluation = {
  functions: {
    primal: (input: Input) => programs().primal(feeds(input)),
    gradient: (input: Input) => programs().gradient(feeds(input)),
  },
};
