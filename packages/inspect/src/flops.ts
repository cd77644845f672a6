/**
 * How much arithmetic a node does: one rule per primitive, filed by family. A multiplication with its addition counts
 * as 2; an elementwise operation as 1 per element, exp and its like too; moving data as 0. Operations on integers and
 * booleans count as well: they occupy the same units. Not a measure of time: memory traffic is not in it.
 */
import {
  addDims,
  type Bindings,
  type Dim,
  type Graph,
  isPrimitiveName,
  mulDims,
  type NamesOf,
  type Node,
  type PrimitiveName,
  type PrimitiveParams,
  sizeOf,
  substituteDim,
  type ValueType,
} from '@cotangent/graph';
import { usedTaps } from './taps.ts';

/** A primitive applied to values of known type. */
export interface Applied<P extends PrimitiveName> {
  readonly inputs: readonly ValueType[];
  readonly outputs: readonly ValueType[];
  readonly params: PrimitiveParams<P>;
  /** Operations of a graph inside the node. */
  readonly inside: (body: Graph) => Dim;
}
type FlopRule<P extends PrimitiveName> = (applied: Applied<P>) => Dim;
type FlopRules<P extends PrimitiveName> = { readonly [Name in P]: FlopRule<Name> };

type Values = Pick<Applied<PrimitiveName>, 'inputs' | 'outputs'>;
const free = (): Dim => 0;
const perResult = ({ outputs }: Values): Dim => sizeOf(outputs[0]!.shape);
const perOperand = ({ inputs }: Values): Dim => sizeOf(inputs[0]!.shape);

/** 20 rounds of add, rotate (3) and xor; 7 key injections of together 17 additions; 2 for the key schedule. */
const threefryOperations = 20 * (1 + 3 + 1) + 17 + 2;

const elementwise = {
  neg: perResult,
  abs: perResult,
  sign: perResult,
  floor: perResult,
  ceil: perResult,
  round: perResult,
  exp: perResult,
  expm1: perResult,
  log: perResult,
  log1p: perResult,
  sqrt: perResult,
  rsqrt: perResult,
  sin: perResult,
  cos: perResult,
  tan: perResult,
  tanh: perResult,
  logistic: perResult,
  erf: perResult,
  not: perResult,
  add: perResult,
  sub: perResult,
  mul: perResult,
  div: perResult,
  rem: perResult,
  pow: perResult,
  max: perResult,
  min: perResult,
  atan2: perResult,
  mulNoNan: perResult,
  and: perResult,
  or: perResult,
  xor: perResult,
  shiftLeft: perResult,
  shiftRightLogical: perResult,
  shiftRightArithmetic: perResult,
  compare: perResult,
  select: perResult,
  clamp: perResult,
  convert: perResult,
  bitcast: free,
  threefry2x32: (applied) => mulDims(perResult(applied), threefryOperations),
} satisfies FlopRules<NamesOf<'elementwise'>>;

const movement = {
  constant: free,
  iota: free,
  dimensionSize: free,
  broadcastInDim: free,
  reshape: free,
  transpose: free,
  reverse: free,
  slice: free,
  pad: free,
  concatenate: free,
  dynamicSlice: free,
  dynamicUpdateSlice: free,
  cumulativeSum: perResult,
  cumulativeProd: perResult,
  cumulativeMax: perResult,
  cumulativeMin: perResult,
} satisfies FlopRules<NamesOf<'movement'>>;

/** Comparisons of a merge sort; one per element where the length has no number yet. */
function comparisons({ inputs, params }: Applied<'sort'>): Dim {
  const { shape } = inputs[0]!;
  const length = shape[params.axis]!;
  return mulDims(
    sizeOf(shape),
    typeof length === 'number' ? Math.max(1, Math.ceil(Math.log2(Math.max(length, 1)))) : 1,
  );
}

const indexing = {
  gather: free,
  scatterAdd: ({ inputs }) => sizeOf(inputs[2]!.shape),
  scatterSet: free,
  sort: comparisons,
  topK: perOperand,
} satisfies FlopRules<NamesOf<'indexing'>>;

const reduction = {
  reduceSum: perOperand,
  reduceProd: perOperand,
  reduceMax: perOperand,
  reduceMin: perOperand,
  reduceAnd: perOperand,
  reduceOr: perOperand,
  argMax: perOperand,
  argMin: perOperand,
} satisfies FlopRules<NamesOf<'reduction'>>;

const contraction = {
  /** 2 · results · contracted sizes */
  dotGeneral: ({ inputs, outputs, params }) => {
    const contracted = params.leftContract.map((axis) => inputs[0]!.shape[axis]!);
    return mulDims(2, mulDims(sizeOf(outputs[0]!.shape), sizeOf(contracted)));
  },
  /** 2 · batch · filters · channels per group · Π pairs of an output position and a kernel tap that meets an element. */
  convGeneral: ({ inputs, outputs, params }) => {
    const [x, kernel] = [inputs[0]!.shape, inputs[1]!.shape];
    const y = outputs[0]!.shape;
    const perPair = sizeOf([
      y[params.output.batch]!,
      y[params.output.feature]!,
      kernel[params.kernel.feature]!,
    ]);
    const taps = params.input.spatial.map((axis, i) =>
      usedTaps({
        size: x[axis]!,
        window: kernel[params.kernel.spatial[i]!]!,
        count: y[params.output.spatial[i]!]!,
        low: params.padding[i]![0],
        stride: params.strides[i]!,
        inputDilation: params.inputDilation[i]!,
        kernelDilation: params.kernelDilation[i]!,
      }),
    );
    return mulDims(2, mulDims(perPair, sizeOf(taps)));
  },
} satisfies FlopRules<NamesOf<'contraction'>>;

