/** Dtype rules: operands have one dtype, and the sentences that say so. */
import type { DType, FloatDType } from '../dtype.ts';

/** The words for two operands of different dtypes. */
export type DTypesDiffer<
  A extends DType,
  B extends DType,
> = `one operand is ${A} and the other ${B}: convert one with .cast('${B extends FloatDType ? B : A}')`;
