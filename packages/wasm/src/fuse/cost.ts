/** What an element costs: about as many operations as a machine makes for it. */
import type { Node } from '@cotangent/graph';

const expensive: Readonly<Record<string, number>> = {
  exp: 20,
  expm1: 30,
  log: 25,
  log1p: 30,
  sin: 30,
  cos: 30,
  tan: 40,
  tanh: 30,
  logistic: 25,
  erf: 40,
  pow: 80,
  atan2: 50,
  div: 5,
  sqrt: 5,
  rsqrt: 10,
  threefry2x32: 110,
  rem: 20,
};

export const costOf = ({ op }: Node): number => expensive[op] ?? 1;
