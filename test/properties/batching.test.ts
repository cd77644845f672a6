/** vmap is a loop: for every primitive, on samples of the table of cases. */
import { describe, test } from 'vitest';
import { anySampleOf, primitiveNames, samplesOf } from '../cases/index.ts';
import { batchGradientLaws, batchLaws } from './batching.ts';
import { takesDoubles } from './laws.ts';
import { holds } from './runs.ts';

describe.each(primitiveNames)('%s', (op) => {
  test('vmap of it is a loop over the examples', () => holds(anySampleOf(op), batchLaws.vmapIsLoop, 100));

  if (takesDoubles(op))
    test('vmap of its gradient is a loop of gradients, and the gradient of vmap has them as entries', () =>
      holds(samplesOf(op, 'f64'), batchGradientLaws.vmapOfGradients, 40));
});
