/** Every primitive and dtype on the compiled engine: what the interpreter gives, as near as the table says. */
import { describe, test } from 'vitest';
import { casesOf, primitiveNames } from '../../cases/index.ts';
import { holds } from '../runs.ts';
import { agrees } from './running.ts';
import { sizedSamplesOf } from './samples.ts';

describe.each(primitiveNames)('%s', (op) => {
  for (const dtype of casesOf(op).dtypes)
    for (const wild of [false, true])
      test(`of ${dtype}${wild ? ', with infinities, NaN and extremes' : ''}`, () =>
        holds(sizedSamplesOf(op, dtype, wild), (sample) => agrees(op, sample), 8));
});
