/** Products and convolutions at the sizes at which tiles, vectors and panels end. */
import { describe, test } from 'vitest';
import { holds } from '../runs.ts';
import { convolutions, dots, largeDots, type Sized } from './products.ts';
import { agreesOn, graphOf } from './running.ts';

const exactly = ({ inputs, results, values }: Sized): void =>
  agreesOn('exact', graphOf(inputs, results), values);
const nearly = ({ inputs, results, values }: Sized): void =>
  agreesOn('sum', graphOf(inputs, results), values);

describe('dot products', () => {
  test('of whole numbers are exact', () => holds(dots('whole'), exactly, 500));
  test('of whole numbers are exact where rows and terms are cut in blocks', () =>
    holds(largeDots('whole'), exactly, 60));
  test('of any numbers are rounded as sums are', () => holds(dots('real'), nearly, 60));
  test('of any numbers, cut in blocks, are rounded as sums are', () => holds(largeDots('real'), nearly, 20));
});

describe('convolutions', () => {
  test('of whole numbers are exact', () => holds(convolutions('whole'), exactly, 300));
  test('of any numbers are rounded as sums are', () => holds(convolutions('real'), nearly, 60));
});
