/** What must be refused, and with which words. */
import { CotangentError, inferTypes, type PrimitiveName } from '@cotangent/graph';
import { typeOf } from '../cases/arrays.ts';
import { casesOf } from '../cases/index.ts';

/** The error that a call raises; anything but an error of the library is a failure. */
export function refusal(body: () => unknown): CotangentError {
  try {
    body();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Every bad sample of a primitive raises its code, and names the constraint it violates. */
export function badSamplesAreRefused(op: PrimitiveName): void {
  for (const { constraint, operands, params, code } of casesOf(op).bad) {
    const { code: actual, sentence } = refusal(() => inferTypes(op, operands.map(typeOf), params));
    const named = constraint === undefined || sentence.includes(`[C${constraint}]`);
    if (actual !== code || !named)
      throw new Error(
        `${op}(${operands.join(', ')}) ${JSON.stringify(params)} gave ${actual} '${sentence}' where ${code} ${constraint === undefined ? '' : `[C${constraint}] `}is expected`,
      );
  }
}
