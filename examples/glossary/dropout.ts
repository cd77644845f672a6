/**
 * Dropout, right. The page divides by the rate, which fits rate 0.5 alone: inverted dropout divides what is kept by
 * 1 − rate while training and does nothing in evaluation. Its code also scales up and down again in one run.
 */
import { compute, dropout, input, training } from 'cotangent';
import { activations, mask, maskRate02 } from './numbers.ts';
import { isMain, show } from './show.ts';

const x = input('x', [4, 6], 'f64');
const kept = input('mask', [4, 6], 'f64');

/** The page's own mask, so that the numbers can be compared: x · mask / (1 − rate). */
const dropped = (rate: number) => x.mul(kept).div(1 - rate);
export const rate05 = () => compute(dropped(0.5), { x: activations, mask });
export const rate02 = () => compute(dropped(0.2), { x: activations, mask: maskRate02 });

/** The layer draws its own mask, from the seed. */
const layer = dropout({ rate: 0.2, name: 'dropout' });
export const inTraining = () => compute(training(layer)(x), { x: activations });
export const inEvaluation = () => compute(layer(x), { x: activations });

if (isMain(import.meta.url)) {
  show('training at rate 0.5, with the mask of the page', rate05());
  show('training at rate 0.2, with another mask', rate02());
  show('the layer at rate 0.2 while training', inTraining());
  show('the layer in evaluation: nothing happens', inEvaluation());
}
