/**
 * Exact arithmetic on number literals, digit by digit as on paper: 784 x 64 is 50176 at any size, where arithmetic by
 * the length of tuples dies. Numbers are worked on as text with the lowest digit first ('784' is '487').
 * Public: Add, Subtract, Multiply, Divide (rounded down), Remainder, IsLess.
 */

/** Entry [a][b] is digit and carry of a + b; row 10 serves 9 + 1. */
type Plus = [
  ['00', '10', '20', '30', '40', '50', '60', '70', '80', '90'],
  ['10', '20', '30', '40', '50', '60', '70', '80', '90', '01'],
  ['20', '30', '40', '50', '60', '70', '80', '90', '01', '11'],
  ['30', '40', '50', '60', '70', '80', '90', '01', '11', '21'],
  ['40', '50', '60', '70', '80', '90', '01', '11', '21', '31'],
  ['50', '60', '70', '80', '90', '01', '11', '21', '31', '41'],
  ['60', '70', '80', '90', '01', '11', '21', '31', '41', '51'],
  ['70', '80', '90', '01', '11', '21', '31', '41', '51', '61'],
  ['80', '90', '01', '11', '21', '31', '41', '51', '61', '71'],
  ['90', '01', '11', '21', '31', '41', '51', '61', '71', '81'],
  ['01', '11', '21', '31', '41', '51', '61', '71', '81', '91'],
];
/** Entry [b][a] is digit and borrow of a - b; row 10 serves 9 + 1. */
type Minus = [
  ['00', '10', '20', '30', '40', '50', '60', '70', '80', '90'],
  ['91', '00', '10', '20', '30', '40', '50', '60', '70', '80'],
  ['81', '91', '00', '10', '20', '30', '40', '50', '60', '70'],
  ['71', '81', '91', '00', '10', '20', '30', '40', '50', '60'],
  ['61', '71', '81', '91', '00', '10', '20', '30', '40', '50'],
  ['51', '61', '71', '81', '91', '00', '10', '20', '30', '40'],
  ['41', '51', '61', '71', '81', '91', '00', '10', '20', '30'],
  ['31', '41', '51', '61', '71', '81', '91', '00', '10', '20'],
  ['21', '31', '41', '51', '61', '71', '81', '91', '00', '10'],
  ['11', '21', '31', '41', '51', '61', '71', '81', '91', '00'],
  ['01', '11', '21', '31', '41', '51', '61', '71', '81', '91'],
];
/** Entry [a][b] is digit and carry of a · b. */
type Times = [
  ['00', '00', '00', '00', '00', '00', '00', '00', '00', '00'],
  ['00', '10', '20', '30', '40', '50', '60', '70', '80', '90'],
  ['00', '20', '40', '60', '80', '01', '21', '41', '61', '81'],
  ['00', '30', '60', '90', '21', '51', '81', '12', '42', '72'],
  ['00', '40', '80', '21', '61', '02', '42', '82', '23', '63'],
  ['00', '50', '01', '51', '02', '52', '03', '53', '04', '54'],
  ['00', '60', '21', '81', '42', '03', '63', '24', '84', '45'],
  ['00', '70', '41', '12', '82', '53', '24', '94', '65', '36'],
  ['00', '80', '61', '42', '23', '04', '84', '65', '46', '27'],
  ['00', '90', '81', '72', '63', '54', '45', '36', '27', '18'],
];
type Successor = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];

type Look<Table, Row, Column> = Row extends keyof Table
  ? Column extends keyof Table[Row]
    ? Table[Row][Column]
    : never
  : never;
type Next<Digit> = Digit extends keyof Successor ? Successor[Digit] & string : never;
/** The row of a digit and a carry of 0 or 1. */
type Row<Digit extends string, Carry> = Carry extends '0' ? Digit : Next<Digit>;

type Reversed<Text, Out extends string = ''> = Text extends `${infer First}${infer Rest}`
  ? Reversed<Rest, `${First}${Out}`>
  : Out;
type WithoutZeros<Text> = Text extends `0${infer Rest}` ? (Rest extends '' ? '0' : WithoutZeros<Rest>) : Text;
type Parsed<Text> = Text extends `${infer Value extends number}` ? Value : number;
/** From lowest-first digits to a number literal. */
type Literal<Low> = Parsed<WithoutZeros<Reversed<Low>>>;
type Low<N extends number> = Reversed<`${N}`>;

