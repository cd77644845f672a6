/**
 * Random numbers inside a graph. A key is two words (u32); the same key gives the same numbers in every engine.
 * `foldIn` derives independent keys. Counter-based: Threefry-2x32, 20 rounds.
 */
import type { FloatDType } from '../dtype.ts';
import { type AnyTensor, apply, apply1, fail } from '../node.ts';
import { formatType, type Shape, sizeOf } from '../shape.ts';
import { add, bitcast, cast, cos, less, log, mul, neg, shiftRightLogical, sqrt, sub } from './elementwise.ts';
import { concat, index, iota, reshape } from './movement.ts';
import { broadcastTo, constantOfArray, type Operand, operand, splat } from './operands.ts';

/** A key from a whole number. */
export function randomKey(seed: number): AnyTensor {
  if (!Number.isSafeInteger(seed)) throw fail('BAD_ARGUMENT', `a seed is a whole number, not ${seed}`);
  return constantOfArray([Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0], 'u32');
}

function words(key: AnyTensor): [AnyTensor, AnyTensor] {
  if (key.dtype !== 'u32' || key.shape.length !== 1 || key.shape[0] !== 2)
    throw fail(
      'DTYPE_MISMATCH',
      `a random key is u32[2], not ${formatType(key)}: make one with randomKey(seed)`,
    );
  return [index(key, 0, 0), index(key, 0, 1)];
}

/** A new key that depends on a key and a number, such as a step counter. */
export function foldIn(key: AnyTensor, data: Operand): AnyTensor {
  const [k0, k1] = words(key);
  const number = typeof data === 'object' ? data : splat(data, [], 'u32');
  const counter =
    number.dtype === 'u32' ? number : number.dtype === 'i32' ? bitcast(number, 'u32') : undefined;
  if (counter === undefined || counter.shape.length !== 0)
    throw fail('DTYPE_MISMATCH', `foldIn takes a scalar whole number, not ${formatType(number)}`);
  const [a, b] = apply('threefry2x32', [k0, k1, splat(0, [], 'u32'), counter], {});
  return concat([reshape(a!, [1]), reshape(b!, [1])], 0);
}

/** Two independent words for every element of a shape. */
function randomWords(key: AnyTensor, shape: Shape): readonly AnyTensor[] {
  const [k0, k1] = words(key);
  const counter = reshape(iota([sizeOf(shape)], 0, 'u32'), shape);
  return apply(
    'threefry2x32',
    [broadcastTo(k0, shape), broadcastTo(k1, shape), counter, splat(0, shape, 'u32')],
    {},
  );
}

/** Fractions k/2²⁴ (f32) or k/2⁵³ (f64) in [0, 1) from random words. */
function fractions([high, low]: readonly AnyTensor[], dtype: FloatDType): AnyTensor {
  if (dtype === 'f32') return mul(cast(shiftRightLogical(high!, 8), 'f32'), 2 ** -24);
  const upper = mul(cast(shiftRightLogical(high!, 5), 'f64'), 2 ** 26);
  return mul(add(upper, cast(shiftRightLogical(low!, 6), 'f64')), 2 ** -53);
}

export interface RandomOptions {
  readonly dtype?: FloatDType;
}

/** Uniform in [low, high). */
export function randomUniform(
  key: AnyTensor,
  shape: Shape,
  low = 0,
  high = 1,
  options: RandomOptions = {},
): AnyTensor {
  const unit = fractions(randomWords(key, shape), options.dtype ?? 'f32');
  return low === 0 && high === 1 ? unit : add(mul(unit, high - low), low);
}

/** Normal, by Box and Muller 1958: √(−2 ln(1 − u))·cos(2πv). */
export function randomNormal(
  key: AnyTensor,
  shape: Shape,
  mean = 0,
  deviation = 1,
  options: RandomOptions = {},
): AnyTensor {
  const dtype = options.dtype ?? 'f32';
  const u = fractions(randomWords(foldIn(key, 0), shape), dtype);
  const v = fractions(randomWords(foldIn(key, 1), shape), dtype);
  const radius = sqrt(mul(log(sub(operand(1, u), u)), -2));
  return add(mul(mul(radius, cos(mul(v, 2 * Math.PI))), deviation), mean);
}

/** True with probability p. */
export const bernoulli = (key: AnyTensor, p: number, shape: Shape): AnyTensor =>
  less(randomUniform(key, shape), p);

/**
 * −ln(−ln u): the Gumbel distribution, whose maximum over logits samples a class. u is moved off 0 and 1, which would
 * give infinities.
 */
export const randomGumbel = (key: AnyTensor, shape: Shape): AnyTensor => {
  const u = add(mul(randomUniform(key, shape), 1 - 2 ** -23), 2 ** -25);
  return neg(log(neg(log(u))));
};

/** A class for each row of logits, drawn with the probabilities of their softmax. */
export const randomCategorical = (key: AnyTensor, logits: AnyTensor): AnyTensor =>
  apply1('argMax', [add(logits, cast(randomGumbel(key, logits.shape), logits.dtype))], {
    axis: logits.shape.length - 1,
  });
