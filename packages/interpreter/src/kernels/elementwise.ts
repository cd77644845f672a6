/**
 * Elementwise arithmetic. Values are computed in double precision and rounded once, by the store; stores into integer
 * arrays truncate and wrap modulo 2³². What networks spend their time in has a loop of its own in `loops.ts`.
 */
import {
  allocate,
  CotangentError,
  convertHost,
  type DType,
  type NamesOf,
  type TypedArray,
} from '@cotangent/graph';
import type { Kernel, KernelTable } from '../kernel.ts';
import { bitsOf } from '../layout.ts';
import * as loops from './loops.ts';
import { hostArray } from './movement.ts';
import * as scalar from './scalar.ts';
import { threefryLoop } from './threefry.ts';

type Unary = (x: TypedArray, out: TypedArray) => void;
type Binary = (a: TypedArray, b: TypedArray, out: TypedArray) => void;

const unary =
  (loop: Unary): Kernel<'neg'> =>
  ([x], _, [type]) => {
    const out = allocate(type.dtype, x.size);
    loop(x.data, out);
    return [hostArray(type, out)];
  };

const binary =
  (loop: Binary): Kernel<'add'> =>
  ([a, b], _, [type]) => {
    const out = allocate(type.dtype, a.size);
    loop(a.data, b.data, out);
    return [hostArray(type, out)];
  };

/** A loop over a function of numbers. */
const each = (f: (x: number) => number): Kernel<'neg'> =>
  unary((x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]);
  });
const each2 = (f: (a: number, b: number) => number): Kernel<'add'> =>
  binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i]);
  });

const isFloatArray = (data: TypedArray) => data instanceof Float32Array || data instanceof Float64Array;

/** Integers have no infinity to divide by zero into. */
const checkDivisor = (loop: Binary): Binary => {
  return (a, b, out) => {
    if (!isFloatArray(b)) {
      const at = b.indexOf(0);
      if (at >= 0)
        throw new CotangentError('BAD_DATA', `the integer ${a[at]} is divided by 0 (element ${at})`);
    }
    loop(a, b, out);
  };
};

/** Flips the bits of a mask: one of bool, all of integers. */
function complement(x: TypedArray, out: TypedArray, mask: number): void {
  for (let i = 0; i < out.length; i++) out[i] = x[i] ^ mask;
}

/** The same bytes as elements of another dtype of the same width. */
function sameBits({ buffer, byteOffset, length }: TypedArray, dtype: DType): TypedArray {
  if (dtype === 'f32') return new Float32Array(buffer, byteOffset, length);
  if (dtype === 'i32') return new Int32Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, length);
}

const comparisons: Readonly<Record<'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge', Binary>> = {
  eq: loops.equal,
  ne: loops.notEqual,
  lt: loops.less,
  le: loops.lessEqual,
  gt: (a, b, out) => loops.less(b, a, out),
  ge: (a, b, out) => loops.lessEqual(b, a, out),
};

export const elementwiseKernels = {
  neg: unary(loops.negate),
  abs: unary(loops.absolute),
  sign: each(Math.sign),
  floor: each(Math.floor),
  ceil: each(Math.ceil),
  round: each(scalar.roundHalfEven),
  exp: unary(loops.exponential),
  expm1: each(Math.expm1),
  log: unary(loops.logarithm),
  log1p: each(Math.log1p),
  sqrt: unary(loops.squareRoot),
  rsqrt: unary(loops.reciprocalSquareRoot),
  sin: each(Math.sin),
  cos: each(Math.cos),
  tan: each(Math.tan),
  tanh: unary(loops.hyperbolicTangent),
  logistic: unary(loops.logistic),
  erf: each(scalar.erf),
  not: unary((x, out) => complement(x, out, out instanceof Uint8Array ? 1 : -1)),
  add: binary(loops.add),
  sub: binary(loops.subtract),
  mul: binary((a, b, out) =>
    isFloatArray(a) ? loops.multiply(a, b, out) : loops.multiplyIntegers(a, b, out),
  ),
  div: binary(checkDivisor(loops.divide)),
  rem: binary(checkDivisor(loops.remainder)),
  pow: each2(scalar.power),
  max: binary(loops.maximum),
  min: binary(loops.minimum),
  atan2: each2(Math.atan2),
  mulNoNan: binary(loops.multiplyNoNaN),
  and: each2((a, b) => a & b),
  or: each2((a, b) => a | b),
  xor: each2((a, b) => a ^ b),
  // A shift by 32 or more, or by a negative amount (read as unsigned), moves everything out.
  shiftLeft: each2((a, by) => (by >>> 0 < 32 ? a << by : 0)),
  shiftRightLogical: each2((a, by) => (by >>> 0 < 32 ? a >>> by : 0)),
  shiftRightArithmetic: each2((a, by) => (by >>> 0 < 32 ? a >> by : a >> 31)),
  compare: ([a, b], { direction }, [type]) => {
    const out = allocate(type.dtype, a.size);
    comparisons[direction](a.data, b.data, out);
    return [hostArray(type, out)];
  },
  select: ([condition, a, b], _, [type]) => {
    const out = allocate(type.dtype, a.size);
    loops.select(condition.data, bitsOf(a.data), bitsOf(b.data), bitsOf(out));
    return [hostArray(type, out)];
  },
  clamp: ([x, low, high], _, [type]) => {
    const out = allocate(type.dtype, x.size);
    loops.clamp(x.data, low.data, high.data, out);
    return [hostArray(type, out)];
  },
  convert: ([x], { dtype }) => [x.dtype === dtype ? x : convertHost(x, dtype)],
  bitcast: ([x], { dtype }, [type]) => [dtype === x.dtype ? x : hostArray(type, sameBits(x.data, dtype))],
  threefry2x32: ([key0, key1, counter0, counter1], _, types) => {
    const [out0, out1] = types.map(({ dtype }) => allocate(dtype, key0.size));
    threefryLoop(key0.data, key1.data, counter0.data, counter1.data, out0, out1);
    return [hostArray(types[0], out0), hostArray(types[1], out1)];
  },
} satisfies KernelTable<NamesOf<'elementwise'>>;
