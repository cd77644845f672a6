/** A long chain: what depth tests and the benchmark of scale build. */
import { type AnyTensor, Input } from '@cotangent/graph';
import { add, mul, sin, sum } from '@cotangent/graph/ops';

/** A product with a literal, a sum with a literal and a sine in turn, `length` nodes on 4 elements, then their sum. */
export function chainOf(length: number): { readonly x: Input; readonly loss: AnyTensor } {
  const x = new Input('x', [4], 'f32');
  let y: AnyTensor = x;
  for (let i = 0; i < length; i++) y = i % 3 === 0 ? mul(y, 1.0001) : i % 3 === 1 ? add(y, 0.1) : sin(y);
  return { x, loss: sum(y) };
}
