/** Kernels as text: for people, for `explain`, and for telling kernels apart. */
import type { Affine, Assignment, Kernel, Statement, Type, Value } from './ir.ts';

const symbols: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  and: '&',
  or: '|',
  xor: '^',
  shiftLeft: '<<',
  shiftRight: '>>',
  shiftRightUnsigned: '>>>',
};

export const printType = ({ scalar, lanes }: Type): string => (lanes === 1 ? scalar : `${scalar}x${lanes}`);

export function printAffine({ constant, terms, computed }: Affine): string {
  const parts = [
    ...terms.map(({ variable, step }) => (step === 1 ? variable.name : `${step}*${variable.name}`)),
    ...computed.map(({ value, step }) => (step === 1 ? printValue(value) : `${step}*${printValue(value)}`)),
  ];
  if (constant !== 0 || parts.length === 0) parts.push(String(constant));
  return parts.join(' + ').replaceAll('+ -', '- ');
}

export function printValue(value: Value): string {
  switch (value.kind) {
    case 'number':
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    case 'bits':
      return `0x${BigInt.asUintN(64, value.value).toString(16)}`;
    case 'ramp':
      return 'lanes';
    case 'variable':
      return value.variable.name;
    case 'local':
      return value.local.name;
    case 'load':
      return `${value.buffer.name}[${printAffine(value.at)}]${value.type.lanes > 1 ? `:${value.type.lanes}` : ''}`;
    case 'apply': {
      const { operation, operands, type } = value;
      const [first, second] = operands.map(printValue);
      const symbol = symbols[operation];
      if (symbol !== undefined) return `(${first} ${symbol} ${second})`;
      if (operation === 'convert' || operation === 'bitcast')
        return `${operation}<${printType(type)}>(${first})`;
      return `${operation}(${operands.map(printValue).join(', ')})`;
    }
  }
}

const printAssignment = (one: Assignment): string =>
  one.kind === 'set'
    ? `${one.local.name} = ${printValue(one.value)}`
    : `${one.buffer.name}[${printAffine(one.at)}] = ${printValue(one.value)}`;

export function printStatements(list: readonly Statement[], indent = '  '): string {
  const inner = `${indent}  `;
  return list
    .map((statement) => {
      switch (statement.kind) {
        case 'assign':
          return statement.assignments.map((one) => `${indent}${printAssignment(one)}\n`).join('');
        case 'for': {
          const [from, to] = [statement.from, statement.to].map((end) =>
            typeof end === 'number' ? String(end) : printValue(end),
          );
          const step = statement.step === 1 ? '' : ` by ${statement.step}`;
          return `${indent}for ${statement.variable.name} from ${from} to ${to}${step}\n${printStatements(statement.body, inner)}`;
        }
        case 'if':
          return `${indent}if ${printValue(statement.condition)}\n${printStatements(statement.onTrue, inner)}${
            statement.onFalse.length === 0
              ? ''
              : `${indent}else\n${printStatements(statement.onFalse, inner)}`
          }`;
        case 'while':
          return `${indent}while ${printValue(statement.condition)}\n${printStatements(statement.body, inner)}`;
      }
    })
    .join('');
}

export const printKernel = ({ name, unit, units, around, body }: Kernel): string =>
  `kernel ${name}(${[...around.map((variable) => variable.name), `${unit.name} of ${units}`].join(', ')})\n${printStatements(body)}`;
