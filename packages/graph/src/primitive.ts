/**
 * What a primitive is: parameters, the rule that gives the types of its results, and traits.
 * Its derivative, kernel and cases live in the packages of those transformations, under the same family name.
 */
import { CotangentError } from './errors.ts';
import type { ParamKinds, ParamsOf } from './params.ts';
import { formatType, type ValueType } from './shape.ts';

export interface Traits {
  /** One result element per operand element at the same place; all operands and results have one shape. */
  readonly elementwise?: true;
  /** Operands 0 and 1 may change places. */
  readonly commutative?: true;
  /** Never merged, folded or removed for being simple. */
  readonly barrier?: true;
  /** On some values of such operands it fails, or never ends: it may not run where the program would not run it. */
  readonly partial?: (inputs: readonly ValueType[]) => boolean;
  /** Elements of an operand may be left out of the result: a guard against those that are not finite. */
  readonly guard?: true;
  /** The operands that a derivative passes through, from one position up to another; all by default. */
  readonly through?: (params: Readonly<Record<string, number>>) => readonly [number, number];
}

export interface Primitive<K extends ParamKinds = ParamKinds> {
  readonly params: K;
  readonly traits: Traits;
  /** Number of operands; `[least, most]` where it varies. */
  readonly arity: number | readonly [number, number];
  /** Types of the results; raises BAD_GRAPH or a more exact code when a numbered constraint is violated. */
  infer(inputs: readonly ValueType[], params: ParamsOf<K>): ValueType[];
}

export const primitive = <K extends ParamKinds>(
  definition: Omit<Primitive<K>, 'traits'> & { readonly traits?: Traits },
): Primitive<K> => ({ traits: {}, ...definition });

/** Partial on operands of any type. */
export const partial: Traits = { partial: () => true };

/** Constraint `number` of a primitive, as in the StableHLO specification: (C1), (C2), … */
export function constraint(
  holds: boolean,
  number: number,
  sentence: () => string,
  inputs: readonly ValueType[] = [],
  code:
    | 'SHAPE_MISMATCH'
    | 'DTYPE_MISMATCH'
    | 'AXIS_OUT_OF_RANGE'
    | 'BAD_ARGUMENT'
    | 'BATCH_TOO_SMALL' = 'SHAPE_MISMATCH',
): asserts holds {
  if (!holds)
    throw new CotangentError(code, `${sentence()} [C${number}]`, { shapes: inputs.map(formatType) });
}

/** Both axes exist, none twice. */
export function uniqueAxes(
  axes: readonly number[],
  rank: number,
  number: number,
  inputs: readonly ValueType[],
): void {
  constraint(
    axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank),
    number,
    () => `axes [${axes.join(', ')}] are not all in [0, ${rank})`,
    inputs,
    'AXIS_OUT_OF_RANGE',
  );
  constraint(
    new Set(axes).size === axes.length,
    number,
    () => `axes [${axes.join(', ')}] repeat`,
    inputs,
    'AXIS_OUT_OF_RANGE',
  );
}
