/** Programs over whole numbers: the compiled engine and the interpreter agree in every bit. */
import { describe, test } from 'vitest';
import { holds } from '../runs.ts';
import { runsAlike } from './programs.ts';
import { largeSize, smallSize, wholePrograms } from './whole.ts';

describe('programs over whole numbers', () => {
  test('of small tensors are exact, call after call', () =>
    holds(wholePrograms(smallSize), (program) => runsAlike(program, 'exact'), 200));

  test('of large tensors are exact', () =>
    holds(wholePrograms(largeSize), (program) => runsAlike(program, 'exact'), 15));
});
