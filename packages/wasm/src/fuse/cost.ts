/** What an element costs: about as many operations as a machine makes for it. */
import type { Node, PrimitiveName } from '@cotangent/graph';

type Costs = Readonly<Partial<Record<PrimitiveName, number>>>;

const expensive: Costs = {
  exp: 29,
  expm1: 31,
  log: 36,
  log1p: 40,
  sin: 94,
  cos: 91,
  tan: 105,
  tanh: 35,
  logistic: 27,
  erf: 57,
  pow: 189,
  atan2: 50,
  div: 5,
  sqrt: 5,
  rsqrt: 10,
  threefry2x32: 119,
  mulNoNan: 7,
  shiftLeft: 5,
  shiftRightLogical: 5,
  shiftRightArithmetic: 6,
  sign: 4,
};

/** In double precision angles are reduced with many more. */
const expensiveDoubles: Costs = { sin: 333, cos: 330, tan: 334, erf: 104 };

export function costOf({ op, outputs }: Node): number {
  // Operations of the user are in no table.
  const name = op as PrimitiveName;
  return (outputs[0]?.dtype === 'f64' ? expensiveDoubles[name] : undefined) ?? expensive[name] ?? 1;
}
