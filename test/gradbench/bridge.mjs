/**
 * Connects an evaluation of GradBench with a tool, as its runner does: each line of one is the input of the other.
 * Prints a line for each evaluation that was judged, and at last a count; ends with 1 unless all are valid.
 *
 *   node test/gradbench/bridge.mjs --eval <command> --tool <command> [--cwd <checkout>] [--record <file>] [--log <file>]
 *
 * `--record` keeps inputs and outputs of valid evaluations as reference values; `--log` keeps messages and timings.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    eval: { type: 'string' },
    tool: { type: 'string' },
    cwd: { type: 'string', default: '.' },
    record: { type: 'string' },
    log: { type: 'string' },
  },
});
if (options.eval === undefined || options.tool === undefined) {
  console.error('bridge.mjs needs --eval <command> and --tool <command>');
  process.exit(2);
}

const start = (command) =>
  spawn(command, { shell: true, cwd: options.cwd, stdio: ['pipe', 'pipe', 'inherit'] });
const evaluation = start(options.eval);
const tool = start(options.tool);
// Either side may end first; what is then written to it is of no use to anybody.
for (const side of [evaluation, tool]) side.stdin.on('error', () => {});
evaluation.stdout.on('end', () => tool.stdin.end());
tool.stdout.on('end', () => evaluation.stdin.end());

/** Messages that wait for a response or a verdict, by id. */
const asked = new Map();
const judged = [];
let name = 'unknown';

createInterface({ input: evaluation.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.kind === 'start') name = message.eval ?? name;
  if (message.kind === 'evaluate') asked.set(message.id, { message });
  if (message.kind === 'analysis') judge(message);
  tool.stdin.write(`${line}\n`);
});

createInterface({ input: tool.stdout }).on('line', (line) => {
  const response = JSON.parse(line);
  const pair = asked.get(response.id);
  if (pair !== undefined) pair.response = response;
  if (response.success === false) judge({ of: response.id, valid: false, error: response.error });
  evaluation.stdin.write(`${line}\n`);
});

function judge({ of, valid, error }) {
  const { message, response } = asked.get(of) ?? {};
  asked.delete(of);
  judged.push({ valid, message, response });
  const timings = response?.timings ?? [];
  const times = timings
    .filter((timing) => timing.name === 'evaluate')
    .map(({ nanoseconds }) => nanoseconds / 1e6);
  const what =
    message === undefined ? 'definition' : `${message.function} ${message.description ?? ''}`.trim();
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  const cost = median === undefined ? '' : `  ${median.toPrecision(3)} ms, median of ${times.length}`;
  console.log(`${valid ? 'valid  ' : 'INVALID'} ${name} ${what}${cost}${valid ? '' : `\n${error}`}`);
}

// Once all of its output has been read.
evaluation.on('close', () => {
  for (const of of asked.keys())
    judge({ of, valid: false, error: 'there was no answer, or no verdict on it' });
  const valid = judged.filter((one) => one.valid);
  console.log(`${name}: ${valid.length} of ${judged.length} evaluations are valid`);
  if (judged.length === 0 || valid.length < judged.length) process.exitCode = 1;
  if (options.record !== undefined) writeFileSync(options.record, recorded(valid));
  if (options.log !== undefined) writeFileSync(options.log, logged());
});

/** A file of reference values: see `reference.ts`. */
function recorded(valid) {
  const cases = valid.map(({ message: { function: of, description, input }, response: { output } }) => {
    const { min_runs: _, min_seconds: __, ...rest } = Object(input) === input ? input : {};
    return JSON.stringify({
      function: of,
      description,
      input: Object(input) === input ? rest : input,
      output,
    });
  });
  return `{ "module": "${name}", "cases": [\n${cases.join(',\n')}\n] }\n`;
}

/** A line for each evaluation: what was asked, and the times of the tool. */
const logged = () =>
  judged
    .filter(({ message, response }) => message !== undefined && response !== undefined)
    .map(({ valid, message: { function: of, description }, response: { timings } }) => {
      const line = { eval: name, function: of, description, valid, timings };
      return `${JSON.stringify(line)}\n`;
    })
    .join('');
