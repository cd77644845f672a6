/** The types compute what run time computes: the shape and dtype of each expression of the table, in both ways. */
import { isTensor } from 'cotangent';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { evaluate, imports } from './evaluate.ts';
import { expressions } from './expressions.ts';
import { check, errorsIn } from './program.ts';

const rules = Object.keys(expressions);
const texts = rules.map(
  (rule) =>
    `${imports}\n${expressions[rule]!.map((expression, i) => `export const value${i} = ${expression};`).join('\n')}\n`,
);
const checked = check(texts);
const { checker } = checked;

/** A type as text: `f32[batch, 10]`, `?` where it is open; lists in parentheses. */
function describeType(type: ts.Type): string {
  const shape = type.getProperty('shape');
  const dtype = type.getProperty('dtype');
  if (shape === undefined || dtype === undefined) {
    if (!checker.isTupleType(type)) return 'no tensor';
    return `(${checker
      .getTypeArguments(type as ts.TypeReference)
      .map(describeType)
      .join(', ')})`;
  }
  const dims = checker.getTypeOfSymbol(shape);
  if (!checker.isTupleType(dims)) return 'a tensor of unknown shape';
  const entries = checker.getTypeArguments(dims as ts.TypeReference).map(literal);
  return `${literal(checker.getTypeOfSymbol(dtype))}[${entries.join(', ')}]`;
}
const literal = (type: ts.Type): string => (type.isLiteral() ? String(type.value) : '?');

/** A value as text; what types cannot know of a name is `?`. */
function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(describeValue).join(', ')})`;
  if (!isTensor(value)) return 'no tensor';
  return `${value.dtype}[${value.shape.map((dim) => (/[+(-]/.test(String(dim)) ? '?' : dim)).join(', ')}]`;
}

describe.each(rules.map((rule, i) => [rule, i] as const))('%s', (rule, at) => {
  const file = checked.files[at]!;
  test('has no type errors', () => {
    expect(errorsIn(checked, file)).toEqual([]);
  });
  const declared = new Map<string, ts.Type>();
  ts.forEachChild(file, (node) => {
    if (!ts.isVariableStatement(node)) return;
    const { name } = node.declarationList.declarations[0]!;
    declared.set(name.getText(), checker.getTypeAtLocation(name));
  });
  test.each(expressions[rule]!.map((expression, i) => [expression, i] as const))('%s', (expression, i) => {
    expect(describeType(declared.get(`value${i}`)!)).toBe(describeValue(evaluate(expression)));
  });
});
