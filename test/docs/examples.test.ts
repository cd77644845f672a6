/** Every example of the documentation is run, and those of Markdown pages are type-checked. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allBlocks, type Block, blocksIn, pages, root } from './blocks.ts';
import { disagreement, expectationOf } from './expectation.ts';
import { prelude } from './prelude.ts';
import { type Modules, runBlock } from './run.ts';
import { typeProblems } from './types.ts';

const loaders: Readonly<Record<string, () => Promise<object>>> = {
  cotangent: () => import('cotangent'),
  'cotangent/node': () => import('cotangent/node'),
  '@cotangent/graph': () => import('@cotangent/graph'),
  '@cotangent/graph/ops': () => import('@cotangent/graph/ops'),
  '@cotangent/interpreter': () => import('@cotangent/interpreter'),
  '@cotangent/rewrite': () => import('@cotangent/rewrite'),
  '@cotangent/autodiff': () => import('@cotangent/autodiff'),
  '@cotangent/engine': () => import('@cotangent/engine'),
  '@cotangent/layers': () => import('@cotangent/layers'),
  '@cotangent/train': () => import('@cotangent/train'),
  '@cotangent/train/node': () => import('@cotangent/train/node'),
  '@cotangent/gradcheck': () => import('@cotangent/gradcheck'),
  '@cotangent/inspect': () => import('@cotangent/inspect'),
};

const modules: Modules = async (specifier) => {
  const load = loaders[specifier];
  const found = load === undefined ? await import(/* @vite-ignore */ specifier) : await load();
  return { ...found };
};

/** What a fragment sees: the umbrella, over it what its own package exports, over it the names of the prelude. */
async function scopeOf({ file }: Block): Promise<Record<string, unknown>> {
  const own = /^packages\/(\w+)\/src\/(\w+\/)?/.exec(file);
  const faces = ['cotangent', 'cotangent/node'];
  if (own !== null && own[1] !== 'cotangent') faces.push(`@cotangent/${own[1]}`);
  if (own?.[1] === 'graph' && own[2] === 'dsl/') faces.push('@cotangent/graph/ops');
  const found = await Promise.all(faces.map(modules));
  return Object.assign({}, ...found, prelude());
}

const blocks = allBlocks();
const nameOf = ({ file, line }: Block): string => `${file}:${line}`;

describe('the examples of the documentation', () => {
  // Examples that save files save them where nobody looks.
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-docs-'));
  beforeAll(() => process.chdir(folder));
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  it('are found', () => {
    const count = (prefix: string) => blocks.filter(({ file }) => file.startsWith(prefix)).length;
    expect(count('README.md')).toBeGreaterThanOrEqual(3);
    expect(count('docs/')).toBeGreaterThanOrEqual(30);
    expect(count('packages/')).toBeGreaterThanOrEqual(40);
  });

  let checked = 0;
  it.each(blocks.filter(({ runs }) => runs).map((block) => [nameOf(block), block] as const))(
    '%s runs',
    async (_, block) => {
      checked += (await runBlock(block, await scopeOf(block), modules)).checked;
    },
  );

  it('say values that are compared', () => {
    expect(checked).toBeGreaterThanOrEqual(60);
  });

  it('have the types that they need and show', () => {
    expect(typeProblems(blocks.filter(({ typed }) => typed))).toEqual([]);
  });
});

describe('the pages', () => {
  it.each(pages())('%s links to files that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
    const broken = links.filter(
      (target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(page), target)),
    );
    expect(broken).toEqual([]);
  });
});

describe('reading examples', () => {
  it('takes blocks by their tag, from Markdown and from @example alone', () => {
    const page = ['```ts', 'a', '```', 'text', '```sh', 'b', '```', '```typescript', 'c', '```'].join('\n');
    expect(blocksIn('page.md', page)).toEqual([
      { file: 'page.md', line: 2, code: 'a', runs: true, typed: true },
      { file: 'page.md', line: 9, code: 'c', runs: false, typed: true },
    ]);
    const source = [
      '/**',
      ' * ```ts',
      ' * no',
      ' * ```',
      ' * @example',
      ' * ```ts',
      ' * yes',
      ' * ```',
      ' */',
    ].join('\n');
    expect(blocksIn('source.ts', source).map(({ code }) => code)).toEqual(['yes']);
  });

  it('compares values with comments', () => {
    const problem = (value: unknown, comment: string, printed = false): string | undefined => {
      const expectation = expectationOf(comment, printed);
      return expectation === undefined ? 'prose' : disagreement(value, expectation);
    };
    expect(problem(14, '14')).toBeUndefined();
    expect(problem(15, '14')).toBe('the comment says 14, the value is 15');
    expect(problem([2, 1], '=> [2, 1]')).toBeUndefined();
    expect(problem([2], '[2, 1]')).toMatch(/^the comment says/);
    expect(problem(2 / 3, '0.666…')).toBeUndefined();
    expect(problem(2 / 3, '0.667')).toBeUndefined();
    expect(problem(2 / 3, '0.66')).toMatch(/^the comment says/);
    expect(problem({ step: 7 }, '{ step: 7 }')).toBeUndefined();
    expect(problem(Number.NaN, 'NaN')).toBeUndefined();
    expect(problem('CODE', 'CODE', true)).toBeUndefined();
    expect(problem('OTHER', 'CODE', true)).toMatch(/^the comment says/);
    expect(problem(1, 'a scalar output is a number')).toBe('prose');
  });

  it('reports a wrong comment with its line, and lets a block hide names', async () => {
    const block = (code: string): Block => ({ file: 'page.md', line: 10, code, runs: true, typed: true });
    const run = (code: string) => runBlock(block(code), { a: 1 }, modules);
    await expect(run('const b: number = a;\na + b; // 3')).rejects.toThrow(
      'page.md:11: the comment says 3, the value is 2',
    );
    expect(await run('const a: number = 2;\na; // 2')).toEqual({ checked: 1 });
    expect(await run("import { fromNested as f } from 'cotangent';\nawait f([1, 2]); // [1, 2]")).toEqual({
      checked: 1,
    });
    await expect(run('throw new Error("no")')).rejects.toThrow('no');
  });

  it('reports wrong types, and errors that are not the announced ones', () => {
    const lines = [
      "const z = input('z', ['batch', 2]); // Tensor<['batch', 3], 'f32'>",
      "const n: number = 'text';",
      "// @ts-expect-error Type 'boolean'",
      'const right: number = true;',
      '// @ts-expect-error another sentence',
      'const wrong: number = true;',
      '// @ts-expect-error no mistake',
      'const none: number = 1;',
    ];
    const block = { file: 'page.md', line: 1, code: lines.join('\n'), runs: true, typed: true };
    const found = typeProblems([block]).sort();
    expect(found.map((problem) => problem.slice(0, 32))).toEqual([
      'page.md:1: the comment says Tens',
      "page.md:2: Type 'string' is not ",
      "page.md:6: Type 'boolean' is not",
      'page.md:6: there is no such erro',
      'page.md:8: there is no such erro',
    ]);
  });
});
