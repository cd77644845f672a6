/** Type-checking texts in memory, with the options of the repository. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const slashes = (path: string): string => path.replaceAll('\\', '/');

export interface Checked {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The files, in the order of the texts. */
  readonly files: readonly ts.SourceFile[];
}

/** Files are read and parsed once, however many programs look at them. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** One program with a module in this folder for each text. */
export function check(texts: readonly string[]): Checked {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const options = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const modules = new Map(texts.map((text, i) => [slashes(join(here, `text-${i}.ts`)), text]));
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => root;
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(slashes(path)) || fileExists(path);
  host.readFile = (path) => modules.get(slashes(path)) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = modules.get(slashes(path));
    if (text !== undefined) return ts.createSourceFile(path, text, version, true);
    const known = parsed.get(path) ?? getSourceFile(path, version, ...rest);
    parsed.set(path, known);
    return known;
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return {
    program,
    checker: program.getTypeChecker(),
    files: [...modules.keys()].map((path) => program.getSourceFile(path)!),
  };
}

/** The errors of a file: the line from 0, and the sentence. */
export const errorsIn = (
  { program }: Checked,
  file: ts.SourceFile,
): { readonly line: number; readonly sentence: string }[] =>
  [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ start = 0, messageText }) => ({
      line: file.getLineAndCharacterOfPosition(start).line,
      sentence: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }),
  );
