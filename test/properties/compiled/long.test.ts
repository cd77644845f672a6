/** Long arrays on the compiled engine: blocks, chunks, vectors and what they leave over. */
import { describe, test } from 'vitest';
import { casesOf, primitiveNames } from '../../cases/index.ts';
import { holds } from '../runs.ts';
import { longChains, longReductions } from './long.ts';
import type { Sized } from './products.ts';
import { agrees, agreesOn, graphOf } from './running.ts';
import { largeSamplesOf } from './samples.ts';

const exactly = ({ inputs, results, values }: Sized): void =>
  agreesOn('exact', graphOf(inputs, results), values);

describe('reductions', () => {
  test('of whole numbers are exact, however they are cut', () =>
    holds(longReductions(20_000, 'whole'), exactly, 250));
  test('of more elements than fit into 64 chunks', () => holds(longReductions(700_000, 'whole'), exactly, 8));
  test('of any numbers are rounded as sums are', () =>
    holds(
      longReductions(50_000, 'real'),
      ({ inputs, results, values }) => agreesOn('sum', graphOf(inputs, results), values),
      60,
    ));
});

test('chains of elementwise functions are exact in blocks and behind them', () =>
  holds(longChains(20_000), exactly, 120));

describe('larger samples of the table of cases', () => {
  // Products have large shapes of their own, next door.
  const others = primitiveNames.filter((op) => op !== 'dotGeneral' && op !== 'convGeneral');

  test.each(others)('%s', (op) => {
    for (const dtype of casesOf(op).dtypes)
      holds(largeSamplesOf(op, dtype), (sample) => agrees(op, sample), 2);
  });
});
