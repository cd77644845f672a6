/** Laws of arithmetic that hold bit for bit, signed zeros and NaN included. */
import { type AnyTensor, apply1, isFloat } from '@cotangent/graph';
import { applicationOf, isSplat, type Rule, splatValue } from './rule.ts';

const other = (
  operands: readonly AnyTensor[],
  matches: (operand: AnyTensor) => boolean,
): AnyTensor | undefined =>
  matches(operands[1]!) ? operands[0] : matches(operands[0]!) ? operands[1] : undefined;

const only = (tensor: AnyTensor | undefined): readonly AnyTensor[] | undefined =>
  tensor === undefined ? undefined : [tensor];

/** A constant that no float dtype turns into infinity or 0. */
function isPlainNumber(operand: AnyTensor): boolean {
  const value = splatValue(operand);
  return value !== undefined && Math.abs(value) > 1e-30 && Math.abs(value) < 1e30;
}

export const arithmeticRules: readonly Rule[] = [
  {
    name: 'x · 1 = x',
    on: ['mul'],
    apply: (_, operands) => only(other(operands, (operand) => isSplat(operand, 1))),
  },
  {
    name: 'mulNoNan(x, 1) = x',
    on: ['mulNoNan'],
    apply: (_, operands) => only(other(operands, (operand) => isSplat(operand, 1))),
  },
  {
    name: 'mulNoNan(x, c) = x · c for a finite c ≠ 0',
    on: ['mulNoNan'],
    apply: (_, operands) => (operands.some(isPlainNumber) ? [apply1('mul', operands, {})] : undefined),
  },
  { name: 'x / 1 = x', on: ['div'], apply: (_, [x, y]) => (isSplat(y!, 1) ? [x!] : undefined) },
  { name: 'x − 0 = x', on: ['sub'], apply: (_, [x, y]) => (isSplat(y!, 0) ? [x!] : undefined) },
  {
    name: 'x + 0 = x for integers, x + −0 = x for floats',
    on: ['add'],
    apply: (_, operands) =>
      only(other(operands, (operand) => isSplat(operand, isFloat(operand.dtype) ? -0 : 0))),
  },
  {
    name: '−(−x) = x',
    on: ['neg'],
    apply: (_, [x]) => applicationOf(x!, 'neg')?.inputs,
  },
  {
    name: 'select(true, a, b) = a, select(false, a, b) = b, select(c, a, a) = a',
    on: ['select'],
    apply: (_, [condition, a, b]) => {
      if (a === b) return [a!];
      const value = splatValue(condition!);
      return value === undefined ? undefined : [value === 0 ? b! : a!];
    },
  },
  {
    name: 'convert to the same dtype = x',
    on: ['convert'],
    apply: (node, [x]) => (x!.dtype === node.outputs[0]!.dtype ? [x!] : undefined),
  },
];
