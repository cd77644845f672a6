/** Loops and branches: what a body gets of what is run over, and what becomes of what it gives. */
import type { Dim } from '../dim.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Like, Tree } from '../tree.ts';
import type { At, Before, From, Position, Without } from './axis.ts';
import type { Subtract } from './integer.ts';

/** The same nest of tensors, of any types: shapes and dtypes are compared when the graph is built. */
export type SameNest<T> = [Tree] extends [T]
  ? Tree
  : T extends AnyTensor
    ? AnyTensor
    : { readonly [K in keyof T]: SameNest<T[K]> };

/** One entry along an axis of every tensor of a nest. */
export type SlicesOf<X, A> = [X] extends [undefined]
  ? undefined
  : [Tree] extends [X]
    ? Tree
    : X extends AnyTensor
      ? Tensor<Sliced<X['shape'], A>, X['dtype']>
      : { -readonly [K in keyof X]: SlicesOf<X[K], A> };
type Sliced<S extends Shape, A> = number extends S['length']
  ? Shape
  : Position<S, A> extends infer P
    ? P extends number
      ? number extends P
        ? Shape
        : Without<S, P>
      : Shape
    : Shape;

/** A tensor of the nest that is run over. */
type Leaf<X> = X extends AnyTensor
  ? X
  : X extends readonly (infer E)[]
    ? Leaf<E>
    : X extends object
      ? Leaf<X[keyof X]>
      : never;
/** Where the axis stands, and how many entries it has: `[position, dim]`, wide where that is not known. */
type Run<X, A, L> = [X] extends [undefined]
  ? [A extends number ? A : 0, L extends Dim ? L : Dim]
  : [Tree] extends [X]
    ? [number, Dim]
    : Leaf<X> extends infer T
      ? T extends AnyTensor
        ? Position<T['shape'], A> extends infer P extends number
          ? [P, At<T['shape'], P>]
          : [number, Dim]
        : never
      : never;

/** A nest whose tensors have the axis of a loop back at its place. */
export type StacksOf<Y, X, A, L> = [Y] extends [undefined | null] ? undefined : Stacks<Y, Run<X, A, L>>;
type Stacks<Y, R> = [Tree] extends [Y]
  ? Tree
  : Y extends AnyTensor
    ? Tensor<Stacked<Y['shape'], R>, Y['dtype']>
    : { -readonly [K in keyof Y]: Stacks<Y[K], R> };
type Stacked<S extends Shape, R> = number extends S['length']
  ? Shape
  : [R] extends [[infer P extends number, infer L extends Dim]]
    ? number extends P
      ? Shape
      : [...Before<S, Place<S, P>>, L, ...From<S, Place<S, P>>]
    : Shape;
/** Without xs a place may be told from the end of what is stacked, which has one axis more. */
type Place<S extends Shape, P extends number> = `${P}` extends `-${infer N extends number}`
  ? Subtract<[...S, 0]['length'], N>
  : P;

/** How a loop over an axis is called. */
export type ScanCall = <
  const C extends Tree,
  Y extends Tree | null | undefined = undefined,
  const X extends Tree | undefined = undefined,
  const A extends number | string = 0,
  const L extends Dim = Dim,
>(
  options: {
    readonly init: C;
    readonly xs?: X;
    readonly axis?: A;
    readonly length?: L;
    readonly reverse?: boolean;
    readonly remat?: number | 'sqrt' | undefined;
    readonly unroll?: boolean;
  },
  body: (carry: Like<C>, x: SlicesOf<X, A>) => readonly [SameNest<C>, Y?],
) => [Like<C>, StacksOf<Y, X, A, L>];

/** How a function of one example is called for all of them. */
export type VmapCall = <const X extends Tree, const Y extends Tree, const A extends number | string = 0>(
  options: {
    readonly xs: X;
    readonly axis?: A;
    readonly randomness?: 'same' | 'different';
  },
  f: (x: SlicesOf<X, A>) => Y,
) => StacksOf<Y, X, A, Dim>;

export type WhileCall = <const C extends Tree>(
  options: { readonly init: C; readonly maxSteps?: number },
  condition: (carry: Like<C>) => AnyTensor,
  body: (carry: Like<C>) => SameNest<C>,
) => Like<C>;

export type CondCall = <const T extends Tree>(
  predicate: AnyTensor,
  onTrue: () => T,
  onFalse: () => SameNest<T>,
) => Like<T>;

export type CallCall = <const A extends readonly Tree[], const R extends Tree>(
  f: (...args: { [K in keyof A]: Like<A[K]> }) => R,
  ...args: A
) => Like<R>;

/** A rule for the tangents of a value. */
export type CustomJvpCall = <const V extends Tree, const W extends Tree>(
  value: V,
  wrt: W,
  rule: (tangents: Like<W>) => SameNest<V>,
) => Like<V>;
/** A rule for the cotangents that a value hands on. */
export type CustomVjpCall = <const V extends Tree, const W extends Tree>(
  value: V,
  wrt: W,
  rule: (cotangents: Like<V>) => SameNest<W>,
) => Like<V>;
