/** Mutants of the rewrite rules: another value, a lost derivative, a rule that fires where its pattern is not. */
import { type AnyTensor, isFloat, type PrimitiveName, sameType } from '@cotangent/graph';
import { add, neg, not, stopGradient } from '@cotangent/graph/ops';
import { type Rule, rules, simplify } from '@cotangent/rewrite';
import { examples, nearMisses } from '../properties/examples.ts';
import { alone, checkExample } from '../properties/rewrites.ts';
import { type Mutant, replace } from './mutant.ts';

/** Something else of the same type. */
const another = (x: AnyTensor): AnyTensor =>
  x.dtype === 'bool' ? not(x) : x.dtype === 'u32' ? add(x, 1) : neg(x);

/** Results that are constants have no derivative to lose. */
const constant = 'movement of a constant that is one number = that constant';

/**
 * Where a rule does not fire, it would be wrong to give back an operand: not so for those that fire whenever an operand
 * has the type of the result, and for those whose operand has the same elements all the same.
 */
const cautious: readonly PrimitiveName[] = [
  'mul',
  'mulNoNan',
  'div',
  'sub',
  'add',
  'neg',
  'select',
  'transpose',
  'pad',
];
const alsoCautious = ['reverse of no axis = x', 'broadcast of a broadcast = one broadcast', constant];
const isCautious = ({ name, on }: Rule): boolean =>
  on.every((op) => cautious.includes(op)) || alsoCautious.includes(name);

function lawsNotice(rule: Rule): void {
  for (const example of examples[rule.name] ?? []) {
    checkExample(example, alone(rule), rule.name);
    checkExample(example, simplify, rule.name);
  }
  for (const example of nearMisses) checkExample(example, alone(rule), rule.name);
}

function mutantsOf(rule: Rule): Mutant[] {
  const right = rule.apply;
  const mutant = (change: string, apply: Rule['apply']): Mutant => ({
    table: 'rewrite',
    rule: rule.name,
    change,
    install: () => replace(rule, 'apply', apply),
    run: () => lawsNotice(rule),
  });
  return [
    mutant('another value', (...given) =>
      right(...given)?.map((result, i) => (i === 0 ? another(result) : result)),
    ),
    ...(rule.name === constant
      ? []
      : [
          mutant('the derivative is lost', (...given) =>
            right(...given)?.map((result) => (isFloat(result.dtype) ? stopGradient(result) : result)),
          ),
        ]),
    ...(isCautious(rule)
      ? [
          mutant('fires where its pattern is not', (node, operands, uses) => {
            const found = right(node, operands, uses);
            const same = operands.find((operand) => sameType(operand, node.outputs[0]!));
            return found ?? (same === undefined ? undefined : [same]);
          }),
        ]
      : []),
  ];
}

export const rewriteMutants = (): Mutant[] => rules.flatMap(mutantsOf);
