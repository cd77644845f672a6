/** A tool of GradBench as a process that is asked one message at a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Response } from './protocol.ts';

export class ToolProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private next = 0;

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    // A tool that has ended is noticed by the answer that does not come.
    this.child.stdin!.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws if the tool ends instead of answering */
  async ask(message: Readonly<Record<string, unknown>>): Promise<Response> {
    this.child.stdin!.write(`${JSON.stringify({ id: this.next++, ...message })}\n`);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('the tool has ended without an answer');
    // What a tool of GradBench writes is a response.
    return JSON.parse(value) as Response;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    await ended;
  }
}
