/**
 * Convolution, right. The page's code stops at an undefined name (`img_mx`), ignores its stride and does not say that
 * what every framework calls convolution is cross-correlation: the filter is not flipped.
 */

import { conv, reshape, reverse } from '@cotangent/graph/ops';
import { compute, input } from 'cotangent';
import { asymmetricFilter, filter, image } from './numbers.ts';
import { isMain, show } from './show.ts';

const x = input('image', [4, 4], 'f64');
const w = input('filter', [2, 2], 'f64');

/** One image of one channel through one filter. */
const convolve = (kernel: Parameters<typeof conv>[1], stride: number) => {
  const y = conv(reshape(x, [1, 4, 4, 1]), reshape(kernel, [2, 2, 1, 1]), { stride });
  return reshape(y, y.shape.slice(1, 3));
};

export const convolution = () => compute(convolve(w, 1), { image, filter });
export const withStride2 = () => compute(convolve(w, 2), { image, filter });
export const crossCorrelation = () => compute(convolve(w, 1), { image, filter: asymmetricFilter });
export const trueConvolution = () => compute(convolve(reverse(w), 1), { image, filter: asymmetricFilter });

if (isMain(import.meta.url)) {
  show('convolution of the image with [[1, 0], [0, 1]]', convolution());
  show('the same with stride 2', withStride2());
  show('cross-correlation with [[1, 2], [-1, 0.5]], which is what layers compute', crossCorrelation());
  show('true convolution: the same filter, flipped', trueConvolution());
}
