/** Graphs on which the laws of loops and branches fire. */
import { type AnyTensor, input, type Tree } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Example } from './examples.ts';

const x = () => input('x', [4, 3]);
const row = () => input('row', [3]);

/** All tensors that a loop gives, chosen ones alone. */
const scanned = (
  length: number,
  body: (carry: { a: AnyTensor; b: AnyTensor }, entry: AnyTensor) => readonly [Tree, Tree?],
  pick: (carry: { a: AnyTensor; b: AnyTensor }, ys: AnyTensor) => AnyTensor[],
): AnyTensor[] => {
  const start = row();
  const entries = ops.slice(x(), 0, 0, length);
  const [carry, ys] = ops.scan({ init: { a: start, b: ops.sin(start) }, xs: entries }, body as never);
  return pick(carry as never, ys as AnyTensor);
};

export const controlExamples: Readonly<Record<string, readonly Example[]>> = {
  'cond on a constant is the branch': [true, false].map((chosen) => () => {
    const a = x();
    const result = ops.cond(
      ops.splat(chosen, [], 'bool'),
      () => ops.exp(a),
      () => ops.neg(a),
    );
    return [result as AnyTensor];
  }),
  'a loop of no step gives its first carries, a loop of one step is its body': [0, 1].map(
    (length) => () =>
      scanned(
        length,
        ({ a, b }, entry) => [{ a: ops.add(a, entry), b: ops.mul(b, a) }, ops.mul(a, b)],
        ({ a, b }, ys) => [a, b, ys],
      ),
  ),
  'results, carries and operands that nobody needs go; what does not change from step to step is computed once':
    [
      // b feeds only itself, and the ys are not looked at.
      () =>
        scanned(
          4,
          ({ a, b }, entry) => [{ a: ops.tanh(ops.add(a, entry)), b: ops.mul(b, a) }, ops.mul(a, b)],
          ({ a }) => [a],
        ),
      // b stays as it is, and its exponential is the same in every step.
      () =>
        scanned(
          4,
          ({ a, b }, entry) => [{ a: ops.add(ops.mul(a, ops.exp(b)), entry), b }, a],
          ({ a, b }, ys) => [a, b, ys],
        ),
      // What comes from outside twice comes once; a constant is made inside.
      () => {
        const [outer, ones] = [input('outer', [3]), ops.splat(1, [3], 'f32')];
        return scanned(
          4,
          ({ a, b }, entry) => [
            { a: ops.add(ops.mul(a, ops.sin(outer)), entry), b: ops.sub(ops.add(b, ones), outer) },
          ],
          ({ a, b }) => [a, b],
        );
      },
      () => {
        const [limit, start] = [row(), input('start', [])];
        const end = ops.whileLoop(
          { init: { n: ops.splat(0, [], 'i32'), sum: start, unused: start }, maxSteps: 9 },
          ({ n }: { n: AnyTensor }) => ops.less(n, 5),
          ({ n, sum, unused }: { n: AnyTensor; sum: AnyTensor; unused: AnyTensor }) => ({
            n: ops.add(n, 1),
            sum: ops.add(sum, ops.sum(ops.cos(limit))),
            unused: ops.mul(unused, 2),
          }),
        ) as { n: AnyTensor; sum: AnyTensor };
        return [end.n, end.sum];
      },
      () => {
        const a = x();
        const both = ops.cond(
          ops.greater(ops.sum(a), 0),
          () => ({ kept: ops.exp(a), dropped: ops.sin(a) }),
          () => ({ kept: ops.neg(a), dropped: a }),
        ) as { kept: AnyTensor };
        return [both.kept];
      },
      () => {
        const both = ops.call(((a: AnyTensor, b: AnyTensor) => [ops.exp(a), ops.sin(b)]) as never, [
          x(),
          row(),
        ]) as AnyTensor[];
        return [both[0]!];
      },
    ],
};
