/**
 * Type-checking the blocks of the documentation: each becomes a module in memory, all of them in one program with the
 * options of the repository. Free names that `cotangent` exports are imported, those of the prelude are taken from
 * there. A comment `// Tensor<…>` behind `const name = …` is the type of that name, and `// @ts-expect-error sentence`
 * announces that the next line is an error that says so.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { type Block, root } from './blocks.ts';

/** Mistakes, as `file:line: sentence`. */
export function typeProblems(blocks: readonly Block[]): string[] {
  const options = optionsOfRepository();
  const folder = join(root, 'test/docs');
  const umbrella = join(root, 'packages/cotangent/src/index.ts');
  const exported = exportsOf(umbrella, options);
  const preludeNames = namesReturned(join(folder, 'prelude.ts'));
  const texts = new Map<string, { readonly block: Block; readonly text: string }>();
  blocks.forEach((block, i) => {
    const header = headerFor(block.code, exported, preludeNames);
    texts.set(slashes(join(folder, `block-${i}.ts`)), {
      block,
      text: `${header}\n${withErrors(block.code)}\nexport {};\n`,
    });
  });

  const host = ts.createCompilerHost(options);
  // Packages of types are looked up from here, wherever the process is.
  host.getCurrentDirectory = () => root;
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(slashes(path)) || fileExists(path);
  host.readFile = (path) => texts.get(slashes(path))?.text ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const own = texts.get(slashes(path));
    return own === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, own.text, version, true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const checker = program.getTypeChecker();
  return [...texts].flatMap(([path, { block }]) => {
    const file = program.getSourceFile(path)!;
    const met = new Set<number>();
    const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line - 1;
    const expected = expectedIn(block.code);
    const problems: { line: number; why: string }[] = wrongTypes(file, checker).map(({ at, why }) => ({
      line: lineOf(at),
      why,
    }));
    for (const { start = 0, messageText } of [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]) {
      const line = lineOf(start);
      const sentence = ts.flattenDiagnosticMessageText(messageText, ' ');
      const wanted = expected.get(line);
      if (wanted === undefined || !sentence.includes(wanted)) problems.push({ line, why: sentence });
      else met.add(line);
    }
    for (const [line, sentence] of expected)
      if (!met.has(line)) problems.push({ line, why: `there is no such error: ${sentence}` });
    return problems.map(({ line, why }) => `${block.file}:${block.line + line}: ${why}`);
  });
}

const announcement = /^\s*\/\/ @ts-expect-error (.+)$/;

/** The errors that a block announces, by the line that they are in, from 0. */
const expectedIn = (code: string): ReadonlyMap<number, string> =>
  new Map(
    code.split('\n').flatMap((line, i) => {
      const sentence = announcement.exec(line)?.[1];
      return sentence === undefined ? [] : [[i + 1, sentence] as const];
    }),
  );

/** The block with its announced errors shown instead of hidden. */
const withErrors = (code: string): string => code.replaceAll('@ts-expect-error', '@expected');

function optionsOfRepository(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Examples declare what they show and do not use; and free names may be types.
  return {
    ...options,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
  };
}

function exportsOf(path: string, options: ts.CompilerOptions): ReadonlySet<string> {
  const program = ts.createProgram([path], options);
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(path)!);
  return new Set(symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name));
}

/** The names of the record that `prelude` returns. */
function namesReturned(path: string): ReadonlySet<string> {
  const file = ts.createSourceFile(path, ts.sys.readFile(path) ?? '', ts.ScriptTarget.ESNext, true);
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression && ts.isObjectLiteralExpression(node.expression))
      for (const { name } of node.expression.properties)
        if (name && ts.isIdentifier(name)) names.add(name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** One line, so that the lines of the block are found again. */
function headerFor(code: string, exported: ReadonlySet<string>, preludeNames: ReadonlySet<string>): string {
  const file = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ESNext, true);
  const declared = new Set<string>();
  const used = new Set<string>();
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) declared.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) bind(name);
    else if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      if (statement.importClause?.name) declared.add(statement.importClause.name.text);
      if (bindings && ts.isNamespaceImport(bindings)) declared.add(bindings.name.text);
      if (bindings && ts.isNamedImports(bindings))
        for (const { name } of bindings.elements) declared.add(name.text);
    } else if ('name' in statement && statement.name && ts.isIdentifier(statement.name as ts.Node))
      declared.add((statement.name as ts.Identifier).text);
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const free = [...used].filter((name) => !declared.has(name));
  const own = free.filter((name) => preludeNames.has(name));
  const imported = free.filter((name) => exported.has(name) && !preludeNames.has(name));
  return [
    imported.length === 0 ? '' : `import { ${imported.join(', ')} } from 'cotangent';`,
    own.length === 0
      ? ''
      : `import { prelude as $prelude } from './prelude.ts'; const { ${own.join(', ')} } = $prelude();`,
  ].join(' ');
}

/** Declarations whose comment names another type. */
function wrongTypes(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): { readonly at: number; readonly why: string }[] {
  const found: { at: number; why: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableStatement(node) && node.declarationList.declarations.length === 1) {
      const rest = file.text.slice(node.end).split('\n', 1)[0]!;
      const wanted = /^\s*\/\/\s*(Tensor<.*>)$/.exec(rest)?.[1];
      const { name } = node.declarationList.declarations[0]!;
      if (wanted !== undefined) {
        const type = checker.typeToString(
          checker.getTypeAtLocation(name),
          node,
          ts.TypeFormatFlags.NoTruncation,
        );
        if (plainText(type) !== plainText(wanted))
          found.push({ at: name.getStart(), why: `the comment says ${wanted}, the type is ${type}` });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Quotes and the places of declarations are not part of what a type is. */
const plainText = (type: string): string => type.replace(/import\("[^"]*"\)\./g, '').replaceAll('"', "'");

const slashes = (path: string): string => path.replaceAll('\\', '/');
