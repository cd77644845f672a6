/** Matrix products and sums over named axes. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Call, Operators } from './operator.ts';

/** α·a·b + β·c */
function gemm(call: Call, a: AnyTensor, b: AnyTensor, c?: AnyTensor): AnyTensor {
  const [alpha, beta] = [call.number('alpha') ?? 1, call.number('beta') ?? 1];
  const [left, right] = [
    call.flag('transA') ? ops.transpose(a) : a,
    call.flag('transB') ? ops.transpose(b) : b,
  ];
  const product = ops.matmul(left, right);
  const scaled = alpha === 1 ? product : ops.mul(product, alpha);
  return c === undefined ? scaled : ops.add(scaled, beta === 1 ? c : ops.mul(c, beta));
}

/** The axes under dots get letters that the equation does not use. */
function withoutDots(equation: string, operands: readonly AnyTensor[]): string {
  const plain = equation.replaceAll(' ', '');
  if (!plain.includes('...')) return plain;
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !plain.includes(letter));
  const [left, right] = plain.split('->');
  const counts = left.split(',').map((term, i) => operands[i].shape.length - (term.length - 3));
  const most = Math.max(...left.split(',').map((term, i) => (term.includes('...') ? counts[i] : 0)));
  const dots = (count: number): string => free.slice(most - count, most).join('');
  const terms = left.split(',').map((term, i) => term.replace('...', dots(counts[i])));
  return right === undefined ? terms.join() : `${terms.join()}->${right.replace('...', dots(most))}`;
}

export const products: Operators = {
  Einsum: (call: Call, ...operands: readonly AnyTensor[]) =>
    ops.einsum(withoutDots(call.text('equation')!, operands), operands),
  Gemm: gemm,
  MatMul: (_: Call, a: AnyTensor, b: AnyTensor) => ops.matmul(a, b),
};
