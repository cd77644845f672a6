/**
 * `npm run build`, after the declarations: every package as one file for each of its entries, and one for what they share.
 * A process that loads three hundred modules spends a quarter of a second on finding and opening them.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('packages', import.meta.url));

for (const name of readdirSync(packages)) {
  const folder = join(packages, name);
  const { exports, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = [
    ...Object.values<{ default: string }>(exports).map((entry) => entry.default),
    ...Object.values<string>(bin),
  ];
  // Files that are shared are called by what is in them: old ones would stay.
  for (const file of readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }))
    if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, 'dist', file));
  await build({
    absWorkingDir: folder,
    entryPoints: files.map((file) => file.replace('./dist/', './src/').replace(/\.js$/, '.ts')),
    outbase: 'src',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    sourcemap: true,
    sourcesContent: false,
  });
}
