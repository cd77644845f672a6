/** What is known of a primitive for the tests: how to sample it, what it must refuse, what it means, where it is smooth. */
import type {
  AnyTensor,
  DType,
  ErrorCode,
  HostArray,
  PrimitiveName,
  PrimitiveParams,
  ValueType,
} from '@cotangent/graph';
import type { PrimitiveKink } from './kinks.ts';
import type { Random } from './random.ts';

export interface Sample<P extends PrimitiveName> {
  readonly operands: readonly HostArray[];
  readonly params: PrimitiveParams<P>;
}

/** Operands and parameters that violate one numbered constraint. */
export interface Bad<P extends PrimitiveName> {
  /** The number of the constraint, or undefined for a wrong number of operands. */
  readonly constraint: number | undefined;
  /** Types as they print. */
  readonly operands: readonly string[];
  readonly params: PrimitiveParams<P>;
  readonly code: ErrorCode;
}

/**
 * What differentiation makes of a primitive.
 * 'smooth': the derivative is the limit of differences, on samples away from kinks. 'decree': it is zero whatever the
 * values do. 'none': the results are integers or bool.
 */
export type Differentiability = 'smooth' | 'decree' | 'none';

export type LinearSets = readonly (readonly number[])[];

export interface Cases<P extends PrimitiveName> {
  /** Allowed dtypes of the operand that the samples vary. */
  readonly dtypes: readonly DType[];
  /** Samples in the domain, away from kinks; `wild` ones have infinities, NaN, signed zeros and extremes as well. */
  sample(random: Random, dtype: DType, wild: boolean): Sample<P>;
  /** Types of the results, from the specification; those of the first operand where it is left out. */
  types?(operands: readonly HostArray[], params: PrimitiveParams<P>): readonly ValueType[];
  readonly derivative: Differentiability;
  /** Operands whose tangents count; all float operands where it is left out. */
  readonly differentiable?: readonly number[];
  /** Sets of operands in which the primitive is linear, for those with a transpose; bodies decide for themselves. */
  readonly linear?: LinearSets | ((params: PrimitiveParams<P>) => LinearSets);
  /** Whether there is a reverse mode; always where it is left out. */
  reversible?(params: PrimitiveParams<P>): boolean;
  /**
   * For a derivative that is what somebody says it is: operands made of inputs of their types, so that it is said
   * truly. The inputs themselves where it is left out.
   */
  truly?(inputs: readonly AnyTensor[], params: PrimitiveParams<P>): readonly AnyTensor[];
  /** Values of every result in row-major order, by nested loops as in the specification. */
  reference?(
    operands: readonly HostArray[],
    params: PrimitiveParams<P>,
    shapes: readonly (readonly number[])[],
  ): readonly (readonly number[])[];
  /** Operands at which the derivative is a decision. */
  readonly kinks?: readonly PrimitiveKink<P>[];
  readonly bad: readonly Bad<P>[];
}

/** Cases of every primitive of a family. */
export type CasesTable<Names extends PrimitiveName> = { readonly [P in Names]: Cases<P> };
