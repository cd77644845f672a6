/** Outcomes of moving axes: transpose, swapAxes, moveAxis, expandDims, squeeze, broadcastTo; and of `as`. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { At, Before, From, Position, Positions, With, Without } from './axis.ts';
import type { Agree, IsWide, Same, Show, ShowDim, ShowList, Writable } from './outcome.ts';

type Backwards<S, Out extends Shape = []> = S extends readonly [infer D extends Dim, ...infer Rest]
  ? Backwards<Rest, [D, ...Out]>
  : Out;
type NoPermutation<
  S extends Shape,
  Order extends readonly unknown[],
> = `[${ShowList<Order>}] is not a permutation of the ${S['length']} axes of ${Show<S>}`;
type Permuted<
  S extends Shape,
  Order extends readonly unknown[],
  D extends DType,
  Rest = Order,
  Used = never,
  Out extends Shape = [],
> = Rest extends readonly [infer A, ...infer More]
  ? Position<S, A> extends infer P
    ? P extends string
      ? P
      : number extends P
        ? Tensor<Shape, D>
        : P extends Used
          ? NoPermutation<S, Order>
          : Permuted<S, Order, D, More, Used | P, [...Out, At<S, P>]>
    : never
  : Out['length'] extends S['length']
    ? Tensor<Out, D>
    : NoPermutation<S, Order>;

/** x.transpose(order): result axis i is operand axis order[i]; reversed without an order. */
export type Transpose<T extends AnyTensor, Order> = number extends T['shape']['length']
  ? Tensor<Shape, T['dtype']>
  : Order extends readonly unknown[]
    ? number extends Order['length']
      ? Tensor<Shape, T['dtype']>
      : Permuted<T['shape'], Order, T['dtype']>
    : Tensor<Backwards<T['shape']>, T['dtype']>;

/** Two dims change places. */
export type SwapAxes<T extends AnyTensor, A, B> = Swapped<
  T['shape'],
  Position<T['shape'], A>,
  Position<T['shape'], B>,
  T['dtype']
>;
type Swapped<S extends Shape, P, Q, D extends DType> = P extends string
  ? P
  : Q extends string
    ? Q
    : P extends number
      ? Q extends number
        ? number extends P | Q
          ? Tensor<Shape, D>
          : Tensor<With<With<S, P, S[Q]>, Q, S[P]>, D>
        : never
      : never;

/** One axis goes to another place. */
export type MoveAxis<T extends AnyTensor, A, To> = Moved<
  T['shape'],
  Position<T['shape'], A>,
  Position<T['shape'], To>,
  T['dtype']
>;
type Moved<S extends Shape, P, Q, D extends DType> = P extends string
  ? P
  : Q extends string
    ? Q
    : number extends P | Q
      ? Tensor<Shape, D>
      : Tensor<[...Before<Without<S, P>, Q>, At<S, P>, ...From<Without<S, P>, Q>], D>;

/** x.expandDims(axis): a new axis of size 1. */
export type ExpandDims<T extends AnyTensor, A> = Expanded<T['shape'], A, T['dtype']>;
type Expanded<S extends Shape, A, D extends DType> = number extends S['length']
  ? Tensor<Shape, D>
  : IsWide<A> extends true
    ? Tensor<Shape, D>
    : Position<[...S, 1], A> extends infer P
      ? P extends string
        ? `axis ${A & number} is out of range for a result of ${[...S, 1]['length']} axes`
        : Tensor<[...Before<S, P>, 1, ...From<S, P>], D>
      : never;

type WithoutOnes<S, Out extends Shape = []> = S extends readonly [infer D extends Dim, ...infer Rest]
  ? WithoutOnes<Rest, D extends 1 ? Out : [...Out, D]>
  : Out;
type HasWide<S> = S extends readonly [infer D, ...infer Rest]
  ? IsWide<D> extends true
    ? true
    : HasWide<Rest>
  : false;
/** The first of some positions whose size is certainly not 1. */
type NotOne<S extends Shape, P> = P extends number
  ? IsWide<S[P]> extends true
    ? never
    : S[P] extends 1
      ? never
      : P
  : never;
/** x.squeeze(axes): axes of size 1 go, the given ones or all. */
export type Squeeze<T extends AnyTensor, Axes> = Squeezed<T['shape'], Axes, T['dtype']>;
type Squeezed<S extends Shape, Axes, D extends DType> = number extends S['length']
  ? Tensor<Shape, D>
  : [Axes] extends [undefined]
    ? HasWide<S> extends true
      ? Tensor<Shape, D>
      : Tensor<WithoutOnes<S>, D>
    : [Positions<S, Axes>] extends [never]
      ? Tensor<S, D>
      : [Positions<S, Axes>] extends [string]
        ? Positions<S, Axes>
        : number extends Positions<S, Axes>
          ? Tensor<Shape, D>
          : [NotOne<S, Positions<S, Axes>>] extends [never]
            ? Tensor<Without<S, Positions<S, Axes>>, D>
            : CannotSqueeze<S, NotOne<S, Positions<S, Axes>>>;
type CannotSqueeze<S extends Shape, P> = P extends number
  ? `cannot squeeze axis ${P} of ${Show<S>}: its size is ${ShowDim<S[P]>}`
  : never;

/** x.broadcastTo(target): new leading axes, and axes of size 1 repeat. */
export type BroadcastTo<T extends AnyTensor, Target extends Shape> = Stretched<
  T['shape'],
  Target,
  T['dtype']
>;
type Stretched<S extends Shape, Target extends Shape, D extends DType, A = S, B = Target> = number extends
  | S['length']
  | Target['length']
  ? Tensor<Writable<Target>, D>
  : A extends readonly [...infer RestA, infer X]
    ? B extends readonly [...infer RestB, infer Y]
      ? Same<X, Y> extends true
        ? Stretched<S, Target, D, RestA, RestB>
        : X extends 1
          ? Stretched<S, Target, D, RestA, RestB>
          : IsWide<X> extends true
            ? Stretched<S, Target, D, RestA, RestB>
            : IsWide<Y> extends true
              ? Stretched<S, Target, D, RestA, RestB>
              : `cannot broadcast ${Show<S>} to ${Show<Target>}`
      : `cannot broadcast ${Show<S>} to ${Show<Target>}`
    : Tensor<Writable<Target>, D>;

/** x.as(shape): refused only where the types know better. */
export type As<T extends AnyTensor, S extends Shape> =
  Agree<T['shape'], S> extends true
    ? Tensor<Writable<S>, T['dtype']>
    : `the tensor is ${Show<T['shape']>}, not ${Show<S>}`;
