/** The sources of the packages, and what each of them imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly imports: readonly string[];
  readonly lines: number;
}

export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly source: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Tests and what serves them alone: `*.test.ts`, `*.types.ts`, `testing.ts`. */
const isForTests = (path: string): boolean => /(\.test|\.test-d|\.types|(^|\/)testing)\.ts$/.test(path);

/** All sources of a folder of `packages`, without tests. */
export const sourcesOf = (folder: string): Source[] =>
  filesUnder(join(root, 'packages', folder, 'src'))
    .filter((path) => path.endsWith('.ts') && !isForTests(path))
    .map((path) => sourceAt(path, root));

/** The sources under a folder, tests included, by their paths in it, with all that each reaches by relative imports. */
export function importedBy(folder: string): { readonly path: string; readonly reaches: string[] }[] {
  const sources = filesUnder(folder)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceAt(path, folder));
  return sources.map(({ path }) => ({
    path,
    reaches: reachedFrom(path, sources).map((source) => source.path),
  }));
}

function sourceAt(path: string, from: string): Source {
  const text = readFileSync(path, 'utf8');
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return { path: slashes(relative(from, path)), imports, lines: text.split('\n').length - 1 };
}

export const folders: readonly string[] = readdirSync(join(root, 'packages'));

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;

/** Files of one package that are reached from an entry by relative imports, the entry included. */
export function reachedFrom(entry: string, sources: readonly Source[]): Source[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<Source>();
  const visit = (path: string): void => {
    const source = byPath.get(path);
    if (source === undefined || seen.has(source)) return;
    seen.add(source);
    for (const specifier of source.imports)
      if (specifier.startsWith('.')) visit(slashes(join(dirname(path), specifier)));
  };
  visit(slashes(entry));
  return [...seen];
}

/** `@cotangent/graph` of `@cotangent/graph/ops`, `immer` of `immer`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const slashes = (path: string): string => path.replaceAll('\\', '/');

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
