/** W10: a chain of operations on 4 elements (a product, a sum and a sine in turn), built, differentiated and run once. */
import { compile, grad, HostArray, input, type Tensor } from 'cotangent';
import { rand, rssMiB } from '#common';
import type { AnyEngine } from './work.ts';

export interface ChainRun {
  readonly n: number;
  /** Seconds. */
  readonly s: number;
  /** MiB: the most of the process, and the most of it before the chain. */
  readonly rss: number;
  readonly base: number;
  /** The value, and the first entry of the gradient. */
  readonly check: readonly number[];
}

export async function runChain(engine: AnyEngine, n: number): Promise<ChainRun> {
  const values = new HostArray('f32', [4], rand(51, 4));
  const base = rssMiB();
  const started = performance.now();
  const x = input('x', [4]);
  let y: Tensor<[4], 'f32'> = x;
  for (let i = 0; i < n; i++) y = i % 3 === 0 ? y.mul(0.999) : i % 3 === 1 ? y.add(x) : y.sin();
  const value = y.sum();
  const program = compile({ inputs: [x], outputs: { value, gradient: grad(value, x) } }, { engine });
  const result = await program({ x: values });
  const check = [result.value, result.gradient.data[0]!];
  return { n, s: (performance.now() - started) / 1000, rss: rssMiB(), base, check };
}
