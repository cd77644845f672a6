/** Matrix products as in numpy: vectors lose their axis again, leading axes broadcast. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Broadcast } from './broadcast.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { IsWide, Same, Show, ShowDim } from './outcome.ts';

type Words<A extends Shape, B extends Shape> = `cannot matmul ${Show<A>} with ${Show<B>}`;

/** The good outcome if the contracted dims agree. */
type Contract<A extends Shape, B extends Shape, K, L, Good> =
  Same<K, L> extends true
    ? Good
    : IsWide<K> extends true
      ? Good
      : IsWide<L> extends true
        ? Good
        : `${Words<A, B>}: ${ShowDim<K>} and ${ShowDim<L>} differ`;

/** Leading axes brought together, with the matrix axes behind. */
type Batched<
  A extends Shape,
  B extends Shape,
  X extends Shape,
  Y extends Shape,
  M extends Dim,
  N extends Dim,
  D extends DType,
> =
  Broadcast<X, Y, D> extends infer Batch
    ? Batch extends Tensor<infer S, DType>
      ? number extends S['length']
        ? Tensor<Shape, D>
        : Tensor<[...S, M, N], D>
      : Batch extends `${string}: ${infer Reason}`
        ? `${Words<A, B>}: ${Reason}`
        : never
    : never;

type Product<A extends Shape, B extends Shape, D extends DType> = number extends A['length'] | B['length']
  ? Tensor<Shape, D>
  : A extends readonly [...infer X extends Shape, infer M extends Dim, infer K extends Dim]
    ? B extends readonly [infer L extends Dim, infer N extends Dim]
      ? Contract<A, B, K, L, Tensor<[...X, M, N], D>>
      : B extends readonly [...infer Y extends Shape, infer L extends Dim, infer N extends Dim]
        ? Contract<A, B, K, L, Batched<A, B, X, Y, M, N, D>>
        : B extends readonly [infer L extends Dim]
          ? Contract<A, B, K, L, Tensor<[...X, M], D>>
          : `${Words<A, B>}: a scalar multiplies with .mul`
    : A extends readonly [infer K extends Dim]
      ? B extends readonly [...infer Y extends Shape, infer L extends Dim, infer N extends Dim]
        ? Contract<A, B, K, L, Tensor<[...Y, N], D>>
        : B extends readonly [infer L extends Dim]
          ? Contract<A, B, K, L, Tensor<[], D>>
          : `${Words<A, B>}: a scalar multiplies with .mul`
      : `${Words<A, B>}: a scalar multiplies with .mul`;

type Alike<S extends Shape, D extends DType, T extends Shape, E extends DType> =
  Same<D, E> extends true
    ? Product<S, T, D>
    : [E] extends [D]
      ? Product<S, T, E>
      : [D] extends [E]
        ? Product<S, T, D>
        : DTypesDiffer<D, E>;

/** a.matmul(b) */
export type Matmul<A extends AnyTensor, B extends AnyTensor> = Alike<
  A['shape'],
  A['dtype'],
  B['shape'],
  B['dtype']
>;
