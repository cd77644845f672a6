/** A small classifier whose derivatives are to be checked: `npm run cotangent -- gradcheck examples/gradcheck/model.ts`. */
import { batchNorm, crossEntropy, input, linear, named, sequential, tanh, training } from 'cotangent';

const x = input('x', ['batch', 3]);
const label = input('label', ['batch'], 'i32');
const { net } = named({ net: sequential(linear({ units: 4 }), batchNorm(), tanh(), linear({ units: 2 })) });

export const loss = crossEntropy(training(net)(x), label);
export const point = {
  x: [
    [0.1, 0.2, 0.3],
    [0.5, -0.4, 0.2],
    [-0.7, 0.6, 0.9],
  ],
  label: [0, 1, 1],
};
export const options = { seed: 1 };
