/**
 * The loop language: what a kernel does, as loops over typed buffers. It knows nothing of graphs, and nothing of
 * WebAssembly: a back end that prints C or WGSL reads the same kernels.
 *
 * A value is a scalar or a short vector; values are immutable and shared by identity, so a value that two statements
 * use is computed once. Places in buffers are affine in loop variables, in elements, plus computed parts where a program
 * indexes by data. Assignments that stand in one `assign` happen at once: all read what was before.
 */
import type { DType, HostArray } from '@cotangent/graph';

/** Element types, and the 64-bit integers that the bits of doubles are handled as; those never lie in buffers. */
export type Scalar = DType | 'i64';
export type Lanes = 1 | 2 | 4;

export interface Type {
  readonly scalar: Scalar;
  /** 4 of 32 bits or 2 of 64 bits fill a vector; bool goes along with either. */
  readonly lanes: Lanes;
}

/** Where the memory of a buffer comes from. */
export type BufferKind = 'temporary' | 'constant' | 'input' | 'variable' | 'update' | 'status';

/** A row of elements in memory. */
export class Buffer {
  private static count = 0;
  readonly id = Buffer.count++;
  readonly name: string;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  readonly kind: BufferKind;
  /** Which input, variable or update it is. */
  readonly slot: number;
  /** What a constant holds. */
  readonly data: HostArray | undefined;
  constructor(name: string, dtype: DType, size: number, kind: BufferKind, slot = 0, data?: HostArray) {
    this.name = name;
    this.dtype = dtype;
    this.size = size;
    this.kind = kind;
    this.slot = slot;
    this.data = data;
  }
}

/** What a loop counts with: an i32. */
export class Variable {
  private static count = 0;
  readonly name: string;
  readonly id = Variable.count++;
  constructor(name: string) {
    this.name = name;
  }
}

/** A register that statements assign to. */
export class Local {
  readonly name: string;
  readonly type: Type;
  constructor(name: string, type: Type) {
    this.name = name;
    this.type = type;
  }
}

/** constant + Σ step · variable + Σ step · value. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly Term[];
  readonly computed: readonly ComputedTerm[];
}
export interface Term {
  readonly variable: Variable;
  readonly step: number;
}
export interface ComputedTerm {
  /** An i32. */
  readonly value: Value;
  readonly step: number;
}

/** Operations that a machine has. Everything else is made of them. */
export const operations = [
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'neg',
  'abs',
  'sqrt',
  'min',
  'max',
  'floor',
  'ceil',
  'trunc',
  /** To the nearest whole number, halves to even. */
  'nearest',
  /** a · b + c, rounded once or twice as the machine likes. */
  'multiplyAdd',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'and',
  'or',
  'xor',
  'not',
  'shiftLeft',
  'shiftRight',
  'shiftRightUnsigned',
  /** condition ? a : b, where both are computed. */
  'select',
  /** By value, to the scalar type of the result; of floats to integers with saturation, NaN to 0. */
  'convert',
  /** The first two lanes of four, or the last two, of f32 as f64. */
  'widenLow',
  'widenHigh',
  /** Two times two lanes of f64 as four of f32. */
  'narrow',
  /** The same bits. */
  'bitcast',
  /** A scalar in every lane. */
  'splat',
  /** One lane of a vector: the second argument is its number. */
  'lane',
] as const;
export type Operation = (typeof operations)[number];

/** Functions that no machine has: a back end takes those of its library, or their definitions in `math/`. */
export const functions = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tan',
  'tanh',
  'logistic',
  'erf',
  'pow',
  'atan2',
] as const;
export type FunctionName = (typeof functions)[number];
export const isFunctionName = (name: string): name is FunctionName =>
  (functions as readonly string[]).includes(name);

export type Value =
  | { readonly kind: 'number'; readonly type: Type; readonly value: number }
  /** Bits of a 64-bit integer. */
  | { readonly kind: 'bits'; readonly type: Type; readonly value: bigint }
  /** 0, 1, 2, … in the lanes. */
  | { readonly kind: 'ramp'; readonly type: Type }
  | { readonly kind: 'variable'; readonly type: Type; readonly variable: Variable }
  | { readonly kind: 'local'; readonly type: Type; readonly local: Local }
  /** As many neighbours as the type has lanes. */
  | { readonly kind: 'load'; readonly type: Type; readonly buffer: Buffer; readonly at: Affine }
  | {
      readonly kind: 'apply';
      readonly type: Type;
      readonly operation: Operation | FunctionName;
      readonly operands: readonly Value[];
    };

export type Assignment =
  | { readonly kind: 'set'; readonly local: Local; readonly value: Value }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly at: Affine; readonly value: Value };

export type Statement =
  | { readonly kind: 'assign'; readonly assignments: readonly Assignment[] }
  /** from, from + step, … as long as it is less than `to`. */
  | {
      readonly kind: 'for';
      readonly variable: Variable;
      readonly from: number | Value;
      readonly to: number | Value;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'if';
      readonly condition: Value;
      readonly onTrue: readonly Statement[];
      readonly onFalse: readonly Statement[];
    }
  | { readonly kind: 'while'; readonly condition: Value; readonly body: readonly Statement[] };

export type For = Extract<Statement, { kind: 'for' }>;

/** A piece of work that runs to its end before the next begins, or is cut in units that may run in any order. */
export interface Kernel {
  readonly name: string;
  /** Counts units; the body does one of them. */
  readonly unit: Variable;
  readonly units: number;
  /** Variables of loops around the kernel. */
  readonly around: readonly Variable[];
  readonly body: readonly Statement[];
  /** Operations on floats and bytes moved, of all units. */
  readonly cost: Cost;
}

export interface Cost {
  readonly flops: number;
  readonly bytes: number;
  /** The operations are sums of products in tiles: several times faster than others. */
  readonly dense?: true;
}
