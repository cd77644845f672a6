/** Rules of shapes as types. A rule gives a shape, or a text: the sentence that says what is wrong. */
import type { Dim } from '../dim.ts';
import type { Shape } from '../shape.ts';
import type { FloorDivide } from './arithmetic.ts';
import type { AddDims, Differ, DimOf, Identical, IsOpen, IsWide, MulDims, Product, Remove, SameNames, Show, ShowDim, ShowProduct, SubDims } from './dims.ts';

/** A shape in place of a sentence, so that one mistake gives one message. */
export type OrOpen<R> = R extends Shape ? R : Shape;
/** The sentence, or never. */
export type ProblemOf<R> = R extends string ? R : never;

// Broadcasting, from the last axis.
type BroadcastDim<A extends Dim, B extends Dim> = Identical<A, B> extends true
  ? A
  : A extends 1
    ? B
    : B extends 1
      ? A
      : IsWide<A> extends true
        ? B
        : IsWide<B> extends true
          ? A
          : A extends B
            ? A
            : `${ShowDim<A>} and ${ShowDim<B>} differ`;
type Zip<A extends Shape, B extends Shape, WholeA extends Shape, WholeB extends Shape, Out extends Dim[] = []> = A extends readonly [...infer Ar extends Dim[], infer X extends Dim]
  ? B extends readonly [...infer Br extends Dim[], infer Y extends Dim]
    ? BroadcastDim<X, Y> extends infer D
      ? D extends `${string} and ${string} differ`
        ? `cannot broadcast ${Show<WholeA>} with ${Show<WholeB>}: ${D}`
        : Zip<Ar, Br, WholeA, WholeB, [D & Dim, ...Out]>
      : never
    : [...A, ...Out]
  : [...B, ...Out];
/** Both shapes brought to one. */
export type Broadcast<A extends Shape, B extends Shape> = Identical<A, B> extends true
  ? A
  : IsOpen<A> extends true
    ? Shape
    : IsOpen<B> extends true
      ? Shape
      : Zip<A, B, A, B>;

// Matrix products.
type Last<S extends Shape> = S extends readonly [...Dim[], infer L extends Dim] ? L : never;
type Front<S extends Shape> = S extends readonly [...infer F extends Dim[], Dim] ? F : [];
type Matrix<A extends Shape, B extends Shape> = A extends readonly [...infer Ab extends Dim[], infer M extends Dim, infer K extends Dim]
  ? B extends readonly [...infer Bb extends Dim[], infer L extends Dim, infer N extends Dim]
    ? Differ<K, L> extends true
      ? `cannot matmul ${Show<A>} with ${Show<B>}: ${ShowDim<K>} and ${ShowDim<L>} differ`
      : Broadcast<Ab, Bb> extends infer Batch
        ? Batch extends Shape
          ? [...Batch, M, N]
          : `cannot matmul ${Show<A>} with ${Show<B>}: their leading axes do not broadcast`
        : never
    : never
  : never;
/** The shape of a matrix product; vectors lose their axis again. */
export type Matmul<A extends Shape, B extends Shape> = IsOpen<A> extends true
  ? Shape
  : IsOpen<B> extends true
    ? Shape
    : A extends readonly []
      ? `cannot matmul ${Show<A>} with ${Show<B>}: a scalar multiplies with .mul`
      : B extends readonly []
        ? `cannot matmul ${Show<A>} with ${Show<B>}: a scalar multiplies with .mul`
        : A['length'] extends 1
          ? B['length'] extends 1
            ? Differ<A[0], B[0]> extends true
              ? `cannot matmul ${Show<A>} with ${Show<B>}: ${ShowDim<A[0]>} and ${ShowDim<B[0]>} differ`
              : []
            : Matrix<[1, A[0]], B> extends readonly [...infer F extends Dim[], 1, infer N extends Dim]
              ? [...F, N]
              : `cannot matmul ${Show<A>} with ${Show<B>}: ${ShowDim<A[0]>} and ${ShowDim<Last<Front<B>>>} differ`
          : B['length'] extends 1
            ? Matrix<A, [B[0], 1]> extends infer R
              ? R extends Shape
                ? Front<R>
                : `cannot matmul ${Show<A>} with ${Show<B>}: ${ShowDim<Last<A>>} and ${ShowDim<B[0]>} differ`
              : never
            : Matrix<A, B>;

