import { closeGraph, type Dim, input, type PrimitiveName, variable } from '@cotangent/graph';
import {
  add,
  conv,
  convTranspose,
  gatherAt,
  matmul,
  maxPool,
  relu,
  reshape,
  sum,
} from '@cotangent/graph/ops';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flopRules, flopsOf, graphFlops } from './flops.ts';
import { usedTaps } from './taps.ts';

test('a product of matrices counts two operations per pair of factors', () => {
  const y = matmul(input('x', ['batch', 784]), variable('w', [784, 10]));
  expect(flopsOf(y.node)).toBe('batch*15680');
  expect(flopsOf(y.node, { batch: 32 })).toBe(2 * 32 * 784 * 10);
});

test('a convolution counts two operations per output, tap and channel', () => {
  const x = input('x', [2, 8, 8, 3]);
  expect(flopsOf(conv(x, variable('k', [3, 3, 3, 4])).node)).toBe(2 * (2 * 6 * 6 * 4) * (3 * 3 * 3));
});

test('taps on padding are no work: a padded line of 5 with a window of 3 has 13 pairs, not 15', () => {
  const x = input('x', [1, 5, 1]);
  expect(flopsOf(conv(x, variable('k', [3, 1, 1]), { padding: 'same' }).node)).toBe(2 * 13);
});

test('groups divide the channels of each filter', () => {
  const y = conv(input('x', [1, 5, 5, 4]), variable('k', [3, 3, 1, 4]), { groups: 4 });
  expect(flopsOf(y.node)).toBe(2 * 3 * 3 * 4 * 9);
});

test('a transposed convolution does not count the zeros between the elements', () => {
  // Every element of the input meets every tap of the kernel once.
  const y = convTranspose(input('x', [1, 4, 1]), variable('k', [3, 1, 1]), { stride: 2 });
  expect(flopsOf(y.node)).toBe(2 * 4 * 3);
});

test('pairs of positions and taps agree with counting one by one', () => {
  const small = (least: number, most: number) => fc.integer({ min: least, max: most });
  fc.assert(
    fc.property(
      small(1, 8),
      small(1, 4),
      small(0, 9),
      small(-2, 4),
      small(1, 3),
      small(1, 3),
      small(1, 3),
      (size, window, count, low, stride, inputDilation, kernelDilation) => {
        let pairs = 0;
        for (let p = 0; p < count; p++)
          for (let tap = 0; tap < window; tap++) {
            const at = p * stride + tap * kernelDilation - low;
            if (at >= 0 && at <= (size - 1) * inputDilation && at % inputDilation === 0) pairs++;
          }
        expect(usedTaps({ size, window, count, low, stride, inputDilation, kernelDilation })).toBe(pairs);
      },
    ),
  );
});

test('windows, reductions, elementwise operations and movement', () => {
  const x = input('x', [2, 4, 4, 3]);
  const cases: [ReturnType<typeof add>, Dim][] = [
    [maxPool(x, 2), 2 * 2 * 2 * 3 * 4],
    [sum(x), 96],
    [add(x, x), 96],
    [reshape(x, [96]), 0],
    [gatherAt(input('t', [5, 3]), input('i', [7, 1], 'i32')), 0],
  ];
  for (const [y, expected] of cases) expect(flopsOf(y.node)).toBe(expected);
});

test('leaves cost nothing and a graph is the sum of its nodes', () => {
  const x = input('x', ['batch', 4]);
  const graph = closeGraph({ outputs: { y: sum(add(relu(x), x), 1) } });
  expect(flopsOf(x.node)).toBe(0);
  expect(graphFlops(graph, { batch: 10 })).toBe(
    graph.nodes.reduce((total, node) => total + Number(flopsOf(node, { batch: 10 })), 0),
  );
  expect(graphFlops(graph)).toBe('batch*16');
});

test('the compiler refuses a table without some primitive', () => {
  const { dotGeneral: _, ...rest } = flopRules;
  // @ts-expect-error dotGeneral is missing
  rest satisfies Record<PrimitiveName, unknown>;
});
