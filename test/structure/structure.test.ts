/** The plan of the house, held by tests: which package may import which, where files are touched, how long a source is. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  folders,
  importedBy,
  manifestOf,
  packageOf,
  reachedFrom,
  root,
  type Source,
  sourcesOf,
} from './sources.ts';

/** The rooms: each package, and the packages that its sources may import. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  interpreter: ['graph'],
  rewrite: ['graph', 'interpreter'],
  autodiff: ['graph', 'rewrite'],
  engine: ['graph', 'rewrite', 'interpreter'],
  wasm: ['graph', 'engine'],
  layers: ['graph'],
  train: ['graph', 'layers', 'autodiff', 'engine'],
  gradcheck: ['graph', 'rewrite', 'autodiff', 'engine'],
  inspect: ['graph'],
};
const allRooms = Object.keys(rooms);
const allowed = (folder: string): readonly string[] =>
  folder === 'cotangent' ? allRooms : (rooms[folder] ?? []);

const longest = 450;
const scope = '@cotangent/';
const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:');
/** Packages of declarations, which declarations need and nobody imports. */
const isOfTypes = (name: string): boolean => name.startsWith('@types/') || name.endsWith('-types');
/** What only runs in Node: its modules, and the `/node` faces of packages. */
const needsNode = (specifier: string): boolean => isBuiltin(specifier) || specifier.endsWith('/node');

const packages = folders.map((folder) => ({
  folder,
  sources: sourcesOf(folder),
  manifest: manifestOf(folder),
}));

const importsOf = (sources: readonly Source[]): { path: string; specifier: string }[] =>
  sources.flatMap(({ path, imports }) => imports.map((specifier) => ({ path, specifier })));

describe.each(packages)('the package $folder', ({ folder, sources, manifest }) => {
  const foreign = importsOf(sources).filter(
    ({ specifier }) => !specifier.startsWith('.') && !isBuiltin(specifier),
  );

  it('is one of the rooms', () => {
    expect([...allRooms, 'cotangent']).toContain(folder);
    expect(manifest.name).toBe(folder === 'cotangent' ? folder : scope + folder);
    expect(sources.length).toBeGreaterThan(0);
  });

  it('imports only the rooms that it may enter', () => {
    const names = allowed(folder).map((room) => scope + room);
    const wrong = foreign.filter(
      ({ specifier }) => specifier.startsWith(scope) && !names.includes(packageOf(specifier)),
    );
    expect(wrong).toEqual([]);
  });

  it('imports its own files with their extension, and never leaves its folder', () => {
    const relative = importsOf(sources).filter(({ specifier }) => specifier.startsWith('.'));
    const wrong = relative.filter(({ path, specifier }) => {
      const target = join(path, '..', specifier);
      return !specifier.endsWith('.ts') || !target.startsWith(join('packages', folder, 'src'));
    });
    expect(wrong).toEqual([]);
  });

  it('depends on what it imports, and on nothing else', () => {
    const imported = [...new Set(foreign.map(({ specifier }) => packageOf(specifier)))].sort();
    const declared = Object.keys(manifest.dependencies ?? {})
      .filter((name) => !isOfTypes(name))
      .sort();
    expect(imported.filter((name) => !declared.includes(name))).toEqual([]);
    // The umbrella brings all rooms along, those too that it does not show.
    if (folder !== 'cotangent') expect(declared).toEqual(imported);
  });

  it('needs Node only behind the subpaths ./node and ./cli', () => {
    const entries = Object.entries(manifest.exports ?? {}).map(([subpath, { source }]) => ({
      inNode: subpath === './node' || subpath === './cli',
      reached: reachedFrom(join('packages', folder, source), sources),
    }));
    expect(entries.length).toBeGreaterThan(0);
    const open = entries.filter(({ inNode }) => !inNode).flatMap(({ reached }) => reached);
    expect(importsOf(open).filter(({ specifier }) => needsNode(specifier))).toEqual([]);
    const inNode = new Set(entries.flatMap((entry) => (entry.inNode ? entry.reached : [])));
    const stray = sources.filter((source) => source.imports.some(needsNode) && !inNode.has(source));
    expect(stray.map(({ path }) => path)).toEqual([]);
  });

  it(`has no source of more than ${longest} lines`, () => {
    expect(
      sources.filter(({ lines }) => lines > longest).map(({ path, lines }) => `${path}: ${lines}`),
    ).toEqual([]);
  });
});

describe('the files of the project', () => {
  const texts = trackedFiles().filter((path) => !/\.(bin|png|ico|gz|wasm|safetensors)$/.test(path));

  it('speak of the project alone: no folders of a machine, no hosts that packages were fetched from', () => {
    // Put together here, so that this file does not contain what it looks for.
    const folder = ['work', 'root', 'home/[a-z]+', 'Users/[A-Za-z]+'].map((name) => `/${name}/`).join('|');
    const host = ['localhost', '127\\.0\\.0\\.1', '0\\.0\\.0\\.0', 'registry\\.[a-z.]+'].join('|');
    const pattern = new RegExp(`(?<![\\w.@)}/-])(${folder})|https?:/{2}(${host})`);
    const found = texts.flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('are those of the plan at the top', () => {
    const top = new Set(trackedFiles().map((path) => path.split('/')[0]!));
    const folders = [...top].filter(
      (name) => !name.includes('.') && trackedFiles().some((path) => path.startsWith(`${name}/`)),
    );
    expect(folders.sort()).toEqual(['docs', 'examples', 'packages', 'test']);
  });
});

/** Outside of a repository there is nothing to ask; then only the top-level files that always exist. */
function trackedFiles(): string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return list.split('\0').filter((path) => path !== '' && exists(path));
  } catch {
    return [
      'package.json',
      'README.md',
      'docs/features.md',
      'examples/package.json',
      'packages/graph/package.json',
      'test/package.json',
    ];
  }
}

function exists(path: string): boolean {
  try {
    readFileSync(join(root, path));
    return true;
  } catch {
    return false;
  }
}

describe('laws that every engine is held to', () => {
  const folder = join(root, 'test/properties');
  /** Those in a folder of their own and the stability grid name their engines themselves. */
  const laws = importedBy(folder).filter(
    ({ path }) => path.endsWith('.test.ts') && !/^(compiled\/|stability\.test)/.test(path),
  );

  it.each(laws.map((law) => [law.path, law] as const))('%s take their engine from one place', (_, law) => {
    expect(law.reaches).toContain('engine.ts');
  });
});