// Axes.
export type AxisArgument = number | string;
export type AxesArgument = AxisArgument | readonly AxisArgument[];
type Indices<S extends Shape> = Extract<Exclude<keyof S, keyof []>, `${number}`>;
type Positions<S extends Shape, A, Key extends Indices<S> = Indices<S>> = Key extends Key ? (S[Key] extends A ? (A extends S[Key] ? Key : never) : never) : never;
type IsUnion<T, U = T> = [T] extends [never] ? false : T extends T ? ([U] extends [T] ? false : true) : never;
type FromEnd<S extends Shape, N extends string, Seen extends 0[] = []> = S extends readonly [...infer R extends Dim[], Dim]
  ? `${[0, ...Seen]['length']}` extends N
    ? `${R['length']}`
    : FromEnd<R, N, [0, ...Seen]>
  : never;
/** The position of an axis as a text, or a sentence. */
export type AxisOf<S extends Shape, A> = A extends string
  ? string extends A
    ? 'unknown'
    : Positions<S, A> extends infer P extends string
      ? [P] extends [never]
        ? `${Show<S>} has no dimension named '${A}'`
        : IsUnion<P> extends true
          ? `'${A}' occurs twice in ${Show<S>}: give the axis by position`
          : P
      : never
  : A extends number
    ? number extends A
      ? 'unknown'
      : (`${A}` extends `-${infer N}` ? FromEnd<S, N> : `${A}` extends Indices<S> ? `${A}` : never) extends infer P
        ? [P] extends [never]
          ? `axis ${A} is out of range for ${Show<S>}, which has ${S['length']} ${S['length'] extends 1 ? 'axis' : 'axes'}`
          : P
        : never
    : 'unknown';
/** Positions of several axes as a union of texts, 'unknown', or a sentence. */
type AxesOf<S extends Shape, A> = A extends readonly (infer One)[] ? (number extends A['length'] ? 'unknown' : One extends One ? AxisOf<S, One> : never) : AxisOf<S, A>;
type Bad<P> = P extends 'unknown' | `${number}` ? never : P;

type Drop<S extends Shape, P, Keep extends boolean, Out extends Dim[] = [], At extends 0[] = []> = S extends readonly [infer D extends Dim, ...infer R extends Dim[]]
  ? Drop<R, P, Keep, `${At['length']}` extends P ? (Keep extends true ? [...Out, 1] : Out) : [...Out, D], [...At, 0]>
  : Out;
/** A shape without some axes, or with them at size 1. */
export type Reduce<S extends Shape, A, Keep extends boolean> = IsOpen<S> extends true
  ? Shape
  : AxesOf<S, A> extends infer P
    ? [Bad<P>] extends [never]
      ? 'unknown' extends P
        ? Shape
        : Drop<S, P, Keep>
      : Bad<P>
    : never;
type Ones<S extends Shape> = { [K in keyof S]: 1 };
/** All axes gone. */
export type ReduceAll<S extends Shape, Keep extends boolean> = Keep extends true ? (IsOpen<S> extends true ? Shape : Ones<S> & Shape) : [];

/** The dim at an axis. */
export type DimAt<S extends Shape, A> = IsOpen<S> extends true ? Dim : AxisOf<S, A> extends infer P ? (P extends keyof S ? S[P] & Dim : Dim) : never;
/** A shape with another dim at an axis. */
export type WithDim<S extends Shape, A, D extends Dim> = IsOpen<S> extends true
  ? Shape
  : AxisOf<S, A> extends infer P
    ? [Bad<P>] extends [never]
      ? P extends 'unknown'
        ? Shape
        : { [K in keyof S]: K extends P ? D : S[K] }
      : Bad<P>
    : never;

