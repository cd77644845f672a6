/**
 * The examples of the documentation: every ```ts block of README.md, CONTRIBUTING.md, docs/ and the packages' READMEs,
 * and every ```ts block of an `@example` in the sources.
 *
 * A block tagged `ts` is run, and in Markdown type-checked. A block tagged `typescript` is type-checked only: for what
 * takes long or fails on purpose (mark the wrong line with `@ts-expect-error`). All other tags are only read.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  readonly file: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  readonly typed: boolean;
}

const fence = /^( *)(`{3,})(\w*) *$/;

/** Blocks of a Markdown text, or of the comments of a source. */
export function blocksIn(file: string, text: string): Block[] {
  const markdown = file.endsWith('.md');
  const blocks: Block[] = [];
  let open:
    | { readonly marks: string; readonly tag: string; readonly line: number; code: string[] }
    | undefined;
  let inExample = markdown;
  text.split('\n').forEach((raw, i) => {
    const comment = /^\s*\*(?: |$)(.*)$/.exec(raw);
    if (!markdown) {
      if (raw.includes('*/')) open = undefined;
      else if (comment === null) inExample = /^\s*\/\*\*/.test(raw) ? false : inExample;
      if (comment?.[1]?.startsWith('@') === true && open === undefined)
        inExample = comment[1].startsWith('@example');
      if (comment === null) return;
    }
    const line = markdown ? raw : comment![1]!;
    const found = fence.exec(line);
    if (open === undefined) {
      if (found !== null && inExample)
        open = { marks: found[1]! + found[2]!, tag: found[3]!, line: i + 2, code: [] };
    } else if (found !== null && found[1]! + found[2]! === open.marks && found[3] === '') {
      const runs = open.tag === 'ts';
      if (runs || open.tag === 'typescript')
        blocks.push({ file, line: open.line, code: open.code.join('\n'), runs, typed: markdown });
      open = undefined;
    } else open.code.push(line);
  });
  return blocks;
}

const packages = (): string[] => readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);

/** The Markdown pages of the project. */
export function pages(): string[] {
  const docs = under('docs').filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'));
  const readmes = packages().map((folder) => `${folder}/README.md`);
  return ['README.md', 'CONTRIBUTING.md', ...docs, ...readmes].filter(exists);
}

/** All blocks of the project, in the order of their files. */
export function allBlocks(): Block[] {
  const sources = packages()
    .flatMap((folder) => under(`${folder}/src`))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  return [...pages(), ...sources].flatMap((path) => blocksIn(path, readFileSync(join(root, path), 'utf8')));
}

const exists = (path: string): boolean => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined;

function under(folder: string): string[] {
  if (!exists(folder)) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? under(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
}
