/** Dims as types: number literals, names, and `number` for what only run time knows. */
import type { Dim } from '../dim.ts';
import type { Shape } from '../shape.ts';
import type { Add, CeilDivide, Compare, FloorDivide, Multiply, Subtract } from './arithmetic.ts';

/** True for the same type, type parameters included. */
export type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Not known before run time: `number`, `string` or any dim. */
export type IsWide<D> = number extends D ? true : string extends D ? true : false;
/** A shape of which not even the rank is known. */
export type IsOpen<S extends Shape> = number extends S['length'] ? true : false;

/** A dim in a sentence. */
export type ShowDim<D> = IsWide<D> extends true ? '?' : D extends Dim ? `${D}` : '?';
type Join<S extends readonly unknown[], Out extends string = ''> = S extends readonly [infer D, ...infer Rest]
  ? Join<Rest, Out extends '' ? ShowDim<D> : `${Out}, ${ShowDim<D>}`>
  : Out;
/** A shape in a sentence. */
export type Show<S extends Shape> = IsOpen<S> extends true ? '[...]' : `[${Join<S>}]`;

/** Arithmetic on two dims; what involves names or `number` is known at run time only. */
type Known<A, B> = A extends number ? (B extends number ? (IsWide<A> extends true ? false : IsWide<B> extends true ? false : true) : false) : false;
export type AddDims<A extends Dim, B extends Dim> = B extends 0 ? A : A extends 0 ? B : Known<A, B> extends true ? Add<A & number, B & number> : number;
export type SubDims<A extends Dim, B extends Dim> = B extends 0
  ? A
  : Identical<A, B> extends true
    ? 0
    : Known<A, B> extends true
      ? Compare<A & number, B & number> extends -1
        ? number
        : Subtract<A & number, B & number>
      : number;
export type MulDims<A extends Dim, B extends Dim> = B extends 1 ? A : A extends 1 ? B : Known<A, B> extends true ? Multiply<A & number, B & number> : number;
export type FloorDivDims<A extends Dim, B extends Dim> = B extends 1 ? A : Known<A, B> extends true ? FloorDivide<A & number, B & number> : number;
export type CeilDivDims<A extends Dim, B extends Dim> = B extends 1 ? A : Known<A, B> extends true ? CeilDivide<A & number, B & number> : number;
/** True only where a < b is certain. */
export type Less<A extends Dim, B extends Dim> = Known<A, B> extends true ? (Compare<A & number, B & number> extends -1 ? true : false) : false;
/** True where two dims certainly differ. */
export type Differ<A extends Dim, B extends Dim> = IsWide<A> extends true ? false : IsWide<B> extends true ? false : A extends B ? false : true;

/** The product of a shape: a number and a multiset of names, `wide` if a dim is unknown. */
export type Product<S extends readonly unknown[], N extends number = 1, Names extends string[] = []> = S extends readonly [infer D, ...infer Rest]
  ? IsWide<D> extends true
    ? 'wide'
    : D extends number
      ? Product<Rest, Multiply<N, D>, Names>
      : D extends string
        ? Product<Rest, Multiply<N, NumberIn<D>>, [...Names, ...NamesIn<D>]>
        : 'wide'
  : [N, Names];
/** `batch*28`: the factors of a dim that is a product. */
type NamesIn<D extends string> = D extends `${infer A}*${infer B}` ? [...NamesIn<A>, ...NamesIn<B>] : D extends `${number}` ? [] : [D];
type NumberIn<D extends string> = D extends `${infer A}*${infer B}` ? Multiply<NumberIn<A>, NumberIn<B>> : D extends `${infer N extends number}` ? N : 1;

/** A list without one entry, or false if it does not have it. */
export type Remove<L extends readonly unknown[], X, Seen extends unknown[] = []> = L extends readonly [infer F, ...infer R] ? (F extends X ? [...Seen, ...R] : Remove<R, X, [...Seen, F]>) : false;
export type SameNames<A extends readonly unknown[], B extends readonly unknown[]> = A extends readonly [infer F, ...infer R]
  ? Remove<B, F> extends infer Rest extends unknown[]
    ? SameNames<R, Rest>
    : false
  : B['length'] extends 0
    ? true
    : false;

type JoinNames<L extends readonly unknown[], Out extends string = ''> = L extends readonly [infer F extends string, ...infer R] ? JoinNames<R, Out extends '' ? F : `${Out}*${F}`> : Out;
/** A product as a dim: a number, a name, or `batch*28`. */
export type DimOf<P> = P extends [infer N extends number, infer Names extends string[]]
  ? Names['length'] extends 0
    ? N
    : N extends 1
      ? JoinNames<Names>
      : `${JoinNames<Names>}*${N}`
  : number;
/** A product in a sentence. */
export type ShowProduct<P> = DimOf<P> extends infer D ? ShowDim<D> : never;