const perWindow = ({ outputs, params }: Applied<NamesOf<'window'>>): Dim =>
  mulDims(sizeOf(outputs[0]!.shape), sizeOf(params.window));

const window = {
  reduceWindowSum: perWindow,
  reduceWindowMax: perWindow,
  reduceWindowMin: perWindow,
  reduceWindowArgMax: perWindow,
  reduceWindowArgMin: perWindow,
} satisfies FlopRules<NamesOf<'window'>>;

const meta = {
  stopGradient: free,
  optimizationBarrier: free,
  tag: free,
  check: free,
} satisfies FlopRules<NamesOf<'meta'>>;

const control = {
  call: ({ params, inside }) => inside(params.body),
  /** The dearer branch, where both are numbers. */
  cond: ({ params, inside }) => {
    const [onTrue, onFalse] = [inside(params.onTrue), inside(params.onFalse)];
    return typeof onTrue === 'number' && typeof onFalse === 'number' ? Math.max(onTrue, onFalse) : onTrue;
  },
  /** One step: how many there will be is not known. */
  while: ({ params, inside }) => addDims(inside(params.condition), inside(params.body)),
  scan: ({ params, inside }) => mulDims(params.length, inside(params.body)),
} satisfies FlopRules<NamesOf<'control'>>;

const custom = {
  customJvp: free,
  customVjp: free,
  /** The transpose once for each element of the results. */
  customLinear: ({ outputs, params, inside }) =>
    mulDims(
      outputs.reduce<Dim>((sum, { shape }) => addDims(sum, sizeOf(shape)), 0),
      inside(params.body),
    ),
} satisfies FlopRules<NamesOf<'custom'>>;

/** The whole table; a primitive without a rule is refused by the compiler. */
export const flopRules = {
  ...elementwise,
  ...movement,
  ...indexing,
  ...reduction,
  ...contraction,
  ...window,
  ...meta,
  ...control,
  ...custom,
} satisfies FlopRules<PrimitiveName>;

/** Dims already bound, for each record of bindings: the same few occur in every node. */
const boundDims = new WeakMap<Bindings, Map<string, Dim>>();

function boundDim(dim: Dim, bindings: Bindings): Dim {
  if (typeof dim === 'number') return dim;
  let known = boundDims.get(bindings);
  if (known === undefined) boundDims.set(bindings, (known = new Map()));
  let bound = known.get(dim);
  if (bound === undefined) known.set(dim, (bound = substituteDim(dim, bindings)));
  return bound;
}

/** A type with sizes put in for names; the same object where nothing changes. */
export function boundType(type: ValueType, bindings: Bindings): ValueType {
  if (type.shape.every((dim) => typeof dim === 'number')) return type;
  return { dtype: type.dtype, shape: type.shape.map((dim) => boundDim(dim, bindings)) };
}

/**
 * Operations of one node.
 *
 * @param bindings  sizes of named dimensions; what stays unnamed makes the result a polynomial as text
 * @returns a number, or text such as `batch*2048`
 * @example
 * ```ts
 * const y = input('x', ['batch', 784]).matmul(variable('w', [784, 10]));
 * flopsOf(y.node); // 'batch*15680'
 * flopsOf(y.node, { batch: 32 }); // 501760
 * ```
 */
export function flopsOf(node: Node, bindings: Bindings = {}): Dim {
  if (!isPrimitiveName(node.op)) return 0;
  // The table pairs each name with the rule for its own parameters; a name known only at run time cannot say so.
  const rule = flopRules[node.op] as FlopRule<PrimitiveName>;
  if (rule === free) return 0;
  return rule({
    inputs: node.inputs.map((type) => boundType(type, bindings)),
    outputs: node.outputs.map((type) => boundType(type, bindings)),
    params: boundParams(node, bindings) as PrimitiveParams<PrimitiveName>,
    inside: (body) => graphFlops(body, bindings),
  });
}

/** Padding and the length of a loop are the parameters here that may be symbolic. */
function boundParams(node: Node, bindings: Bindings): Readonly<Record<string, unknown>> {
  const params: Readonly<Record<string, unknown>> = node.params;
  if (typeof params.length === 'string') return { ...params, length: boundDim(params.length, bindings) };
  if (!Array.isArray(params.padding)) return params;
  const padding = (params.padding as readonly (readonly [Dim, Dim])[]).map((pair) =>
    pair.map((amount) => boundDim(amount, bindings)),
  );
  return { ...params, padding };
}

/** Adds up many amounts: numbers at once, symbolic ones once per distinct text. */
export class Amount {
  private known = 0;
  private readonly symbolic = new Map<string, number>();

  add(amount: Dim): void {
    if (typeof amount === 'number') this.known += amount;
    else this.symbolic.set(amount, (this.symbolic.get(amount) ?? 0) + 1);
  }
  get total(): Dim {
    let total: Dim = this.known;
    for (const [text, times] of this.symbolic) total = addDims(total, mulDims(text, times));
    return total;
  }
}

/**
 * Operations of a whole graph: outputs, updates and derivatives, whatever it contains.
 *
 * @param bindings  sizes of named dimensions; what stays unnamed makes the result a polynomial as text
 */
export function graphFlops(graph: { readonly nodes: readonly Node[] }, bindings: Bindings = {}): Dim {
  const amount = new Amount();
  for (const node of graph.nodes) amount.add(flopsOf(node, bindings));
  return amount.total;
}
