/** Misspelt options, and functions and values in each other’s places: nothing is silently not used. */
import { customRoot, fixedPoint, grad, hessian, jvp, vmap } from '@cotangent/autodiff';
import { compile, compute } from '@cotangent/engine';
import { customJvp, customVjp, fill, input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { batchNorm, crossEntropy, gaussianNll, training } from '@cotangent/layers';
import { trainer } from '@cotangent/train';
import { describe, test } from 'vitest';
import { says } from './says.ts';

const x = input('x', ['batch', 3]);

/** A function for those who do not use the types. */
const loose = (f: unknown) => f as (...args: unknown[]) => unknown;
const v = input('v', [3]);
type One = ReturnType<typeof fill>;

describe('misspelt options', () => {
  test.each<[string, () => unknown, string]>([
    [
      'of vmap',
      () => loose(vmap)({ xs: x, axes: 1 }, (row: unknown) => row),
      "vmap has no option 'axes': there is xs, axis, randomness",
    ],
    [
      'of fixedPoint',
      () => loose(fixedPoint)({ init: fill(1, []), tol: 1e-3 }, (r: One) => r.cos()),
      "fixedPoint has no option 'tol': there is init, tolerance, maxSteps",
    ],
    [
      'of customRoot',
      () => loose(customRoot)(v.sqrt(), (r: One) => r.square().sub(v), { solver: 1 }),
      "customRoot has no option 'solver': there is solve",
    ],
    [
      'of what is compiled',
      () => loose(compile)({ inputs: [v], outputs: v, update: [] }),
      "compile has no part 'update': there is inputs, outputs, updates",
    ],
    [
      'of compile',
      () => loose(compile)({ inputs: [v], outputs: v }, { sed: 1 }),
      "compile has no option 'sed': there is engine, state, seed",
    ],
    ['of compute', () => loose(compute)(v, { v: [1, 2, 3] }, { sate: 1 }), "compute has no option 'sate'"],
    [
      'of the option debug',
      () => loose(compile)({ inputs: [v], outputs: v }, { debug: { nans: true } }),
      "the option debug of compile has no option 'nans': there is nan, watch",
    ],
    [
      'in place of the record debug',
      () => loose(compile)({ inputs: [v], outputs: v }, { debug: true }),
      'the option debug of compile takes a record of options, not true: write { nan: … }',
    ],
    [
      'of the debugging of a trainer',
      () => loose(trainer)({ debug: { nans: true } }),
      "the option debug of trainer has no option 'nans': there is nan, gradientNorms",
    ],
    [
      'of a loss',
      () => loose(crossEntropy)(x, input('l', ['batch'], 'i32'), { labelSmooth: 0.1 }),
      "crossEntropy has no option 'labelSmooth': there is reduction, weights, classWeights",
    ],
    [
      'of a loss of three tensors',
      () => loose(gaussianNll)(v, v, v, { eps: 1 }),
      "gaussianNll has no option 'eps': there is reduction, weights, epsilon",
    ],
    [
      'and weights that stand where options do',
      () => loose(crossEntropy)(x, input('l', ['batch'], 'i32'), input('weight', ['batch'])),
      'crossEntropy takes a record of options, not f32[batch]',
    ],
    [
      'in the value of an option',
      () => loose(vmap)({ xs: x, randomness: 'diferent' }, (row: unknown) => row),
      "randomness of vmap is 'same' or 'different', not 'diferent'",
    ],
  ])('%s', (_, body, sentence) => says(body, 'BAD_ARGUMENT', sentence));
});

describe("functions and values in each other's places", () => {
  const square = (q: One) => q.square();
  test.each<[string, () => unknown, string]>([
    [
      'a function where the loss stands',
      () => loose(grad)(square, v),
      'a gradient is taken of the loss itself, not of a function: call it, as in grad(f(v), v)',
    ],
    ['a function in hessian', () => loose(hessian)(square, v), 'not of a function: call it'],
    [
      'a function in jvp',
      () => loose(jvp)(square, v, v),
      'not a function: give the value itself, as in f(x)',
    ],
    ['a number where the loss stands', () => loose(grad)(3, v), 'of a tensor, the loss, not of 3'],
    [
      'vmap with its function first',
      () => loose(vmap)(square, { xs: v }),
      'vmap takes its options before the function: write vmap({ xs }, f)',
    ],
    [
      'vmap of a tensor',
      () => loose(vmap)({ xs: x }, x),
      'what vmap applies to each example is a function, not f32[batch, 3]: write vmap({ xs }, (x) => …)',
    ],
    [
      'customVjp without its rule',
      () => loose(customVjp)(v.square(), v),
      'the rule of customVjp is a function, not undefined: write customVjp(value, wrt, (dy) => …)',
    ],
    [
      'customJvp of a tensor',
      () => loose(customJvp)(v.square(), v, v),
      'write customJvp(value, wrt, (dx) => …)',
    ],
    ['customRoot without a residual', () => loose(customRoot)(v), 'write customRoot(solution, (x) => …)'],
    [
      'fixedPoint without a step',
      () => loose(fixedPoint)({ init: fill(1, []) }),
      'write fixedPoint({ init }, (x) => …)',
    ],
  ])('%s', (_, body, sentence) => says(body, 'BAD_ARGUMENT', sentence));
});

test('batch norm in training inside of vmap', () =>
  says(
    () => vmap({ xs: x }, (row) => training(batchNorm())(row.expandDims(0))),
    'BATCH_TOO_SMALL',
    'inside of vmap a batch is one example: use evaluation(layer)',
  ));
test('a reshape with two open sizes', () =>
  says(
    () => loose(ops.reshape)(x, [-1, -1]),
    'SHAPE_MISMATCH',
    'cannot reshape [batch, 3] to [-1, -1]: at most one size of a shape is -1',
  ));
