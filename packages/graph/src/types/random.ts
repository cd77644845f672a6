/** What random numbers take: keys of two words, and logits to sample from. */
import type { AnyTensor, Tensor } from '../node.ts';
import type { Show } from './outcome.ts';
import type { ReduceAxis } from './reduction.ts';

/** A random key: two words. */
export type RandomKey = Tensor<[2], 'u32'>;

/** A key, or the sentence that it is none. */
export type KeyOf<K extends AnyTensor> = ['u32'] extends [K['dtype']]
  ? number extends K['shape']['length']
    ? RandomKey
    : K['shape'] extends readonly [infer N]
      ? 2 extends N
        ? RandomKey
        : NoKey<K>
      : NoKey<K>
  : NoKey<K>;
type NoKey<K extends AnyTensor> =
  `a random key is u32[2], not ${K['dtype']}${Show<K['shape']>}: make one with randomKey(seed)`;

/** A class for each row of logits. */
export type Sampled<L extends AnyTensor> = ReduceAxis<L, -1, 'i32'>;
