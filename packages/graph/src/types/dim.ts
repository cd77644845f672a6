/**
 * Arithmetic on dims: exact on numbers, products of names kept as sorted multisets (`batch*784`), and `number` for
 * every other symbolic result and for what is not known.
 */
import type { Dim } from '../dim.ts';
import type { Shape } from '../shape.ts';
import type { Add, Divide, Multiply, Remainder } from './integer.ts';
import type { IsWide, Same } from './outcome.ts';

/** True for number literals. */
export type IsNumber<D> = D extends number ? (number extends D ? false : true) : false;

/** a + b */
export type AddDims<A extends Dim, B extends Dim> = B extends 0
  ? A
  : A extends 0
    ? B
    : IsNumber<A> extends true
      ? IsNumber<B> extends true
        ? Add<A & number, B & number>
        : number
      : Same<A, B> extends true
        ? MultiplyDims<A, 2>
        : number;

/** Names in order and a factor: `batch*784` is [['batch'], 784]. */
type Factors = readonly [readonly string[], number];

/** The factors of all dims, or `number` if one is not known. */
type Gather<S, Names extends readonly string[] = [], N extends number = 1> = S extends readonly [
  infer D,
  ...infer Rest,
]
  ? IsWide<D> extends true
    ? number
    : D extends number
      ? Gather<Rest, Names, Multiply<N, D>>
      : D extends `${string}${'+' | '-' | '('}${string}`
        ? number
        : D extends `${infer First}*${infer More}`
          ? Gather<[First, More, ...Rest], Names, N>
          : D extends `${infer M extends number}`
            ? Gather<Rest, Names, Multiply<N, M>>
            : D extends string
              ? Gather<Rest, Insert<Names, D>, N>
              : number
  : [Names, N];

type Insert<Names extends readonly string[], Name extends string> = Names extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? Precedes<Name, First> extends true
    ? [Name, ...Names]
    : [First, ...Insert<Rest, Name>]
  : [Name];

/** In the order of character codes, as run time sorts. */
type Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
type Precedes<A extends string, B extends string> = A extends `${infer X}${infer RestA}`
  ? B extends `${infer Y}${infer RestB}`
    ? X extends Y
      ? Precedes<RestA, RestB>
      : Alphabet extends `${string}${X}${string}${Y}${string}`
        ? true
        : false
    : false
  : true;

type Joined<Names extends readonly string[], Out extends string = ''> = Names extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? Joined<Rest, Out extends '' ? First : `${Out}*${First}`>
  : Out;

/** Factors as a dim. */
type ToDim<F> = F extends Factors
  ? F[1] extends 0
    ? 0
    : F[0] extends readonly []
      ? F[1]
      : F[1] extends 1
        ? Joined<F[0]>
        : `${Joined<F[0]>}*${F[1]}`
  : number;

/** The number of elements: 50176, `batch*784`, or `number` if it is not known. */
export type ProductOf<S extends Shape> = S extends readonly [infer D extends Dim] ? D : ToDim<Gather<S>>;

/** a · b */
export type MultiplyDims<A extends Dim, B extends Dim> = A extends 1
  ? B
  : B extends 1
    ? A
    : ToDim<Gather<[A, B]>>;

type Without<Names, Name, Seen extends readonly string[] = []> = Names extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends Name
    ? [...Seen, ...Rest]
    : Without<Rest, Name, [...Seen, First]>
  : never;
type Cancel<F extends Factors, By extends Factors> = By[0] extends readonly [
  infer Name,
  ...infer Rest extends readonly string[],
]
  ? [Without<F[0], Name>] extends [never]
    ? never
    : Cancel<[Without<F[0], Name>, F[1]], [Rest, By[1]]>
  : By[1] extends 0
    ? never
    : Remainder<F[1], By[1]> extends 0
      ? [F[0], Divide<F[1], By[1]>]
      : never;

/** The dim by which `Of` must be multiplied to have as many elements as `S`; never if there is none, `number` if unknown. */
export type QuotientOf<S extends Shape, Of extends Shape> =
  Gather<S> extends infer F extends Factors
    ? Gather<Of> extends infer By extends Factors
      ? [Cancel<F, By>] extends [never]
        ? never
        : ToDim<Cancel<F, By>>
      : number
    : number;
