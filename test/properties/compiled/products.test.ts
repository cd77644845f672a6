/** Products and convolutions at the sizes at which tiles, vectors and panels end. */
import { describe, test } from 'vitest';
import { holds } from '../runs.ts';
import { convolutions, dots, type Sized } from './products.ts';
import { agreesOn, graphOf } from './running.ts';

const exactly = ({ inputs, results, values }: Sized): void =>
  agreesOn('exact', graphOf(inputs, results), values);
const nearly = ({ inputs, results, values }: Sized): void =>
  agreesOn('sum', graphOf(inputs, results), values);

describe('dot products', () => {
  test('of whole numbers are exact', () => holds(dots('whole'), exactly, 600));
  test('of any numbers are rounded as sums are', () => holds(dots('real'), nearly, 100));
});

describe('convolutions', () => {
  test('of whole numbers are exact', () => holds(convolutions('whole'), exactly, 400));
  test('of any numbers are rounded as sums are', () => holds(convolutions('real'), nearly, 100));
});
