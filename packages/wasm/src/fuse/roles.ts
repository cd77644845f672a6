/** What part a primitive plays when nodes are put together into loops. */
import { families, type NamesOf, type PrimitiveName } from '@cotangent/graph';

export type Role =
  /** A value from values at the same place. */
  | 'elementwise'
  /** Elements of one array at computed places; arrays and places have to lie in memory. */
  | 'lookup'
  /** A value from its place alone. */
  | 'source'
  /** Elements of the operand at places that are affine in those of the result. */
  | 'view'
  /** Operands pass, in the same row-major order. */
  | 'alias'
  /** Axes that disappear. */
  | 'reduction'
  /** Sums of products. */
  | 'contraction'
  /** A kernel of its own. */
  | 'whole'
  /** Graphs inside. */
  | 'control';

/** A family whose members have one role, but for integer division, which may fail on some values. */
type Elementwise = Exclude<NamesOf<'elementwise'>, 'rem'>;
const elementwise = Object.fromEntries(
  Object.keys(families.elementwise).map((name) => [name, 'elementwise']),
) as Readonly<Record<Elementwise, 'elementwise'>>;

const others = {
  rem: 'whole',
  constant: 'source',
  iota: 'source',
  dimensionSize: 'source',
  broadcastInDim: 'view',
  reshape: 'alias',
  transpose: 'view',
  reverse: 'view',
  slice: 'view',
  pad: 'whole',
  concatenate: 'whole',
  dynamicSlice: 'lookup',
  dynamicUpdateSlice: 'whole',
  cumulativeSum: 'whole',
  cumulativeProd: 'whole',
  cumulativeMax: 'whole',
  cumulativeMin: 'whole',
  gather: 'lookup',
  scatterAdd: 'whole',
  scatterSet: 'whole',
  sort: 'whole',
  topK: 'whole',
  reduceSum: 'reduction',
  reduceProd: 'reduction',
  reduceMax: 'reduction',
  reduceMin: 'reduction',
  reduceAnd: 'reduction',
  reduceOr: 'reduction',
  argMax: 'whole',
  argMin: 'whole',
  dotGeneral: 'contraction',
  convGeneral: 'contraction',
  reduceWindowSum: 'whole',
  reduceWindowMax: 'whole',
  reduceWindowMin: 'whole',
  reduceWindowArgMax: 'whole',
  reduceWindowArgMin: 'whole',
  stopGradient: 'alias',
  optimizationBarrier: 'alias',
  tag: 'alias',
  check: 'alias',
  call: 'control',
  cond: 'control',
  while: 'control',
  scan: 'control',
  customJvp: 'alias',
  customVjp: 'alias',
  customLinear: 'control',
} as const satisfies Readonly<Record<Exclude<PrimitiveName, Elementwise>, Role>>;

/** What each primitive is. */
export const roles: Readonly<Record<PrimitiveName, Role>> = { ...elementwise, ...others };

type Others = typeof others;
/** The primitives of a role. */
export type NamesInRole<R extends Role> = R extends 'elementwise'
  ? Elementwise
  : { [P in keyof Others]: Others[P] extends R ? P : never }[keyof Others];
