import { describe, expect, it } from 'vitest';
import { read, typeOf } from '../loops/build.ts';
import { evaluator } from '../loops/evaluate.ts';
import { type Lanes, Local } from '../loops/ir.ts';
import { worstUlp } from './exactness.ts';
import type { Float } from './forms.ts';
import * as math from './index.ts';
import { odd, specialValues } from './testing/cases.ts';
import { distanceInUlps, type Real, realOf, references } from './testing/reference.ts';
import { around, evenly, everyExponent } from './testing/samples.ts';

type Unary = keyof typeof references & keyof typeof math;
const unary = Object.keys(references).filter((name): name is Unary => name in math);
const types = ['f32', 'f64'] as const;

/** The function as the slow engine computes it. */
function computed(name: Unary, type: Float, lanes: Lanes = 1): (...x: number[]) => number[] {
  const x = new Local('x', typeOf(type, lanes));
  const run = evaluator(math[name](read(x)));
  return (...numbers) => run({ local: () => numbers }).map(Number);
}

/** Of doubles, to less than an ulp of double. */
const ofDoubles: Record<Unary, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  logistic: (x) => 1 / (1 + Math.exp(-x)),
};

const reference = (name: Unary, type: Float, x: number): Real =>
  type === 'f64' ? references[name](realOf(x)) : realOf(ofDoubles[name](x));

/** Where the function is a finite number; elsewhere it is asked for by the special values. */
const isDefined: Partial<Record<Unary, (x: number) => boolean>> = { log: (x) => x > 0 };

const samples = (type: Float): number[] => [
  ...everyExponent(type, type === 'f32' ? 20 : 1),
  ...evenly(type, -1, 2, 1000),
  ...evenly(type, -20, 20, 1000),
  ...(type === 'f32' ? evenly(type, -110, 90, 2000) : evenly(type, -750, 712, 1000)),
  ...[-1, 1, Math.SQRT1_2, Math.SQRT2, Math.LN2, Math.PI].flatMap((x) => around(type, x)),
];

describe.each(types)('functions of %s', (type) => {
  it.each(unary)('%s has no error above its bound', (name) => {
    const compute = computed(name, type);
    let worst = { x: 0, y: 0, ulps: 0 };
    for (const x of samples(type)) {
      if (isDefined[name]?.(x) === false) continue;
      const y = compute(x)[0]!;
      const real = reference(name, type, x);
      const ulps = distanceInUlps(y, real, type);
      if (!(ulps <= worst.ulps)) worst = { x, y, ulps };
    }
    expect(worst.ulps, `at ${worst.x}: ${worst.y}`).toBeLessThanOrEqual(worstUlp[name][type]);
  });

  it.each(unary)('%s has its special values exactly', (name) => {
    const compute = computed(name, type);
    for (const [x, y] of specialValues[name]) expect(compute(x), `at ${x}`).toEqual([y]);
  });

  it.each(unary)('%s of a vector is that of its lanes', (name) => {
    const lanes = type === 'f32' ? 4 : 2;
    const inLanes = computed(name, type, lanes);
    const alone = computed(name, type);
    const numbers = evenly(type, -5, 5, 40 * lanes);
    for (let i = 0; i < numbers.length; i += lanes) {
      const some = numbers.slice(i, i + lanes);
      expect(inLanes(...some)).toEqual(some.map((x) => alone(x)[0]));
    }
  });

  it.each(unary.filter((name) => odd.has(name)))('%s is odd in every bit', (name) => {
    const compute = computed(name, type);
    for (const x of everyExponent(type, 1)) expect(compute(-x)[0]).toBe(-compute(x)[0]!);
  });
});
