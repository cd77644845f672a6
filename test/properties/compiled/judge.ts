/**
 * How near the compiled engine has to come to the interpreter, primitive by primitive.
 *
 * The interpreter adds float32 up in float64 and rounds once. An engine that adds in float32, in whatever order, rounds
 * each of n products and n − 1 sums, each time by at most ε/2 of what is there: it may be n·ε·Σ|aᵢ·bᵢ| away.
 */
import { formatType, type Graph, HostArray, isFloat, type PrimitiveName, sameType } from '@cotangent/graph';
import { prepare } from '@cotangent/interpreter';
import { retype } from '@cotangent/rewrite';
import { unitOf } from '../stability/units.ts';

export type Judgement =
  /** Bit for bit; NaN is NaN. */
  | 'exact'
  /** So many units in the last place of what is wanted. */
  | { readonly ulps: number }
  /** A sum of n terms: within n·ε of the sum of their sizes. */
  | 'sum'
  /** A product of n factors: within n·ε of itself. */
  | 'product'
  /** Whatever a body computes: within some thousand ε of the largest number. Zeros are zeros. */
  | 'body';

/** Results that are not floats are exact, whatever stands here. */
export const judge: { readonly [P in PrimitiveName]: Judgement } = {
  neg: 'exact',
  abs: 'exact',
  sign: 'exact',
  floor: 'exact',
  ceil: 'exact',
  round: 'exact',
  exp: { ulps: 2 },
  expm1: { ulps: 2 },
  log: { ulps: 2 },
  log1p: { ulps: 2 },
  sqrt: 'exact',
  rsqrt: { ulps: 2 },
  sin: { ulps: 2 },
  cos: { ulps: 2 },
  tan: { ulps: 4 },
  tanh: { ulps: 3 },
  logistic: { ulps: 3 },
  erf: { ulps: 3 },
  not: 'exact',
  add: 'exact',
  sub: 'exact',
  mul: 'exact',
  div: 'exact',
  rem: 'exact',
  pow: { ulps: 2 },
  max: 'exact',
  min: 'exact',
  atan2: { ulps: 3 },
  mulNoNan: 'exact',
  and: 'exact',
  or: 'exact',
  xor: 'exact',
  shiftLeft: 'exact',
  shiftRightLogical: 'exact',
  shiftRightArithmetic: 'exact',
  compare: 'exact',
  select: 'exact',
  clamp: 'exact',
  convert: 'exact',
  bitcast: 'exact',
  threefry2x32: 'exact',
  constant: 'exact',
  iota: 'exact',
  dimensionSize: 'exact',
  broadcastInDim: 'exact',
  reshape: 'exact',
  transpose: 'exact',
  reverse: 'exact',
  slice: 'exact',
  pad: 'exact',
  concatenate: 'exact',
  dynamicSlice: 'exact',
  dynamicUpdateSlice: 'exact',
  // Running totals are double in the engine, too.
  cumulativeSum: 'exact',
  cumulativeProd: 'exact',
  cumulativeMax: 'exact',
  cumulativeMin: 'exact',
  gather: 'exact',
  scatterAdd: 'sum',
  scatterSet: 'exact',
  sort: 'exact',
  topK: 'exact',
  reduceSum: 'sum',
  reduceProd: 'product',
  reduceMax: 'exact',
  reduceMin: 'exact',
  reduceAnd: 'exact',
  reduceOr: 'exact',
  argMax: 'exact',
  argMin: 'exact',
  dotGeneral: 'sum',
  convGeneral: 'sum',
  reduceWindowSum: 'sum',
  reduceWindowMax: 'exact',
  reduceWindowMin: 'exact',
  reduceWindowArgMax: 'exact',
  reduceWindowArgMin: 'exact',
  stopGradient: 'exact',
  optimizationBarrier: 'exact',
  tag: 'exact',
  check: 'exact',
  call: 'body',
  cond: 'body',
  while: 'body',
  scan: 'body',
  customJvp: 'exact',
  customVjp: 'exact',
  customLinear: 'body',
};

const epsilons = { f32: 2 ** -23, f64: 2 ** -52 } as const;
const smallest = { f32: 2 ** -149, f64: 2 ** -1074 } as const;

/** How far each element of each result may be off. */
type Allowance = (result: number, element: number, wanted: number) => number;

/** A graph that was run, on what, and what came out of both engines. */
export interface Compared {
  readonly graph: Graph;
  readonly operands: readonly HostArray[];
  readonly actual: readonly HostArray[];
  readonly wanted: readonly HostArray[];
}

/** Raises at the first element that is further off than a judgement allows. Zeros keep their signs. */
export function expectJudged(how: Judgement, compared: Compared): void {
  let allowance: Allowance | undefined;
  compared.wanted.forEach((array, result) => {
    const got = compared.actual[result]!;
    if (!sameType(got, array))
      throw new Error(`result ${result} is ${formatType(got)} where it should be ${formatType(array)}`);
    for (let i = 0; i < array.data.length; i++) {
      const [a, b] = [got.data[i]!, array.data[i]!];
      if (Object.is(a, b)) continue;
      // Bounds are worked out only where something differs.
      allowance ??= allowanceFor(how, compared);
      const off = Math.abs(a - b);
      if (!isFloat(array.dtype) || !(off <= allowance(result, i, b)) || (off === 0 && how !== 'body'))
        throw new Error(
          `result ${result}, ${formatType(array)}: element ${i} is ${show(a)} where it should be ${show(b)}`,
        );
    }
  });
}

function allowanceFor(how: Judgement, { graph, operands, wanted }: Compared): Allowance {
  const floatOf = (result: number): 'f32' | 'f64' => (wanted[result]!.dtype === 'f64' ? 'f64' : 'f32');
  if (how === 'exact') return () => 0;
  if (how === 'sum') {
    const sizes = ofFloats(graph, operands, Math.abs);
    const terms = ofFloats(graph, operands, () => 1);
    return (result, element) =>
      Math.abs(terms[result]!.data[element]! * sizes[result]!.data[element]!) * epsilons[floatOf(result)];
  }
  if (how === 'product') {
    const factors = operands[0]!.size / Math.max(1, wanted[0]!.size);
    return (result, _, number) =>
      factors * (epsilons[floatOf(result)] * Math.abs(number) + smallest[floatOf(result)]);
  }
  if (how === 'body') {
    const finite = wanted.flatMap(({ data }) => Array.from(data).filter(Number.isFinite).map(Math.abs));
    const largest = finite.reduce((a, b) => Math.max(a, b), 1);
    return (result) => 4096 * epsilons[floatOf(result)] * largest;
  }
  return (result, _, number) => how.ulps * unitOf(number, floatOf(result));
}

/** The graph in float64, on a function of its floats: bounds are rounded much less than what they bound. */
function ofFloats(
  graph: Graph,
  operands: readonly HostArray[],
  f: (x: number) => number,
): readonly HostArray[] {
  const wide = operands.map((operand) =>
    isFloat(operand.dtype)
      ? new HostArray('f64', operand.shape, Float64Array.from(operand.data, f))
      : operand,
  );
  return prepare(retype(graph, 'f64'))(wide, []).outputs;
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
