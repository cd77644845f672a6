/** Processes that print JSON lines, run to their end or their time limit; and how fast the machine is at the moment. */
import { spawn } from 'node:child_process';

/** A JSON line: what it holds is looked at where it is used. */
export type Line = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly lines: readonly Line[];
  /** Wall time. */
  readonly milliseconds: number;
  /** Why it did not end well. */
  readonly failure: string | undefined;
}

export function run(
  command: string,
  commandArguments: readonly string[],
  { directory, limitSeconds = 600 }: { readonly directory: string; readonly limitSeconds?: number },
): Promise<Ended> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, commandArguments, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaints, tookTooLong] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-4000);
    });
    const timer = setTimeout(() => {
      tookTooLong = true;
      child.kill('SIGKILL');
    }, limitSeconds * 1000);
    const end = (failure: string | undefined): void => {
      clearTimeout(timer);
      resolve({ lines: linesOf(output), milliseconds: performance.now() - started, failure });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => {
      if (tookTooLong) end(`more than ${limitSeconds} s`);
      else end(code === 0 ? undefined : `ended with ${code ?? signal}: ${complaintOf(complaints)}`);
    });
  });
}

/** Libraries print advertisements among their results. */
const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

const complaintOf = (text: string): string => {
  const lines = text.trim().split('\n');
  const named = lines.find((line) => /^\w*Error\b[^:]*: /.test(line));
  const telling = named ?? lines.find((line) => /error|fatal|terminate/i.test(line)) ?? lines.at(-1) ?? '';
  return telling.trim().slice(0, 160);
};

/** Milliseconds of a fixed piece of scalar work: how much the machine's speed varies under us. */
export function calibrate(): number {
  const started = performance.now();
  let state = 1;
  for (let i = 0; i < 4e7; i++) state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) | 1;
  // The state is odd: this adds nothing, and keeps the loop.
  return performance.now() - started + (state === 0 ? 1 : 0);
}
