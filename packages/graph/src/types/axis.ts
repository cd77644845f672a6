/** Axes by position, negative ones from the end, or by name; as positions or as the sentence that says what is wrong. */
import type { Dim } from '../dim.ts';
import type { Shape } from '../shape.ts';
import type { Subtract } from './integer.ts';
import type { IsWide, Same, Show } from './outcome.ts';

/** How an axis is given: its position, or the name of its dimension. */
export type Axis = number | string;

type Plural<N> = N extends 1 ? 'axis' : 'axes';
type OutOfRange<
  S extends Shape,
  A extends number,
> = `axis ${A} is out of range for ${Show<S>}, which has ${S['length']} ${Plural<S['length']>}`;

type Positive<S extends Shape, A extends number, Whole extends number = A> = `${A}` extends keyof S
  ? A
  : OutOfRange<S, Whole>;

/** Positions of the dims with a name. */
type Named<
  S,
  A extends string,
  Seen extends readonly unknown[] = [],
  Out extends readonly number[] = [],
> = S extends readonly [infer D, ...infer Rest]
  ? Named<Rest, A, [...Seen, D], Same<D, A> extends true ? [...Out, Seen['length'] & number] : Out>
  : Out;
type OnlyOne<S extends Shape, A extends string, Found> = Found extends readonly [infer P]
  ? P
  : Found extends readonly []
    ? string extends S[number]
      ? number
      : `${Show<S>} has no dimension named '${A}'`
    : `'${A}' occurs twice in ${Show<S>}: give the axis by position`;

/** The position of an axis; `number` if it is not known, else a sentence. */
export type Position<S extends Shape, A> = number extends S['length']
  ? number
  : IsWide<A> extends true
    ? number
    : A extends number
      ? `${A}` extends `-${infer N extends number}`
        ? Positive<S, Subtract<S['length'], N>, A>
        : Positive<S, A>
      : A extends string
        ? OnlyOne<S, A, Named<S, A>>
        : number;

/** Several axes: their positions as a union, `never` for none, or a sentence. */
export type Positions<S extends Shape, A> = A extends readonly unknown[]
  ? number extends A['length']
    ? number
    : Collected<S, A>
  : Position<S, A>;
type Collected<S extends Shape, List, Out = never> = List extends readonly [infer A, ...infer Rest]
  ? Position<S, A> extends infer P
    ? P extends string
      ? P
      : number extends P
        ? number
        : P extends Out
          ? `axes of ${Show<S>} name axis ${P & number} twice`
          : Collected<S, Rest, Out | P>
    : never
  : Out;

/** The dim at a position. */
export type At<S extends Shape, P> = P extends number ? (number extends P ? Dim : S[P]) : Dim;

/** The shape with another dim at a position. */
export type With<S extends Shape, P extends number, D extends Dim> = {
  -readonly [K in keyof S]: K extends `${P}` ? D : S[K];
};

/** The shape without some positions. */
export type Without<
  S,
  P,
  Seen extends readonly unknown[] = [],
  Out extends readonly Dim[] = [],
> = S extends readonly [infer D extends Dim, ...infer Rest]
  ? Without<Rest, P, [...Seen, 0], Seen['length'] extends P ? Out : [...Out, D]>
  : Out;

/** The first dims, as many as the position says. */
export type Before<S, P, Out extends readonly Dim[] = []> = Out['length'] extends P
  ? Out
  : S extends readonly [infer D extends Dim, ...infer Rest]
    ? Before<Rest, P, [...Out, D]>
    : Out;

/** The dims from a position on. */
export type From<S, P, Seen extends readonly unknown[] = []> = Seen['length'] extends P
  ? S extends readonly Dim[]
    ? S
    : []
  : S extends readonly [unknown, ...infer Rest]
    ? From<Rest, P, [...Seen, 0]>
    : [];
