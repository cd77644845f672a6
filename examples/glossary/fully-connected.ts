/**
 * Fully connected layers, with softmax and with sigmoid. The page says that sigmoid gives probabilities "for each
 * class" that sum to 1: they do not; each is a probability by itself, and only softmax sums to 1.
 */
import { compile, input, linear } from 'cotangent';
import { offsets, points, weights } from './numbers.ts';
import { isMain, show } from './show.ts';

export function outputs() {
  const x = input('x', ['batch', 4], 'f64');
  const y = linear({ units: 2, name: 'layer' })(x);
  const program = compile({
    inputs: [x],
    outputs: { affine: y, softmax: y.softmax(), sigmoid: y.sigmoid() },
  });
  // The page keeps weights as [out, in]; kernels are [in, out].
  program.state.set(
    'layer/kernel',
    weights[0]!.map((_, input) => weights.map((row) => row[input]!)),
  );
  program.state.set('layer/bias', offsets);
  return program({ x: points });
}

if (isMain(import.meta.url)) {
  const { affine, softmax, sigmoid } = outputs();
  show('x·Wᵀ + b', affine);
  show('softmax: each row sums to 1', softmax);
  show('sigmoid: each entry is a probability by itself', sigmoid);
}
