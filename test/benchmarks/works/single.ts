/** W5 to W7: one operation, or one expression, at a time. */
import { compile, conv2d, grad, variable } from 'cotangent';
import { permute, rand } from '#common';
import { type AnyEngine, held, kept, type Repeated, windowKernel } from './work.ts';

/** W5: a product of two square matrices. */
export const matmul = (engine: AnyEngine, size: number): Repeated =>
  kept(
    engine,
    held('a', [size, size], rand(41, size * size)).matmul(held('b', [size, size], rand(42, size * size))),
  );
export const matmulFlop = (size: number): number => 2 * size ** 3;

/** W6: a convolution 3 × 3 from 64 to 64 channels of 8 images 56 × 56, forwards. */
export function convolution(engine: AnyEngine): Repeated {
  const images = permute(rand(43, 8 * 64 * 56 * 56), [8, 64, 56, 56], [0, 2, 3, 1]);
  const weights = rand(44, 64 * 64 * 9, -0.05, 0.05);
  const layer = conv2d({
    filters: 64,
    kernel: 3,
    padding: 'same',
    bias: false,
    kernelInitializer: windowKernel(weights, 64, 64),
  });
  return kept(engine, layer(held('x', [8, 56, 56, 64], images)));
}
export const convolutionFlop = 2 * 8 * 56 * 56 * 64 * 64 * 9;

/** W7: Σ tanh(1.3x + 0.2)·σ(x) − 0.5x² of a million numbers. */
function expression() {
  const x = held('x', [1e6], rand(45, 1e6, -2, 2));
  const y = x.mul(1.3).add(0.2).tanh().mul(x.sigmoid()).sub(x.square().mul(0.5));
  return { x, total: y.sum() };
}

export function elementwise(engine: AnyEngine): Repeated {
  const program = compile({ inputs: [], outputs: expression().total }, { engine });
  return { step: () => program({}), check: async () => await program({}) };
}

/** Value and gradient; the gradient stays where it is. */
export function elementwiseGradient(engine: AnyEngine): Repeated {
  const { x, total } = expression();
  const gradient = variable('gradient', [1e6]);
  const updates = [gradient.becomes(grad(total, x))];
  const program = compile({ inputs: [], outputs: total, updates }, { engine });
  return { step: () => program({}), check: async () => await program({}) };
}
