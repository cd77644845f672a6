/**
 * A small dense linear system in the graph: LU decomposition with row exchanges (Golub and Van Loan, "Matrix
 * Computations", algorithms 3.4.1, 3.1.1 and 3.1.2), each pass one loop. The passes over the right-hand side are linear
 * in it, so they can be transposed.
 */
import { type AnyTensor, scan } from '@cotangent/graph';
import {
  abs,
  add,
  argmax,
  div,
  equal,
  expandDims,
  greater,
  inner,
  iota,
  mul,
  splat,
  sub,
  take,
  where,
} from '@cotangent/graph/ops';

/** x with A·x = b, for A [n, n] and b [n]. A singular matrix gives infinities or NaN. */
export function solveDense(matrix: AnyTensor, rightSide: AnyTensor): AnyTensor {
  const size = matrix.shape[0]!;
  const rows = iota([size], 0);
  const row = (x: AnyTensor, i: AnyTensor): AnyTensor => take(x, i, 0);
  // Step i brings the row with the largest entry of column i to row i, and takes multiples of it from the rows below.
  const [, { order, factors, pivot }] = scan({ init: matrix, xs: rows }, (left, i) => {
    const candidates = where(greater(add(rows, 1), i), abs(take(left, i, 1)), -1);
    const best = argmax(candidates, 0);
    const order = where(equal(rows, i), best, where(equal(rows, best), i, rows));
    const exchanged = take(left, order, 0);
    const pivot = row(exchanged, i);
    const factors = where(greater(rows, i), div(take(exchanged, i, 1), row(pivot, i)), 0);
    const next = sub(exchanged, mul(expandDims(factors, 1), expandDims(pivot, 0)));
    return [next, { order, factors, pivot }];
  });
  const [forward] = scan({ init: rightSide, xs: { i: rows, order, factors } }, (b, at) => {
    const exchanged = take(b, at.order, 0);
    return [sub(exchanged, mul(at.factors, row(exchanged, at.i)))];
  });
  const [solution] = scan(
    {
      init: splat(0, rightSide.shape, rightSide.dtype),
      xs: { i: rows, pivot, b: forward },
      reverse: true,
    },
    (x, at) => {
      const entry = div(sub(at.b, inner(at.pivot, x)), row(at.pivot, at.i));
      return [where(equal(rows, at.i), entry, x)];
    },
  );
  return solution;
}
