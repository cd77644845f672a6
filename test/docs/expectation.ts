/**
 * What an example says about a value: the comment behind a statement, on the same line.
 *
 * The rule: behind an expression statement, behind `const name = value;` and behind `console.log(value)`, a comment
 * that reads as a literal (number, text, true, false, null, undefined, NaN, Infinity, list, record; perhaps after `=>`)
 * is the value. Numbers with decimals agree if they round to the decimals written, whole ones to six digits; `0.666…`
 * is the beginning of a number. Behind `console.log` a comment that is one word is the text that is printed.
 * An array of the library is compared by its nested numbers. Every other comment is prose.
 */
import { HostArray } from '@cotangent/graph';
import ts from 'typescript';

export type Expectation =
  | { readonly kind: 'value'; readonly value: unknown; readonly decimals: number }
  | { readonly kind: 'start'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string };

/** What a comment (without its slashes) expects, or undefined for prose. */
export function expectationOf(comment: string, printed: boolean): Expectation | undefined {
  const text = comment.replace(/^=>\s*/, '').trim();
  if (/^-?\d+\.\d+…$/.test(text)) return { kind: 'start', text: text.slice(0, -1) };
  const literal = literalOf(text);
  if (literal !== undefined) return { kind: 'value', value: literal.value, decimals: decimalsIn(text) };
  return printed && /^\w+$/.test(text) ? { kind: 'word', text } : undefined;
}

/** Why a value is not what the comment says, or undefined. */
export function disagreement(value: unknown, expectation: Expectation): string | undefined {
  const plain = plainOf(value);
  const agrees =
    expectation.kind === 'value'
      ? alike(plain, expectation.value, expectation.decimals)
      : expectation.kind === 'start'
        ? String(plain).startsWith(expectation.text)
        : String(plain) === expectation.text;
  if (agrees) return undefined;
  const wanted = expectation.kind === 'value' ? expectation.value : expectation.text;
  return `the comment says ${JSON.stringify(wanted)}, the value is ${JSON.stringify(plain) ?? String(plain)}`;
}

const decimalsIn = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/\d\.(\d+)/g)].map(([, decimals]) => decimals!.length));

function plainOf(value: unknown): unknown {
  if (value instanceof HostArray) return value.shape.length === 0 ? value.item() : value.toNested();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainOf(entry)]));
  return value;
}

function alike(value: unknown, wanted: unknown, decimals: number): boolean {
  if (typeof value === 'number' && typeof wanted === 'number') {
    if (Object.is(value, wanted) || value === wanted) return true;
    const allowed = Number.isInteger(wanted)
      ? 1e-6 * Math.max(1, Math.abs(wanted))
      : 0.5001 * 10 ** -decimals;
    return Math.abs(value - wanted) <= allowed;
  }
  if (Array.isArray(value) && Array.isArray(wanted))
    return value.length === wanted.length && wanted.every((entry, i) => alike(value[i], entry, decimals));
  if (typeof value === 'object' && value !== null && typeof wanted === 'object' && wanted !== null) {
    const keys = Object.keys(wanted);
    return (
      Object.keys(value).length === keys.length &&
      keys.every((key) => alike((value as never)[key], (wanted as never)[key], decimals))
    );
  }
  return value === wanted;
}

/** The value of a text that is one literal. */
function literalOf(text: string): { readonly value: unknown } | undefined {
  const file = ts.createSourceFile('comment.ts', `(${text})`, ts.ScriptTarget.ESNext);
  const [statement, ...more] = file.statements;
  const broken = (file as unknown as { readonly parseDiagnostics: readonly unknown[] }).parseDiagnostics;
  if (more.length > 0 || broken.length > 0 || !statement || !ts.isExpressionStatement(statement))
    return undefined;
  return ts.isParenthesizedExpression(statement.expression)
    ? read(statement.expression.expression)
    : undefined;
}

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
]);

function read(node: ts.Expression): { readonly value: unknown } | undefined {
  if (ts.isNumericLiteral(node)) return { value: Number(node.text) };
  if (ts.isStringLiteral(node)) return { value: node.text };
  if (ts.isIdentifier(node)) return words.has(node.text) ? { value: words.get(node.text) } : undefined;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const inner = read(node.operand);
    return typeof inner?.value === 'number' ? { value: -inner.value } : undefined;
  }
  if (ts.isArrayLiteralExpression(node)) {
    const entries = node.elements.map(read);
    return entries.every((entry) => entry !== undefined)
      ? { value: entries.map(({ value }) => value) }
      : undefined;
  }
  if (ts.isObjectLiteralExpression(node)) {
    const entries = node.properties.map((property) => {
      if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name)) return undefined;
      const entry = read(property.initializer);
      return entry && ([property.name.text, entry.value] as const);
    });
    return entries.every((entry) => entry !== undefined) ? { value: Object.fromEntries(entries) } : undefined;
  }
  return undefined;
}
