/** What the compiled engine once got wrong, as small as it could be made. */
import { compute } from '@cotangent/engine';
import { apply, input } from '@cotangent/graph';
import { expect, test } from 'vitest';
import { arrayOf } from '../../cases/arrays.ts';
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