// Reshape.
type WithoutOpen<S extends readonly unknown[], Out extends unknown[] = []> = S extends readonly [infer D, ...infer R] ? WithoutOpen<R, D extends -1 ? Out : [...Out, D]> : Out;
type HasOpen<S extends readonly unknown[]> = S extends readonly [infer D, ...infer R] ? (D extends -1 ? true : HasOpen<R>) : false;
type FillOpen<S extends readonly unknown[], D extends Dim, Out extends Dim[] = []> = S extends readonly [infer X extends Dim, ...infer R] ? FillOpen<R, D, [...Out, X extends -1 ? D : X]> : Out;
type Cancel<Names extends readonly unknown[], Others extends readonly unknown[]> = Others extends readonly [infer F, ...infer R]
  ? Remove<Names, F> extends infer Rest extends readonly unknown[]
    ? Cancel<Rest, R>
    : false
  : Names;
/** What -1 stands for. */
type OpenDim<P, Q> = P extends [infer N extends number, infer A extends string[]]
  ? Q extends [infer M extends number, infer B extends string[]]
    ? Cancel<A, B> extends infer Rest extends string[]
      ? FloorDivide<N, M> extends infer F extends number
        ? MulDims<F, M> extends N
          ? DimOf<[F, Rest]>
          : number
        : number
      : number
    : number
  : number;
/** The target of a reshape, -1 filled in. */
export type Reshape<S extends Shape, To extends readonly Dim[]> = IsOpen<S> extends true
  ? HasOpen<To> extends true
    ? FillOpen<To, number>
    : [...To]
  : HasOpen<To> extends true
    ? FillOpen<To, OpenDim<Product<S>, Product<WithoutOpen<To>>>>
    : Product<S> extends infer P
      ? Product<To> extends infer Q
        ? P extends [infer N, infer A extends unknown[]]
          ? Q extends [infer M, infer B extends unknown[]]
            ? [N, SameNames<A, B>] extends [M, true]
              ? [...To]
              : `cannot reshape ${Show<S>} to ${Show<To>}: ${ShowProduct<P>} elements are not ${ShowProduct<Q>}`
            : [...To]
          : [...To]
        : never
      : never;
type Take<S extends Shape, N extends number, Out extends Dim[] = []> = Out['length'] extends N ? [Out, S] : S extends readonly [infer D extends Dim, ...infer R extends Dim[]] ? Take<R, N, [...Out, D]> : [Out, S];
/** Everything from an axis on as one axis. */
export type Flatten<S extends Shape, N extends number> = IsOpen<S> extends true ? Shape : Take<S, N> extends [infer Head extends Dim[], infer Tail extends Shape] ? [...Head, DimOf<Product<Tail>>] : Shape;

// Transposition.
type ReverseOf<S extends Shape, Out extends Dim[] = []> = S extends readonly [infer D extends Dim, ...infer R extends Dim[]] ? ReverseOf<R, [D, ...Out]> : Out;
type Permuted<S extends Shape, P extends readonly unknown[], Out extends Dim[] = []> = P extends readonly [infer A, ...infer R] ? Permuted<S, R, [...Out, DimAt<S, A>]> : Out;
export type Transpose<S extends Shape, P> = IsOpen<S> extends true
  ? Shape
  : P extends readonly unknown[]
    ? number extends P['length']
      ? Shape
      : P['length'] extends S['length']
        ? [Bad<AxesOf<S, P>>] extends [never]
          ? Permuted<S, P>
          : Bad<AxesOf<S, P>>
        : `a transpose of ${Show<S>} needs ${S['length']} axes, not ${P['length']}`
    : ReverseOf<S>;
