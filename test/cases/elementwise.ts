/** Cases of the elementwise primitives: values by the functions of the language, domains away from kinks. */
import { type DType, dtypes, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { arrayOf, drawn } from './arrays.ts';
import type { Bad, Cases, CasesTable, Differentiability } from './case.ts';
import { elementwiseKinks, type PrimitiveKink } from './kinks.ts';
import { between, type Draw, element, nonzero, type Random, specials } from './random.ts';
import { erf, roundHalfEven, threefry } from './scalar.ts';

type Plain = {
  [P in NamesOf<'elementwise'>]: Readonly<Record<never, never>> extends PrimitiveParams<P> ? P : never;
}[NamesOf<'elementwise'>];

const floats: readonly DType[] = ['f32', 'f64'];
const signed: readonly DType[] = ['f32', 'f64', 'i32'];
const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
const integers: readonly DType[] = ['i32', 'u32'];
const bits: readonly DType[] = ['i32', 'u32', 'bool'];

interface Spec {
  readonly dtypes: readonly DType[];
  readonly arity: number;
  /** Floats for one element, all operands together. */
  readonly floats?: (random: Random) => readonly number[];
  /** Integers for one element, where not every combination is allowed. */
  readonly integers?: (random: Random, dtype: DType) => readonly number[];
  readonly value: (...operands: number[]) => number;
  readonly integerValue?: (...operands: number[]) => number;
  readonly derivative: Differentiability;
  readonly linear?: readonly (readonly number[])[];
  readonly kinks?: readonly PrimitiveKink<'abs'>[];
}

/** C1: dtypes. C2: one dtype. C3: one shape. */
function badElementwise<P extends Plain>(allowed: readonly DType[], arity: number): Bad<P>[] {
  const params = {} as PrimitiveParams<P>;
  const same = (type: string, last: string) => [...Array<string>(arity - 1).fill(type), last];
  const refused = dtypes.find((dtype) => !allowed.includes(dtype));
  const [one, two] = allowed as [DType, DType];
  const list: Bad<P>[] = [
    {
      constraint: undefined,
      operands: Array<string>(arity + 1).fill(`${one}[2]`),
      params,
      code: 'BAD_GRAPH',
    },
  ];
  if (refused !== undefined)
    list.push({
      constraint: 1,
      operands: same(`${refused}[2]`, `${refused}[2]`),
      params,
      code: 'DTYPE_MISMATCH',
    });
  if (arity > 1) {
    list.push({ constraint: 2, operands: same(`${one}[2]`, `${two}[2]`), params, code: 'DTYPE_MISMATCH' });
    list.push({ constraint: 3, operands: same(`${one}[2]`, `${one}[1]`), params, code: 'SHAPE_MISMATCH' });
    list.push({ constraint: 3, operands: same(`${one}[a]`, `${one}[b]`), params, code: 'SHAPE_MISMATCH' });
  }
  return list;
}

function plain<P extends Plain>(spec: Spec): Cases<P> {
  const { arity, value, integerValue } = spec;
  const one = (random: Random, dtype: DType, wild: boolean): readonly number[] => {
    if (floats.includes(dtype)) {
      if (wild && random.chance(0.3))
        return random.list(arity, () => (random.chance(0.6) ? random.pick(specials) : random.real(-3, 3)));
      return spec.floats?.(random) ?? random.list(arity, () => random.real(-3, 3));
    }
    return spec.integers?.(random, dtype) ?? random.list(arity, () => element(random, dtype, wild));
  };
  return {
    dtypes: spec.dtypes,
    derivative: spec.derivative,
    ...(spec.linear === undefined ? {} : { linear: spec.linear }),
    sample(random, dtype, wild) {
      const shape = random.shape();
      const columns = random.list(arity, () => [] as number[]);
      const count = shape.reduce((product, size) => product * size, 1);
      for (let i = 0; i < count; i++)
        for (const [operand, entry] of one(random, dtype, wild).entries()) columns[operand]!.push(entry);
      // Primitives of this kind have no parameters.
      return {
        operands: columns.map((column) => arrayOf(dtype, shape, column)),
        params: {} as PrimitiveParams<P>,
      };
    },
    reference(operands) {
      const f = floats.includes(operands[0]!.dtype) ? value : (integerValue ?? value);
      return [Array.from(operands[0]!.data, (_, i) => f(...operands.map(({ data }) => data[i]!)))];
    },
    // None of them has parameters.
    ...(spec.kinks === undefined ? {} : { kinks: spec.kinks as unknown as readonly PrimitiveKink<P>[] }),
    bad: badElementwise<P>(spec.dtypes, arity),
  };
}

const unary = (
  allowed: readonly DType[],
  value: (x: number) => number,
  draw: Draw,
  more: Partial<Spec> = {},
): Spec => ({
  dtypes: allowed,
  arity: 1,
  floats: (random) => [draw(random)],
  value,
  derivative: 'smooth',
  ...more,
});

const binary = (
  allowed: readonly DType[],
  value: (a: number, b: number) => number,
  more: Partial<Spec> = {},
): Spec => ({ dtypes: allowed, arity: 2, value, derivative: 'smooth', ...more });

const wholeNumbers = (allowed: readonly DType[], value: (a: number, b: number) => number): Spec =>
  binary(allowed, value, { derivative: 'none' });

const real = between(-3, 3);
const divisor = (random: Random, dtype: DType): readonly number[] => [
  element(random, dtype, true),
  random.whole(1, 9) * (dtype === 'i32' && random.chance(0.5) ? -1 : 1),
];
/** A second number that is away from the first. */
const apart = (random: Random): readonly number[] => {
  const a = real(random);
  return [a, a + nonzero(0.1, 1)(random)];
};
/** Numbers whose fraction is away from 0, ½ and 1. */
const fractional: Draw = (random) =>
  random.whole(-3, 3) + random.pick([0.05, 0.55]) + random.real(0.05, 0.35);
const directions = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
const compare = (direction: (typeof directions)[number], a: number, b: number): boolean =>
  ({ eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b })[direction];
const shift = (by: number): boolean => by >>> 0 < 32;

export const elementwiseCases = {
  neg: plain(unary(signed, (x) => -x, real, { linear: [[0]] })),
  abs: plain(unary(signed, Math.abs, nonzero(), { kinks: elementwiseKinks.abs })),
  sign: plain(unary(signed, Math.sign, nonzero(), { kinks: elementwiseKinks.sign })),
  floor: plain(unary(floats, Math.floor, fractional, { kinks: elementwiseKinks.floor })),
  ceil: plain(unary(floats, Math.ceil, fractional, { kinks: elementwiseKinks.ceil })),
  round: plain(unary(floats, roundHalfEven, fractional, { kinks: elementwiseKinks.round })),
  exp: plain(unary(floats, Math.exp, real)),
  expm1: plain(unary(floats, Math.expm1, real)),
  log: plain(unary(floats, Math.log, between(0.2, 4))),
  log1p: plain(unary(floats, Math.log1p, between(-0.7, 3))),
  sqrt: plain(unary(floats, Math.sqrt, between(0.2, 4))),
  rsqrt: plain(unary(floats, (x) => 1 / Math.sqrt(x), between(0.2, 4))),
  sin: plain(unary(floats, Math.sin, real)),
  cos: plain(unary(floats, Math.cos, real)),
  tan: plain(unary(floats, Math.tan, between(-1.1, 1.1))),
  tanh: plain(unary(floats, Math.tanh, real)),
  logistic: plain(unary(floats, (x) => 1 / (1 + Math.exp(-x)), real)),
  erf: plain(unary(floats, erf, real)),
  not: {
    ...plain<'not'>({
      dtypes: bits,
      arity: 1,
      integers: (random, dtype) => [element(random, dtype, true)],
      value: (x) => ~x,
      derivative: 'none',
    }),
    reference: ([x]) => [Array.from(x!.data, (entry) => (x!.dtype === 'bool' ? 1 - entry : ~entry))],
  },
  add: plain(binary(numbers, (a, b) => a + b, { linear: [[0, 1]] })),
  sub: plain(binary(numbers, (a, b) => a - b, { linear: [[0, 1]] })),
  mul: plain(binary(numbers, (a, b) => a * b, { integerValue: Math.imul, linear: [[0], [1]] })),
  div: plain(
    binary(numbers, (a, b) => a / b, {
      floats: (random) => [real(random), nonzero()(random)],
      integers: divisor,
      integerValue: (a, b) => Math.trunc(a / b),
      linear: [[0]],
    }),
  ),
  rem: plain(
    binary(numbers, (a, b) => a % b, {
      kinks: elementwiseKinks.rem,
      floats: (random) => {
        const b = nonzero()(random);
        return [b * (random.whole(-3, 3) + random.real(0.2, 0.8)), b];
      },
      integers: divisor,
    }),
  ),
  pow: plain(
    binary(floats, (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b), {
      floats: (random) => [random.real(0.2, 3), random.real(-2, 3)],
    }),
  ),
  max: plain(binary(dtypes, Math.max, { floats: apart, kinks: elementwiseKinks.max })),
  min: plain(binary(dtypes, Math.min, { floats: apart, kinks: elementwiseKinks.min })),
  atan2: plain(
    binary(floats, Math.atan2, {
      floats: (random) => [nonzero()(random), nonzero()(random)],
      kinks: elementwiseKinks.atan2,
    }),
  ),
  mulNoNan: plain(
    binary(floats, (a, b) => ((a === 0 || b === 0) && Number.isNaN(a * b) ? 0 : a * b), {
      linear: [[0], [1]],
    }),
  ),
  and: plain(wholeNumbers(bits, (a, b) => a & b)),
  or: plain(wholeNumbers(bits, (a, b) => a | b)),
  xor: plain(wholeNumbers(bits, (a, b) => a ^ b)),
  shiftLeft: plain(wholeNumbers(integers, (a, by) => (shift(by) ? a << by : 0))),
  shiftRightLogical: plain(wholeNumbers(integers, (a, by) => (shift(by) ? a >>> by : 0))),
  shiftRightArithmetic: plain(wholeNumbers(integers, (a, by) => (shift(by) ? a >> by : a >> 31))),
  compare: {
    dtypes,
    derivative: 'none',
    sample(random, dtype, wild) {
      const shape = random.shape();
      const operands = [drawn(random, dtype, shape, { wild }), drawn(random, dtype, shape, { wild })];
      return { operands, params: { direction: random.pick(directions) } };
    },
    types: ([a]) => [{ dtype: 'bool', shape: a!.shape }],
    reference: ([a, b], { direction }) => [
      Array.from(a!.data, (entry, i) => Number(compare(direction, entry, b!.data[i]!))),
    ],
    bad: [
      {
        constraint: 1,
        operands: ['f32[2]', 'f64[2]'],
        params: { direction: 'eq' },
        code: 'DTYPE_MISMATCH',
      },
      { constraint: 2, operands: ['f32[2]', 'f32[]'], params: { direction: 'lt' }, code: 'SHAPE_MISMATCH' },
    ],
  },
  select: {
    dtypes,
    derivative: 'smooth',
    linear: [[1, 2]],
    sample(random, dtype, wild) {
      const shape = random.shape();
      const branch = () => drawn(random, dtype, shape, { wild });
      return { operands: [drawn(random, 'bool', shape), branch(), branch()], params: {} };
    },
    types: ([, a]) => [{ dtype: a!.dtype, shape: a!.shape }],
    reference: ([condition, a, b]) => [
      Array.from(condition!.data, (entry, i) => (entry === 0 ? b!.data[i]! : a!.data[i]!)),
    ],
    bad: [
      { constraint: 1, operands: ['i32[2]', 'f32[2]', 'f32[2]'], params: {}, code: 'DTYPE_MISMATCH' },
      { constraint: 2, operands: ['bool[1]', 'f32[2]', 'f32[2]'], params: {}, code: 'SHAPE_MISMATCH' },
      { constraint: 3, operands: ['bool[2]', 'f32[2]', 'i32[2]'], params: {}, code: 'DTYPE_MISMATCH' },
    ],
  },
  clamp: plain({
    dtypes: numbers,
    arity: 3,
    // Below, inside and above the limits, never near them.
    floats: (random) => {
      const [low, high] = [random.real(-2, -1), random.real(1, 2)];
      return [random.pick([random.real(-4, -2.2), random.real(-0.8, 0.8), random.real(2.2, 4)]), low, high];
    },
    value: (x, low, high) => Math.min(Math.max(x, low), high),
    kinks: elementwiseKinks.clamp,
    derivative: 'smooth',
  }),
  convert: {
    dtypes,
    derivative: 'smooth',
    linear: [[0]],
    sample(random, dtype) {
      // Where a float does not fit into the integer there is no promise: values are small, and not negative for u32.
      const operand = drawn(random, dtype, random.shape(), { draw: between(0, 9) });
      const positive = operand.dtype === 'i32' ? operand.data.map(Math.abs) : operand.data;
      const to = dtype === 'f64' ? 'f64' : random.pick(dtypes);
      return { operands: [arrayOf(dtype, operand.shape, Array.from(positive))], params: { dtype: to } };
    },
    types: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
    reference: ([x], { dtype }) => [
      Array.from(x!.data, (entry) =>
        dtype === 'bool' ? Number(entry !== 0) : floats.includes(dtype) ? entry : Math.trunc(entry),
      ),
    ],
    bad: [
      {
        constraint: undefined,
        operands: ['f32[2]', 'f32[2]'],
        params: { dtype: 'f32' },
        code: 'BAD_GRAPH',
      },
    ],
  },
  bitcast: {
    dtypes: ['f32', 'i32', 'u32', 'f64'],
    derivative: 'decree',
    sample(random, dtype, wild) {
      const to: DType = dtype === 'f64' ? 'f64' : random.pick(['f32', 'i32', 'u32'] as const);
      return { operands: [drawn(random, dtype, random.shape(), { wild })], params: { dtype: to } };
    },
    types: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
    reference: ([x], { dtype }) => [
      Array.from(x!.data, (entry) => {
        const view = new DataView(new ArrayBuffer(8));
        const write = { f32: 'setFloat32', f64: 'setFloat64', i32: 'setInt32', u32: 'setUint32' } as const;
        const read = { f32: 'getFloat32', f64: 'getFloat64', i32: 'getInt32', u32: 'getUint32' } as const;
        view[write[x!.dtype as keyof typeof write]](0, entry);
        return view[read[dtype as keyof typeof read]](0);
      }),
    ],
    bad: [
      { constraint: 1, operands: ['f64[2]'], params: { dtype: 'i32' }, code: 'DTYPE_MISMATCH' },
      { constraint: 1, operands: ['f32[2]'], params: { dtype: 'bool' }, code: 'DTYPE_MISMATCH' },
    ],
  },
  threefry2x32: {
    dtypes: ['u32'],
    derivative: 'none',
    sample(random) {
      const shape = random.shape();
      const word: Draw = (source) => Math.floor(source.unit() * 2 ** 32);
      const one = () =>
        arrayOf(
          'u32',
          shape,
          random.list(
            shape.reduce((n, size) => n * size, 1),
            () => word(random),
          ),
        );
      return { operands: [one(), one(), one(), one()], params: {} };
    },
    types: ([key]) => [key!, key!],
    reference: (operands) => {
      const words = Array.from(operands[0]!.data, (_, i) =>
        threefry(operands.map(({ data }) => data[i]!) as [number, number, number, number]),
      );
      return [words.map(([first]) => first), words.map(([, second]) => second)];
    },
    bad: [
      {
        constraint: 1,
        operands: ['u32[2]', 'u32[2]', 'i32[2]', 'u32[2]'],
        params: {},
        code: 'DTYPE_MISMATCH',
      },
      {
        constraint: 3,
        operands: ['u32[2]', 'u32[2]', 'u32[2]', 'u32[]'],
        params: {},
        code: 'SHAPE_MISMATCH',
      },
    ],
  },
} satisfies CasesTable<NamesOf<'elementwise'>>;
