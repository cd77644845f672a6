/** The tool itself: a response on standard output for each line of standard input, until the input ends. */
import { createInterface } from 'node:readline';
import { evaluations } from './evals/index.ts';
import { respond } from './protocol.ts';

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }))
  if (line.trim() !== '') process.stdout.write(`${respond(evaluations, line)}\n`);
