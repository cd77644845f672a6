/**
 * Pooling, right. The page swaps rows and columns, computes an output height that does not fit its loop, and keeps
 * windows that are cut off at the border. Average pooling and gradients are missing there.
 */
import { averagePool2d, compute, input, maxPool2d } from 'cotangent';
import { featureMap } from './numbers.ts';
import { isMain, show } from './show.ts';

const x = input('x', [1, 4, 4, 2], 'f64');
export const maximum = () => compute(maxPool2d(2)(x), { x: [featureMap] });
export const average = () => compute(averagePool2d(2)(x), { x: [featureMap] });

if (isMain(import.meta.url)) {
  show('max pooling, window 2, stride 2: [batch, height, width, channels]', maximum());
  show('average pooling', average());
}
