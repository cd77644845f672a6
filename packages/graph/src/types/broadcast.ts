/** Broadcasting of elementwise operations, from the last axis backwards; an axis of size 1 repeats. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';

import type { IsWide, Same, Show, ShowDim } from './outcome.ts';

/** The outcome of bringing two shapes together, as a tensor of dtype `D`. */
export type Broadcast<A extends Shape, B extends Shape, D extends DType> =
  Same<A, B> extends true
    ? Tensor<A, D>
    : B extends readonly []
      ? Tensor<A, D>
      : A extends readonly []
        ? Tensor<B, D>
        : number extends A['length'] | B['length']
          ? Tensor<Shape, D>
          : Step<A, B, A, B, [], D>;

// `One` is a parameter, so that a type parameter of the caller is at once known to be no 1.
type Step<
  A extends Shape,
  B extends Shape,
  RestA extends Shape,
  RestB extends Shape,
  Out extends Shape,
  D extends DType,
  One = 1,
> = RestA extends readonly [...infer P extends Shape, infer X extends Dim]
  ? RestB extends readonly [...infer Q extends Shape, infer Y extends Dim]
    ? Same<X, Y> extends true
      ? Step<A, B, P, Q, [X, ...Out], D>
      : Same<Y, One> extends true
        ? Step<A, B, P, Q, [X, ...Out], D>
        : Same<X, One> extends true
          ? Step<A, B, P, Q, [Y, ...Out], D>
          : IsWide<X> extends true
            ? Step<A, B, P, Q, [Y, ...Out], D>
            : IsWide<Y> extends true
              ? Step<A, B, P, Q, [X, ...Out], D>
              : `cannot broadcast ${Show<A>} with ${Show<B>}: ${ShowDim<X>} and ${ShowDim<Y>} differ`
    : Tensor<[...RestA, ...Out], D>
  : Tensor<[...RestB, ...Out], D>;
