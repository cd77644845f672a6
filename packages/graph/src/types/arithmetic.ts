/**
 * Exact arithmetic on whole numbers as types, digit by digit, as on paper. Numbers are literals such as 784; inside,
 * they are texts of digits, least significant first where that makes carrying easier.
 */

type Counts = {
  '0': [];
  '1': [0];
  '2': [0, 0];
  '3': [0, 0, 0];
  '4': [0, 0, 0, 0];
  '5': [0, 0, 0, 0, 0];
  '6': [0, 0, 0, 0, 0, 0];
  '7': [0, 0, 0, 0, 0, 0, 0];
  '8': [0, 0, 0, 0, 0, 0, 0, 0];
  '9': [0, 0, 0, 0, 0, 0, 0, 0, 0];
};
type Digit = keyof Counts;
type Carry = [] | [0];
type Ten = [0, ...Counts['9']];

type Reverse<S extends string, Out extends string = ''> = S extends `${infer First}${infer Rest}` ? Reverse<Rest, `${First}${Out}`> : Out;
type Trim<S extends string> = S extends `0${infer Rest}` ? (Rest extends '' ? '0' : Trim<Rest>) : S;
type Parse<S extends string> = Trim<S> extends `${infer N extends number}` ? N : never;

// a + b, reversed
type AddDigits<A extends string, B extends string, C extends Carry = [], Out extends string = ''> = A extends `${infer X extends Digit}${infer Xs}`
  ? B extends `${infer Y extends Digit}${infer Ys}`
    ? Place<[...Counts[X], ...Counts[Y], ...C], Xs, Ys, Out>
    : C extends []
      ? `${Out}${A}`
      : Place<[...Counts[X], ...C], Xs, '', Out>
  : B extends ''
    ? C extends []
      ? Out
      : `${Out}1`
    : C extends []
      ? `${Out}${B}`
      : AddDigits<B, '', C, Out>;
type Place<Sum extends 0[], A extends string, B extends string, Out extends string> = Sum extends [...Ten, ...infer Rest extends 0[]]
  ? AddDigits<A, B, [0], `${Out}${Rest['length']}`>
  : AddDigits<A, B, [], `${Out}${Sum['length']}`>;

// a − b for a ≥ b, reversed
type SubDigits<A extends string, B extends string, C extends Carry = [], Out extends string = ''> = A extends `${infer X extends Digit}${infer Xs}`
  ? B extends `${infer Y extends Digit}${infer Ys}`
    ? Borrow<[...Counts[X], ...Ten], [...Counts[Y], ...C], Xs, Ys, Out>
    : C extends []
      ? `${Out}${A}`
      : Borrow<[...Counts[X], ...Ten], C, Xs, '', Out>
  : Out;
type Borrow<From extends 0[], Take extends 0[], A extends string, B extends string, Out extends string> = From extends [...Take, ...infer Rest extends 0[]]
  ? Rest extends [...Ten, ...infer Left extends 0[]]
    ? SubDigits<A, B, [], `${Out}${Left['length']}`>
    : SubDigits<A, B, [0], `${Out}${Rest['length']}`>
  : never;

// a · one digit, reversed
type Times<A extends string, D extends Digit> = {
  '0': '0';
  '1': A;
  '2': AddDigits<A, A>;
  '3': AddDigits<A, AddDigits<A, A>>;
  '4': Twice<AddDigits<A, A>>;
  '5': AddDigits<A, Twice<AddDigits<A, A>>>;
  '6': Twice<AddDigits<A, AddDigits<A, A>>>;
  '7': AddDigits<A, Twice<AddDigits<A, AddDigits<A, A>>>>;
  '8': Twice<Twice<AddDigits<A, A>>>;
  '9': AddDigits<A, Twice<Twice<AddDigits<A, A>>>>;
}[D];
type Twice<A extends string> = AddDigits<A, A>;

// a · b, b from its most significant digit; a and the result reversed
type MulDigits<A extends string, B extends string, Out extends string = ''> = B extends `${infer D extends Digit}${infer Rest}`
  ? MulDigits<A, Rest, AddDigits<Out extends '' ? '' : `0${Out}`, Times<A, D>>>
  : Out;

/** a + b */
export type Add<A extends number, B extends number> = B extends 0 ? A : A extends 0 ? B : Parse<Reverse<AddDigits<Reverse<`${A}`>, Reverse<`${B}`>>>>;
/** a − b, for a ≥ b */
export type Subtract<A extends number, B extends number> = B extends 0 ? A : Parse<Reverse<SubDigits<Reverse<`${A}`>, Reverse<`${B}`>>>>;
/** a · b */
export type Multiply<A extends number, B extends number> = A extends 1 ? B : B extends 1 ? A : Parse<Reverse<MulDigits<Reverse<`${A}`>, `${B}`>>>;

// Comparison: the longer number is larger; of equal length the first different digit decides.
type CompareDigits<A extends string, B extends string, Sofar extends -1 | 0 | 1 = 0> = A extends `${infer X}${infer Xs}`
  ? B extends `${infer Y}${infer Ys}`
    ? CompareDigits<Xs, Ys, Sofar extends 0 ? (X extends Y ? 0 : '0123456789' extends `${string}${X}${string}${Y}${string}` ? -1 : 1) : Sofar>
    : 1
  : B extends ''
    ? Sofar
    : -1;
/** -1, 0 or 1 as a is less than, equal to or greater than b */
export type Compare<A extends number, B extends number> = A extends B ? 0 : CompareDigits<`${A}`, `${B}`>;

// Long division: bring down a digit, count how often b goes into the rest.
type Divide<A extends string, B extends number, Rest extends number = 0, Out extends string = ''> = A extends `${infer D extends Digit}${infer Tail}`
  ? Quotient<Parse<`${Rest}${D}`>, B> extends [infer Q extends number, infer R extends number]
    ? Divide<Tail, B, R, `${Out}${Q}`>
    : never
  : Parse<Out>;
type Quotient<Rest extends number, B extends number, Q extends 0[] = []> = Compare<Rest, B> extends -1 ? [Q['length'], Rest] : Quotient<Subtract<Rest, B>, B, [...Q, 0]>;

/** ⌊a / b⌋ */
export type FloorDivide<A extends number, B extends number> = B extends 1 ? A : Divide<`${A}`, B>;
/** ⌈a / b⌉ */
export type CeilDivide<A extends number, B extends number> = B extends 1 ? A : Divide<`${Add<A, Subtract<B, 1>>}`, B>;
