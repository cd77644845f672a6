import { fromNested, type ValueType } from '@cotangent/graph';
import { add, broadcastTo, mul, sum } from '@cotangent/graph/ops';
import { expect, test } from 'vitest';
import { bodyOf, runAll, scalarType as scalar } from '../testing.ts';

const pair: ValueType = { dtype: 'f32', shape: [2] };

test('customJvp passes its values on, and never runs its rule', () => {
  const rule = bodyOf([scalar('i32'), scalar()], (_, tangent) => [broadcastTo(tangent, [2])]);
  const operands = [fromNested([3, 4]), fromNested(5), fromNested(6, 'i32')];
  const results = runAll('customJvp', operands, { values: 1, primals: 1, body: rule });
  expect(results.map((result) => result.toNested())).toEqual([[3, 4]]);
});

test('customVjp passes its values on, and never runs its rule', () => {
  const rule = bodyOf([pair, scalar()], (a, b) => [sum(a), b]);
  const operands = [fromNested([3, 4]), fromNested(7), fromNested(5), fromNested(6)];
  const results = runAll('customVjp', operands, { values: 2, primals: 2, body: rule });
  expect(results.map((result) => result.toNested())).toEqual([[3, 4], 7]);
});

test('customLinear is the map whose transpose its body is', () => {
  // The body: a, c (a pair), e ↦ t0 = a·c + e in both places, t1 = 3·Σc. So y0 = a·t0 + 3·t1, y1 = Σt0.
  const body = bodyOf([scalar(), pair, scalar()], (a, c, e) => [add(mul(c, a), e), mul(sum(c), 3)]);
  const operands = [fromNested(2), fromNested([1, 10]), fromNested(5)];
  const results = runAll('customLinear', operands, { consts: 1, body });
  expect(results.map((result) => result.toNested())).toEqual([[17, 35], 11]);
});

test('customLinear with a result of no elements gives no elements', () => {
  const body = bodyOf([{ dtype: 'f32', shape: [0] }], (c) => [sum(c)]);
  const [result] = runAll('customLinear', [fromNested(4)], { consts: 0, body });
  expect(result!.shape).toEqual([0]);
});
