import { describe, expect, it } from 'vitest';
import { read, typeOf } from '../loops/build.ts';
import { evaluator } from '../loops/evaluate.ts';
import { type Lanes, Local, type Value } from '../loops/ir.ts';
import { worstUlp } from './exactness.ts';
import type { Float } from './forms.ts';
import { odd, specialPairs, specialValues } from './testing/cases.ts';
import { binaryNames, ofDoubles, ofOne, ofTwo, type Unary, unaryNames } from './testing/functions.ts';
import { distanceInUlps, type Real, realOf, references, referencesOfTwo } from './testing/reference.ts';
import { around, evenly, everyExponent, pairsFor } from './testing/samples.ts';

/** A function as the slow engine computes it: of one list of lanes for each operand. */
function computed(make: (...x: Value[]) => Value, operands: number, type: Float, lanes: Lanes = 1) {
  const locals = Array.from({ length: operands }, (_, i) => new Local(`x${i}`, typeOf(type, lanes)));
  const run = evaluator(make(...locals.map(read)));
  return (...arrays: (readonly number[])[]): number[] =>
    run({ local: (local) => arrays[locals.indexOf(local)]! }).map(Number);
}
const ofOneNumber = (name: Unary, type: Float) => {
  const run = computed(ofOne[name], 1, type);
  return (x: number): number => run([x])[0]!;
};

/** By doubles where they are enough. */
const reference = (name: Unary, type: Float, x: number): Real =>
  type === 'f64' || name === 'erf' ? references[name](realOf(x)) : realOf(ofDoubles[name](x));

/** Where a function is a finite number; elsewhere it has special values. */
const defined: Partial<Record<Unary, (x: number) => boolean>> = { log: (x) => x > 0, log1p: (x) => x > -1 };

const awkward = [-1, 1, Math.SQRT1_2, Math.SQRT2, Math.LN2, Math.PI, 0.9, 0.8, 2 ** 20, 88.72284, 709.782713];
/** Doubles next to multiples of π/2, the nearest of all among them. */
const nearQuarterTurns = [
  5.319372648326541e255, 45.553093477052, 1.0638745296653083e256, 14461176.67027838, 3.576149729694266e39,
  3.924293714572882e298, 6.426511099577231e173, 2.1684714451092387e20, 22, 11, 33, 355,
];
const samples = (type: Float): number[] => [
  ...everyExponent(type, type === 'f32' ? 20 : 1),
  ...evenly(type, -1, 2, 1000),
  ...evenly(type, -20, 20, 1000),
  ...(type === 'f32' ? evenly(type, -110, 90, 2000) : evenly(type, -750, 712, 500)),
  ...[...awkward, ...(type === 'f64' ? nearQuarterTurns : [])].flatMap((x) => around(type, x)),
];

/** The greatest distance that is met, and where. */
function worstOf<T>(
  cases: Iterable<T>,
  distance: (at: T) => number,
): { readonly at?: T; readonly ulps: number } {
  let worst: { at?: T; ulps: number } = { ulps: 0 };
  for (const at of cases) {
    const ulps = distance(at);
    if (!(ulps <= worst.ulps)) worst = { at, ulps };
  }
  return worst;
}

describe.each(['f32', 'f64'] as const)('functions of %s', (type) => {
  it.each(unaryNames)('%s has no error above its bound', (name) => {
    const compute = ofOneNumber(name, type);
    const numbers = samples(type).filter(defined[name] ?? (() => true));
    const worst = worstOf(numbers, (x) => distanceInUlps(compute(x), reference(name, type, x), type));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(worstUlp[name][type]);
  });

  it.each(unaryNames)('%s has its special values exactly', (name) => {
    const compute = ofOneNumber(name, type);
    for (const [x, y] of specialValues[name]) expect(compute(x), `at ${x}`).toBe(y);
  });

  it.each(unaryNames)('%s of a vector is that of its lanes', (name) => {
    const lanes = type === 'f32' ? 4 : 2;
    const inLanes = computed(ofOne[name], 1, type, lanes);
    const alone = ofOneNumber(name, type);
    const numbers = evenly(type, -5, 5, 20 * lanes);
    for (let i = 0; i < numbers.length; i += lanes) {
      const some = numbers.slice(i, i + lanes);
      expect(inLanes(some)).toEqual(some.map(alone));
    }
  });

  it.each([...odd])('%s is odd in every bit', (name) => {
    const compute = ofOneNumber(name, type);
    const wrong = everyExponent(type, 1).filter((x) => x > 0 && !Object.is(compute(-x), -compute(x)));
    expect(wrong).toEqual([]);
  });

  it.each(['tanh', 'logistic', 'erf', 'exp'] as const)('%s grows where it nears its end', (name) => {
    const compute = ofOneNumber(name, type);
    const values = evenly(type, 0.5, 20, 1000)
      .sort((a, b) => a - b)
      .map(compute);
    const unit = type === 'f32' ? 2 ** -23 : 2 ** -52;
    const falls = values.filter((y, i) => i > 0 && y < values[i - 1]! * (1 - 2 * unit));
    expect(falls).toEqual([]);
    if (name !== 'exp') expect(Math.max(...values)).toBeLessThanOrEqual(1);
  });

  it.each(['sin', 'tan', 'tanh', 'expm1', 'log1p'] as const)('%s of a tiny number is that number', (name) => {
    const compute = ofOneNumber(name, type);
    const tiny = type === 'f32' ? 2 ** -30 : 2 ** -60;
    const wrong = everyExponent(type, 1).filter((x) => Math.abs(x) < tiny && !Object.is(compute(x), x));
    expect(wrong).toEqual([]);
  });

  it.each(binaryNames)('%s has no error above its bound', (name) => {
    const run = computed(ofTwo[name], 2, type);
    const worst = worstOf(pairsFor(name, type, 3000), ([a, b]) =>
      distanceInUlps(run([a], [b])[0]!, referencesOfTwo[name](realOf(a), realOf(b)), type),
    );
    expect(worst.ulps, `at ${worst.at}`).toBeLessThanOrEqual(worstUlp[name][type]);
  });

  it.each(binaryNames)('%s has its special values exactly', (name) => {
    const run = computed(ofTwo[name], 2, type);
    const round = type === 'f32' ? Math.fround : (x: number) => x;
    for (const [a, b, y] of specialPairs[name])
      expect(run([round(a)], [round(b)])[0], `of ${a} and ${b}`).toBe(round(y));
  });

  it.each(binaryNames)('%s of vectors is that of their lanes', (name) => {
    const lanes = type === 'f32' ? 4 : 2;
    const inLanes = computed(ofTwo[name], 2, type, lanes);
    const alone = computed(ofTwo[name], 2, type);
    const some = [...pairsFor(name, type, 20)].slice(0, lanes);
    const expected = some.map(([a, b]) => alone([a], [b])[0]);
    expect(
      inLanes(
        some.map(([a]) => a),
        some.map(([, b]) => b),
      ),
    ).toEqual(expected);
  });
});
