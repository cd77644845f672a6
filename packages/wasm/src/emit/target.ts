/** What lowering may ask of WebAssembly. */

import { isFunctionName } from '../loops/ir.ts';
import type { Target } from '../lower/nest.ts';
import { formOf, instructionFor } from './machine.ts';

export const targetWith = ({ relaxed }: { readonly relaxed: boolean }): Target => ({
  // Measured: with fused multiplication and addition V8 keeps six rows in registers, without it four.
  tile: { rows: relaxed ? 6 : 4, vectors: 2 },
  supports: (operation, type, operands) => {
    if (formOf(type) === undefined || operands.some((operand) => formOf(operand.type) === undefined))
      return false;
    // All lanes are shifted by one amount.
    if (operation.startsWith('shift')) return operands[1]?.kind === 'number';
    if (operation === 'multiplyAdd' || isFunctionName(operation))
      return type.scalar === 'f32' || type.scalar === 'f64';
    const types = operands.map((operand) => operand.type);
    return instructionFor(operation, type, types) !== undefined;
  },
});