export type SwapAxes<S extends Shape, A, B> = WithDim<S, A, DimAt<S, B>> extends infer R ? (R extends Shape ? WithDim<R, B, DimAt<S, A>> : R) : never;
/** A new axis of size 1. */
export type ExpandDims<S extends Shape, A extends number> = IsOpen<S> extends true
  ? Shape
  : `${A}` extends '-1'
    ? [...S, 1]
    : `${A}` extends `-${string}`
      ? Shape
      : number extends A
        ? Shape
        : Take<S, A> extends [infer Head extends Dim[], infer Tail extends Shape]
          ? [...Head, 1, ...Tail]
          : Shape;
type WithoutOnes<S extends Shape, Out extends Dim[] = []> = S extends readonly [infer D extends Dim, ...infer R extends Dim[]] ? WithoutOnes<R, D extends 1 ? Out : [...Out, D]> : Out;
export type Squeeze<S extends Shape, A> = IsOpen<S> extends true ? Shape : undefined extends A ? WithoutOnes<S> : Reduce<S, A, false>;

// Slices: sizes are exact where the positions are literals.
type Position<I, D extends Dim> = I extends number ? (`${I}` extends `-${infer N extends number}` ? SubDims<D, N> : I) : D;
export type Slice<S extends Shape, A, From, To, Step> = IsOpen<S> extends true
  ? Shape
  : WithDim<S, A, SliceDim<DimAt<S, A>, From, To, Step>>;
type SliceDim<D extends Dim, From, To, Step> = IsWide<From> extends true
  ? number
  : unknown extends To
    ? SliceStep<SubDims<D, Position<From, D>>, Step>
    : IsWide<To> extends true
      ? number
      : SliceStep<SubDims<Position<To, D>, Position<From, D>>, Step>;
type SliceStep<D extends Dim, Step> = unknown extends Step ? D : Step extends 1 ? D : number;

// Joining.
type ConcatTwo<A extends Shape, B extends Shape, X> = A['length'] extends B['length']
  ? WithDim<A, X, AddDims<DimAt<A, X>, DimAt<B, X>>> extends infer R
    ? R extends Shape
      ? [Identical<WithDim<A, X, 1>, WithDim<B, X, 1>>] extends [true]
        ? R
        : Broadcastable<WithDim<A, X, 1>, WithDim<B, X, 1>> extends true
          ? R
          : `cannot concat ${Show<A>} with ${Show<B>} along axis ${X & (number | string)}: the other axes differ`
      : R
    : never
  : `cannot concat ${Show<A>} with ${Show<B>} along axis ${X & (number | string)}: the other axes differ`;
type Broadcastable<A, B> = A extends readonly [infer X extends Dim, ...infer Ar] ? (B extends readonly [infer Y extends Dim, ...infer Br] ? (Differ<X, Y> extends true ? false : Broadcastable<Ar, Br>) : true) : true;
/** Shapes joined along an existing axis. */
export type Concat<L extends readonly Shape[], X, Out = unknown> = L extends readonly [infer S extends Shape, ...infer R extends readonly Shape[]]
  ? IsOpen<S> extends true
    ? Shape
    : unknown extends Out
      ? Concat<R, X, S>
      : Out extends Shape
        ? Concat<R, X, ConcatTwo<Out, S, X>>
        : Out
  : number extends L['length']
    ? Shape
    : Out;
/** Indices in place of an axis. */
export type TakeAt<S extends Shape, I extends Shape, A> = IsOpen<S> extends true
  ? Shape
  : IsOpen<I> extends true
    ? Shape
    : AxisOf<S, A> extends infer P
      ? P extends `${infer N extends number}`
        ? Take<S, N> extends [infer Head extends Dim[], infer Tail extends readonly unknown[]]
          ? Tail extends readonly [Dim, ...infer Rest extends Dim[]]
            ? [...Head, ...I, ...Rest]
            : Shape
          : Shape
        : P extends 'unknown'
          ? Shape
          : P
      : never;
