/** Einstein summation: the equation is parsed as a type, letter by letter. */
import type { Dim } from '../dim.ts';
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { IsWide, Same, Show, ShowDim } from './outcome.ts';

type Squeezed<Text extends string> = Text extends `${infer A} ${infer B}` ? Squeezed<`${A}${B}`> : Text;
type Letters<Text, Out extends readonly string[] = []> = Text extends `${infer First}${infer Rest}`
  ? Letters<Rest, [...Out, First]>
  : Out;
type Terms<
  Text extends string,
  Out extends readonly string[] = [],
> = Text extends `${infer Term},${infer Rest}` ? Terms<Rest, [...Out, Term]> : [...Out, Text];
type Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The size of a letter that occurs again: what is known of both. */
type Agreed<X, Y> =
  Same<X, Y> extends true ? X : IsWide<X> extends true ? Y : IsWide<Y> extends true ? X : never;

type Bind<E extends string, Names, S, Known> = Names extends readonly [infer L extends string, ...infer More]
  ? S extends readonly [infer D, ...infer Rest]
    ? L extends keyof Known
      ? [Agreed<Known[L], D>] extends [never]
        ? `einsum '${E}': '${L}' is both ${ShowDim<Known[L]>} and ${ShowDim<D>}`
        : Bind<E, More, Rest, Omit<Known, L> & { [K in L]: Agreed<Known[L], D> }>
      : Bind<E, More, Rest, Known & { [K in L]: D }>
    : Known
  : Known;

type BindAll<E extends string, Names, Operands, Known, D extends DType> = Names extends readonly [
  infer Term,
  ...infer MoreTerms,
]
  ? Operands extends readonly [infer X extends AnyTensor, ...infer MoreOperands]
    ? [X['dtype']] extends [D]
      ? BindNext<E, Term, X['shape'], MoreTerms, MoreOperands, Known, X['dtype']>
      : [D] extends [X['dtype']]
        ? BindNext<E, Term, X['shape'], MoreTerms, MoreOperands, Known, D>
        : DTypesDiffer<D, X['dtype']>
    : [Known, D]
  : [Known, D];
type BindNext<
  E extends string,
  Term,
  S extends Shape,
  MoreTerms,
  MoreOperands,
  Known,
  D extends DType,
> = number extends S['length']
  ? BindAll<E, MoreTerms, MoreOperands, Known, D>
  : Letters<Term> extends infer Names extends readonly string[]
    ? Names['length'] extends S['length']
      ? Bind<E, Names, S, Known> extends infer Bound
        ? Bound extends string
          ? Bound
          : BindAll<E, MoreTerms, MoreOperands, Bound, D>
        : never
      : `einsum '${E}': '${Term & string}' has ${Names['length']} ${Names['length'] extends 1 ? 'letter' : 'letters'} for ${Show<S>}`
    : never;

/** The dims of the result. */
type Read<
  E extends string,
  Names,
  All extends string,
  Known,
  Seen = never,
  Out extends Shape = [],
> = Names extends readonly [infer L extends string, ...infer More]
  ? L extends Seen
    ? BadLetter<E, L>
    : All extends `${string}${L}${string}`
      ? Read<
          E,
          More,
          All,
          Known,
          Seen | L,
          [...Out, L extends keyof Known ? (Known[L] extends Dim ? Known[L] : number) : Dim]
        >
      : BadLetter<E, L>
  : Out;
type BadLetter<
  E extends string,
  L extends string,
> = `einsum '${E}': the result letter '${L}' is repeated or not among the operands`;

/** Without `->`: the letters that occur once, in the order of the alphabet. */
type Once<
  All extends string,
  From = Alphabet,
  Out extends string = '',
> = From extends `${infer L}${infer Rest}`
  ? Once<
      All,
      Rest,
      All extends `${infer Before}${L}${infer After}`
        ? `${Before}${After}` extends `${string}${L}${string}`
          ? Out
          : `${Out}${L}`
        : Out
    >
  : Out;
type Together<Names, Out extends string = ''> = Names extends readonly [
  infer Term extends string,
  ...infer Rest,
]
  ? Together<Rest, `${Out}${Term}`>
  : Out;

type Finished<E extends string, Bound, Result extends string, All extends string> = Bound extends readonly [
  infer Known,
  infer D extends DType,
]
  ? Read<E, Letters<Result>, All, Known> extends infer S
    ? S extends Shape
      ? Tensor<S, D>
      : S
    : never
  : Bound;

type Solve<
  E extends string,
  Left extends string,
  Right extends string | undefined,
  Operands extends readonly AnyTensor[],
> =
  Terms<Left> extends infer Names extends readonly string[]
    ? number extends Operands['length']
      ? Tensor<Shape, Operands[number]['dtype']>
      : Names['length'] extends Operands['length']
        ? Finished<
            E,
            BindAll<E, Names, Operands, unknown, Operands[0]['dtype']>,
            Right extends string ? Right : Once<Together<Names>>,
            Together<Names>
          >
        : `einsum '${E}' names ${Names['length']} operands, but there are ${Operands['length']}`
    : never;

/** einsum(equation, operands) */
export type Einsum<E extends string, Operands extends readonly AnyTensor[]> = string extends E
  ? Tensor<Shape, Operands[number]['dtype']>
  : Squeezed<E> extends `${infer Left}->${infer Right}`
    ? Solve<E, Left, Right, Operands>
    : Solve<E, Squeezed<E>, undefined, Operands>;
