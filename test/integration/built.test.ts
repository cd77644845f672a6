/** What `npm run build` makes is what a user installs: it runs by plain Node, without sources and loaders. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cotangent-built-'));

beforeAll(() => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root });
  symlinkSync(join(root, 'test/node_modules'), join(folder, 'node_modules'));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What a script prints, as lines; what it complains about fails. */
function lines(name: string, script: string, ...args: readonly string[]): string[] {
  const path = join(folder, name);
  writeFileSync(path, script);
  return execFileSync(process.execPath, [path, ...args], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n');
}

describe('the built packages', () => {
  test('train, save and go on, on every engine', () => {
    const script = `
      import { fromArrays, input, interpreter, linear, meanSquaredError, named, sgd, trainer, wasm } from 'cotangent';
      import { readCheckpointFile, writeCheckpointFile } from 'cotangent/node';
      const made = (engine) => trainer({
        model: named({ line: linear({ units: 1 }) }).line,
        inputs: [input('x', ['batch', 1]), input('y', ['batch', 1])],
        loss: (p, y, weights) => meanSquaredError(p, y, { weights }),
        optimizer: sgd({ learningRate: 0.1 }),
        seed: 1,
        ...(engine === undefined ? {} : { engine }),
      });
      const data = fromArrays({ x: [[1], [2]], y: [[2], [4]] }).batch(2);
      for (const engine of [undefined, interpreter(), wasm({ threads: 1 }), wasm({ threads: 2 })]) {
        const run = made(engine);
        await run.fit(data, { epochs: 20 });
        await writeCheckpointFile('line.safetensors', run.snapshot());
        const again = made(engine);
        again.restore(await readCheckpointFile('line.safetensors'));
        await again.fit(data, { epochs: 200 });
        console.log(again.variables.engine.name, again.state.epoch, again.predict([[3]]).toNested()[0][0].toFixed(1));
      }`;
    expect(lines('train.mjs', script)).toEqual([
      'wasm 200 6.0',
      'interpreter 200 6.0',
      'wasm 200 6.0',
      'wasm 200 6.0',
    ]);
  });

  test('name the line of the script that is wrong', () => {
    const script = `
      import { input } from 'cotangent';
      try {
        input('x', [2, 3]).matmul(input('y', [2, 3]));
      } catch (error) {
        console.log(error.code, error.message);
      }`;
    const [line] = lines('wrong.mjs', script);
    expect(line).toMatch(/^SHAPE_MISMATCH .*wrong\.mjs:4/);
  });

  test('check derivatives from the command line', () => {
    const script = `
      import { input } from 'cotangent';
      const x = input('x', [3]);
      export const loss = x.square().sum();
      export const point = { x: [1, 2, 3] };`;
    const command = join(root, 'packages/cotangent/dist/cli/main.js');
    writeFileSync(join(folder, 'loss.mjs'), script);
    const said = execFileSync(process.execPath, [command, 'gradcheck', 'loss.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(said).toMatch(/all derivatives/);
  });
});
