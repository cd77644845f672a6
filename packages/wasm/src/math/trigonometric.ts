/**
 * Sine, cosine and tangent, of every float: angle.ts says in which quadrant x lies and how far from its middle, two
 * polynomials give sine and cosine there.
 *
 * sin r = r + r³·S(r²) and cos r = 1 - r²/2 + r⁴·C(r²) with the least relative error for |r| ≤ π/4, by Remez' algorithm,
 * each coefficient rounded to the type before the next was fitted. What r lacks comes in to first order.
 */
import { add, apply, bitcast, div, like, mul, select, sub } from '../loops/build.ts';
import type { Value } from '../loops/ir.ts';
import { type Angle, angleOf } from './angle.ts';
import {
  absolute,
  bitsOf,
  equal,
  floatOf,
  formatOf,
  horner,
  integerBeside,
  less,
  type PerFloat,
  shiftLeft,
  shiftRightUnsigned,
  wholeBits,
} from './forms.ts';

const constants: PerFloat<{ readonly sine: readonly number[]; readonly cosine: readonly number[] }> = {
  // Relative errors 2^-27.9 and 2^-33.
  f32: {
    sine: [-0.16666655242443085, 0.008332189172506332, -0.0001951828453456983],
    cosine: [0.04166664555668831, -0.0013887309469282627, 2.4432327336398885e-5],
  },
  // Relative errors 2^-57.9 and 2^-63.9.
  f64: {
    sine: [
      -0.1666666666666663, 0.00833333333332184, -0.00019841269829358514, 2.755731353850258e-6,
      -2.505073438623518e-8, 1.5895433044797216e-10,
    ],
    cosine: [
      0.041666666666666595, -0.0013888888888873338, 2.480158728899748e-5, -2.7557314215298494e-7,
      2.087570511475105e-9, -1.1358732752692305e-11,
    ],
  },
};

export const sin = (x: Value): Value => orTiny(x, wave(angleOf(x), 0));
/** sin(x + π/2). */
export const cos = (x: Value): Value => wave(angleOf(x), 1);

/** sin/cos, in odd quadrants -cos/sin. */
export function tan(x: Value): Value {
  const angle = angleOf(x, { withLow: true });
  const quadrant = wholeBits(angle.quadrant);
  const { sine, cosine } = bothOf(angle);
  const odd = isOdd(quadrant);
  const ratio = div(select(odd, cosine, sine), select(odd, sine, cosine));
  return orTiny(x, negatedWhereOdd(ratio, quadrant));
}

/** sin(x + turn·π/2) of the angle of x. */
function wave(angle: Angle, turn: number): Value {
  const quadrant = wholeBits(angle.quadrant, turn);
  const { sine, cosine } = bothOf(angle);
  return negatedWhereOdd(select(isOdd(quadrant), cosine, sine), shiftRightUnsigned(quadrant, 1));
}

const isOdd = (quadrant: Value): Value => {
  const one = integerBeside(quadrant, 1n);
  return equal(apply('and', quadrant, one), one);
};

/** -y where the last bit is set. */
const negatedWhereOdd = (y: Value, bits: Value): Value =>
  bitcast(apply('xor', bitsOf(y), shiftLeft(bits, widthOf(y) - 1)), floatOf(y));
const widthOf = (y: Value): number => (floatOf(y) === 'f32' ? 32 : 64);

/** x itself where it is so small that sin x and tan x are x; -0 and subnormal numbers are. */
const orTiny = (x: Value, y: Value): Value =>
  select(less(absolute(x), like(x, 2 ** -((formatOf(x).fraction + 1) / 2))), x, y);

function bothOf({ r, low }: Angle): { readonly sine: Value; readonly cosine: Value } {
  const { sine, cosine } = constants[floatOf(r)];
  const square = mul(r, r);
  const half = mul(square, like(r, 0.5));
  const beyondSine = mul(mul(r, square), horner(square, sine));
  const beyondCosine = mul(mul(square, square), horner(square, cosine));
  const one = like(r, 1);
  // 1 - r²/2, and what this difference loses.
  const start = sub(one, half);
  const lost = sub(sub(one, start), half);
  if (low === undefined) return { sine: add(r, beyondSine), cosine: add(start, add(lost, beyondCosine)) };
  return {
    sine: add(r, add(beyondSine, sub(low, mul(low, half)))),
    cosine: add(start, add(lost, sub(beyondCosine, mul(r, low)))),
  };
}
