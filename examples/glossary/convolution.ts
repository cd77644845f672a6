/**
 * Convolution, right. The page's code stops at an undefined name (`img_mx`), ignores its stride and does not say that
 * what every framework calls convolution is cross-correlation: the filter is not flipped.
 */

import { compute, conv, input, type Tensor } from 'cotangent';
import { asymmetricFilter, filter, image } from './numbers.ts';
import { isMain, show } from './show.ts';

const x = input('image', [4, 4], 'f64');
const w = input('filter', [2, 2], 'f64');

/** One image of one channel through one filter. */
const convolve = (kernel: Tensor<[2, 2], 'f64'>, stride: number) =>
  conv(x.reshape([1, 4, 4, 1]), kernel.reshape([2, 2, 1, 1]), { stride })
    .at(0, 0)
    .at(-1, 0);

export const convolution = () => compute(convolve(w, 1), { image, filter });
export const withStride2 = () => compute(convolve(w, 2), { image, filter });
export const crossCorrelation = () => compute(convolve(w, 1), { image, filter: asymmetricFilter });
export const trueConvolution = () => compute(convolve(w.reverse(), 1), { image, filter: asymmetricFilter });

if (isMain(import.meta.url)) {
  show('convolution of the image with [[1, 0], [0, 1]]', convolution());
  show('the same with stride 2', withStride2());
  show('cross-correlation with [[1, 2], [-1, 0.5]], which is what layers compute', crossCorrelation());
  show('true convolution: the same filter, flipped', trueConvolution());
}
