/**
 * Recurrent layers against PyTorch: sequences as layers and as functions of weights, single steps, and the same numbers
 * however the loop is run.
 */
import { describe, test } from 'vitest';
import { engines } from '../engines.ts';
import { checkCases, expectAllDone } from './check.ts';
import { readGroup } from './fixtures.ts';
import { functionRows, type Loop, layerRows, stepRows, withOneBias } from './recurrences.ts';

const cases = readGroup('recurrent');
const sequences = cases.filter(({ op }) => op in functionRows);
const steps = cases.filter(({ op }) => op in stepRows);

describe.each(engines)('recurrent, on %s', (_, engine) => {
  const done = new Set<string>();
  checkCases(sequences.map(withOneBias), layerRows({}), done, engine);
  checkCases(steps, stepRows, done, engine);
  test('every case of the index has passed', () => expectAllDone('recurrent', done));
});

describe.each(engines)('as functions of weights, with the two biases of PyTorch, on %s', (_, engine) => {
  checkCases(sequences, functionRows, new Set(), engine);
});

const loops: readonly Loop[] = [{ unroll: true }, { remat: 1 }, { remat: 2 }, { remat: 'sqrt' }];
describe.each(loops)('the same values and gradients with %j', (loop) => {
  describe.each(engines)('on %s', (_, engine) =>
    checkCases(sequences.map(withOneBias), layerRows(loop), new Set(), engine),
  );
});
