/** Running a block: types are stripped, imports are taken from a table, comments that say values are checked. */
import ts from 'typescript';
import type { Block } from './blocks.ts';
import { disagreement, type Expectation, expectationOf } from './expectation.ts';

export interface Outcome {
  /** How many comments were compared with values. */
  readonly checked: number;
}

/** Gives the exports of a module by its specifier. */
export type Modules = (specifier: string) => Promise<Readonly<Record<string, unknown>>>;

/** The body of an async function, as its own constructor takes it. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (...values: unknown[]) => Promise<void>;

/**
 * Runs a block.
 *
 * @param scope    names that the block may use; its own declarations hide them
 * @throws what the block throws, or an error that names the line whose comment is wrong
 */
export async function runBlock(
  block: Block,
  scope: Readonly<Record<string, unknown>>,
  modules: Modules,
): Promise<Outcome> {
  const { body, specifiers, expectations } = prepared(block.code);
  let checked = 0;
  const check = <T>(value: T, index: number): T => {
    const { expectation, line } = expectations[index]!;
    checked++;
    const wrong = disagreement(value, expectation);
    if (wrong !== undefined) throw new Error(`${block.file}:${block.line + line}: ${wrong}`);
    return value;
  };
  const imported = Object.fromEntries(
    await Promise.all(specifiers.map(async (specifier) => [specifier, await modules(specifier)] as const)),
  );
  const silent = { ...console, log: () => {}, table: () => {} };
  const all: Record<string, unknown> = { ...scope, console: silent, $check: check, $imported: imported };
  const names = Object.keys(all).filter((name) => name !== 'default');
  const run = new AsyncFunction(...names, `'use strict'; {\n${body}\n}`);
  await run(...names.map((name) => all[name]));
  return { checked };
}

interface Prepared {
  readonly body: string;
  readonly specifiers: readonly string[];
  readonly expectations: readonly { readonly expectation: Expectation; readonly line: number }[];
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function prepared(code: string): Prepared {
  const file = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ESNext, true);
  const edits: Edit[] = [];
  const specifiers: string[] = [];
  const expectations: { expectation: Expectation; line: number }[] = [];

  const wrap = (expression: ts.Expression, expectation: Expectation): void => {
    const from = expression.getStart(file);
    const index = expectations.push({ expectation, line: file.getLineAndCharacterOfPosition(from).line }) - 1;
    edits.push(
      { from, to: from, text: '$check((' },
      { from: expression.end, to: expression.end, text: `), ${index})` },
    );
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
      specifiers.push(specifier);
      edits.push({ from: node.getStart(file), to: node.end, text: bindingOf(node, specifier) });
      return;
    }
    if (node.kind === ts.SyntaxKind.ExportKeyword)
      edits.push({ from: node.getStart(file), to: node.end, text: '' });
    const subject = ts.isExpressionStatement(node)
      ? node.expression
      : ts.isVariableStatement(node) && node.declarationList.declarations.length === 1
        ? node.declarationList.declarations[0]!.initializer
        : undefined;
    const comment = subject && commentBehind(code, node.end);
    if (subject !== undefined && comment !== undefined) {
      const shown = printedBy(subject);
      const expectation = expectationOf(comment, shown !== undefined);
      if (expectation !== undefined) wrap(shown ?? subject, expectation);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);

  const edited = [...edits]
    .sort((a, b) => b.from - a.from || b.to - a.to)
    .reduce(
      (text, { from, to, text: replacement }) => text.slice(0, from) + replacement + text.slice(to),
      code,
    );
  const { outputText } = ts.transpileModule(edited, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return { body: outputText.replace(/^export \{\};?$/m, ''), specifiers, expectations };
}

/** The comment that follows on the same line, after a semicolon or not. */
function commentBehind(code: string, end: number): string | undefined {
  const rest = code.slice(end).split('\n', 1)[0]!;
  return /^;?\s*\/\/\s*(.+)$/.exec(rest)?.[1];
}

/** The argument of `console.log(argument)`. */
function printedBy(expression: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(expression) || expression.arguments.length !== 1) return undefined;
  return expression.expression.getText() === 'console.log' ? expression.arguments[0] : undefined;
}

/** An import as a destructuring of the table of modules. */
function bindingOf({ importClause: clause }: ts.ImportDeclaration, specifier: string): string {
  const from = `$imported[${JSON.stringify(specifier)}]`;
  if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return '';
  const bindings = clause.namedBindings;
  const first = clause.name === undefined ? '' : `const ${clause.name.text} = ${from}.default;`;
  if (bindings === undefined) return first;
  if (ts.isNamespaceImport(bindings)) return `${first}const ${bindings.name.text} = ${from};`;
  const names = bindings.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ propertyName, name }) => (propertyName ? `${propertyName.text}: ${name.text}` : name.text));
  return `${first}const { ${names.join(', ')} } = ${from};`;
}
