/**
 * The command that GradBench runs: `node test/gradbench/tool.mjs`, from any folder. Sources run as they are, which needs
 * options of Node; so this starts Node once more, on the same standard input and output, and ends as it ends.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('serve.ts', import.meta.url));
const options = ['--conditions=source', '--import', import.meta.resolve('tsx')];
const tool = spawn(process.execPath, [...options, source], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tool.kill(signal));
tool.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 0 : 1);
});