/** Sum of lowest-first digits. */
type Sum<A, B, Carry = '0', Out extends string = ''> = A extends `${infer X}${infer RestA}`
  ? B extends `${infer Y}${infer RestB}`
    ? Look<Plus, Row<X, Carry>, Y> extends `${infer Digit}${infer Next}`
      ? Sum<RestA, RestB, Next, `${Out}${Digit}`>
      : never
    : Carry extends '0'
      ? `${Out}${A}`
      : Sum<A, '0', Carry, Out>
  : B extends ''
    ? Carry extends '0'
      ? Out
      : `${Out}1`
    : Sum<B, A, Carry, Out>;

/** Difference of lowest-first digits; `never` if it is below zero. */
type Difference<A, B, Borrow = '0', Out extends string = ''> = A extends `${infer X}${infer RestA}`
  ? B extends `${infer Y}${infer RestB}`
    ? Look<Minus, Row<Y, Borrow>, X> extends `${infer Digit}${infer Next}`
      ? Difference<RestA, RestB, Next, `${Out}${Digit}`>
      : never
    : Borrow extends '0'
      ? `${Out}${A}`
      : Difference<A, '0', Borrow, Out>
  : B extends ''
    ? Borrow extends '0'
      ? Out
      : never
    : never;

/** Lowest-first digits times one digit. */
type Scaled<
  A,
  Digit,
  Carry extends string = '0',
  Out extends string = '',
> = A extends `${infer X}${infer Rest}`
  ? Look<Times, X, Digit> extends `${infer Units}${infer Tens}`
    ? Look<Plus, Units, Carry> extends `${infer Low}${infer More}`
      ? Scaled<Rest, Digit, Row<Tens, More>, `${Out}${Low}`>
      : never
    : never
  : `${Out}${Carry}`;

type Product<A, B, Shift extends string = '', Out = '0'> = B extends `${infer Digit}${infer Rest}`
  ? Product<A, Rest, `${Shift}0`, Sum<Out, `${Shift}${Scaled<A, Digit>}`>>
  : Out;

/** Without zeros at the high end, where lowest-first digits grow. */
type Trimmed<Low> = Low extends `${infer Rest}0` ? (Rest extends '' ? '0' : Trimmed<Rest>) : Low;

/** How often the divisor goes into a rest below ten times the divisor, and what remains. */
type Times9<Rest, Divisor, Count = '0'> = [Difference<Rest, Divisor>] extends [never]
  ? [Count, Rest]
  : Times9<Trimmed<Difference<Rest, Divisor>>, Divisor, Next<Count>>;

/** Long division: digits come highest first, the rest is lowest first. */
type Quotient<
  Digits,
  Divisor,
  Rest extends string = '',
  Out extends string = '',
> = Digits extends `${infer Digit}${infer More}`
  ? Times9<Trimmed<`${Digit}${Rest}`>, Divisor> extends [
      infer Count extends string,
      infer Left extends string,
    ]
    ? Quotient<More, Divisor, Left extends '0' ? '' : Left, `${Out}${Count}`>
    : never
  : [Parsed<WithoutZeros<Out>>, Rest extends '' ? 0 : Literal<Rest>];

type Positive<A extends number, B extends number> = Literal<Sum<Low<A>, Low<B>>>;
type Below<A extends number, B extends number> = [Difference<Low<A>, Low<B>>] extends [never]
  ? Negated<Literal<Difference<Low<B>, Low<A>>>>
  : Literal<Difference<Low<A>, Low<B>>>;
type Negated<N extends number> = N extends 0 ? 0 : Parsed<`-${N}`>;

/** A + B, whole numbers of any sign. */
export type Add<A extends number, B extends number> = `${A}` extends `-${infer P extends number}`
  ? `${B}` extends `-${infer Q extends number}`
    ? Negated<Positive<P, Q>>
    : Below<B, P>
  : `${B}` extends `-${infer Q extends number}`
    ? Below<A, Q>
    : Positive<A, B>;
/** A - B, whole numbers of any sign. */
export type Subtract<A extends number, B extends number> = Add<A, B extends 0 ? 0 : Minused<B>>;
type Minused<B extends number> = `${B}` extends `-${infer Q extends number}` ? Q : Parsed<`-${B}`>;
/** A · B for numbers of 0 or more. */
export type Multiply<A extends number, B extends number> = A extends 1
  ? B
  : B extends 1
    ? A
    : Literal<Product<Low<A>, Low<B>>>;
/** A / B rounded down, for A of 0 or more and B of 1 or more. */
export type Divide<A extends number, B extends number> = B extends 1 ? A : Quotient<`${A}`, Low<B>>[0];
/** What remains of A / B. */
export type Remainder<A extends number, B extends number> = B extends 1 ? 0 : Quotient<`${A}`, Low<B>>[1];
/** A < B for whole numbers of any sign. */
export type IsLess<A extends number, B extends number> = `${Subtract<A, B>}` extends `-${string}`
  ? true
  : false;
