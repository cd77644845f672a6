/** What the compiled engine once got wrong, as small as it could be made. */
import { compute } from '@cotangent/engine';
import { apply, fill, input, scan } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
import { Random } from '../../cases/random.ts';
import { valuesFor } from './products.ts';
import { agreesOn, engine, graphOf } from './running.ts';

test('the angle of an infinity and NaN is NaN', () => {
  const [y, x] = [input('y', [4]), input('x', [4])];
  const angle = compute(
    y.atan2(x),
    { y: [Infinity, -Infinity, NaN, NaN], x: [NaN, NaN, Infinity, -Infinity] },
    { engine },
  );
  expect(angle.toNested()).toEqual([NaN, NaN, NaN, NaN]);
});

test('windows of one element that reach into the padding behind the last axis see nothing there', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    const x = input('x', [3], dtype);
    const params = { window: [1], strides: [1], dilation: [1], padding: [[0, 5]] } as const;
    const values = arrayOf(dtype, [3], [-1, -2, -3]);
    agreesOn('exact', graphOf([x], apply('reduceWindowMax', [x], params)), [values]);
  }
});

test('sums that are cut in chunks land where the axes of a result say, in whatever order those lie', () => {
  const params = {
    strides: [1],
    padding: [[0, 0]],
    inputDilation: [1],
    kernelDilation: [1],
    featureGroups: 2,
    batchGroups: 1,
    input: { batch: 0, feature: 2, spatial: [1] },
    kernel: { batch: 2, feature: 1, spatial: [0] },
    output: { batch: 2, feature: 0, spatial: [1] },
  } as const;
  const [x, k] = [input('x', [3, 25, 100]), input('k', [20, 50, 10])];
  const random = new Random(1);
  agreesOn(
    'exact',
    graphOf([x, k], apply('convGeneral', [x, k], params)),
    valuesFor(random, [x, k], 'whole'),
  );
});

test('a loop over the rows of a matrix may have a loop over the entries of a row', () => {
  const x = input('x', [3, 4]);
  const [last] = scan({ init: fill(0, []), xs: x }, (total, row) => [
    scan({ init: total, xs: row }, (sum, entry) => [sum.mul(2).add(entry)])[0],
  ]);
  agreesOn('exact', graphOf([x], [last]), valuesFor(new Random(1), [x], 'whole'));
});

test('what padding cuts off is computed all the same, if somebody else needs it', () => {
  for (const padding of [[[-1, 0]], [[0, -4]]] as const) {
    const x = input('x', [4]);
    const opposite = ops.neg(x);
    const [cut] = apply('pad', [opposite, fill(0, [])], { padding, interior: [0] });
    agreesOn('exact', graphOf([x], [opposite, cut!]), valuesFor(new Random(1), [x], 'whole'));
  }
});
