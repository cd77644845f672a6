/** Matrix products. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Binary, binary, type Operators } from './operator.ts';

interface GemmOptions {
  readonly c?: AnyTensor;
  readonly alpha?: number;
  readonly beta?: number;
  readonly aTranspose?: boolean;
  readonly bTranspose?: boolean;
}

/** α·a·b + β·c */
function gemm({ a, b }: Binary, { c, alpha = 1, beta = 1, aTranspose, bTranspose }: GemmOptions): AnyTensor {
  const product = ops.matmul(aTranspose ? ops.transpose(a) : a, bTranspose ? ops.transpose(b) : b);
  const scaled = alpha === 1 ? product : ops.mul(product, alpha);
  return c === undefined ? scaled : ops.add(scaled, beta === 1 ? c : ops.mul(c, beta));
}

export const products: Operators = { gemm, matmul: binary(ops.matmul) };
