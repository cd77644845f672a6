/**
 * `npm run gradbench:times -- --python <python>`: the same inputs here and on GradBench's PyTorch tool, as a table of
 * markdown. The Python has torch, and finds the package `gradbench` of a checkout: in PYTHONPATH, or by the option
 * `--gradbench <checkout>`. Without it the table has our times alone. Both tools use one thread.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare, usualTolerance } from './comparison.ts';
import { evaluations } from './evals/index.ts';
import { timedInputs } from './timed-inputs.ts';
import { ToolProcess } from './tool-process.ts';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    gradbench: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});

/** How often each function runs: what the medians are of. */
const runs = { min_runs: 5, min_seconds: 1 };

const ours = () => new ToolProcess(process.execPath, [fileURLToPath(new URL('tool.mjs', import.meta.url))]);

/** Starts GradBench's PyTorch tool; undefined, with a notice, where there is none. */
function torchTool(): (() => ToolProcess) | undefined {
  const { python, gradbench } = options;
  if (python === undefined) {
    console.log('Without --python <python with torch>: our times alone.\n');
    return undefined;
  }
  const path = gradbench === undefined ? process.env.PYTHONPATH : join(gradbench, 'python', 'gradbench');
  const environment = { ...process.env, PYTHONPATH: path, OMP_NUM_THREADS: '1' };
  const find =
    "import torch, importlib.util as u; print(torch.__version__, u.find_spec('gradbench.tools.pytorch.run').origin)";
  try {
    const found = execFileSync(python, ['-c', find], { env: environment, encoding: 'utf8', stdio: 'pipe' });
    const [version, script] = found.trim().split(' ');
    console.log(`PyTorch ${version}, Node ${process.version.slice(1)}\n`);
    return () => new ToolProcess(python, [script!], environment);
  } catch (error) {
    const reason = (error as Error).message.trim().split('\n').at(-1);
    console.log(`GradBench's PyTorch tool does not start (${reason}): our times alone.\n`);
    return undefined;
  }
}

interface Timed {
  /** The median of the runs. */
  readonly milliseconds: number;
  readonly output: unknown;
}

/** Runs one function in a tool of its own; undefined if the tool has no such function, or fails. */
async function timed(
  start: () => ToolProcess,
  module: string,
  of: string,
  input: object,
): Promise<Timed | undefined> {
  const tool = start();
  try {
    await tool.ask({ kind: 'start', eval: module });
    if ((await tool.ask({ kind: 'define', module })).success !== true) return undefined;
    const message = { kind: 'evaluate', module, function: of, input: { ...input, ...runs } };
    const { success, timings = [], output } = await tool.ask(message);
    const times = timings.filter(({ name }) => name === 'evaluate').map(({ nanoseconds }) => nanoseconds);
    times.sort((a, b) => a - b);
    return success === true
      ? { milliseconds: times[Math.floor(times.length / 2)]! / 1e6, output }
      : undefined;
  } catch {
    return undefined; // it ended instead of answering
  } finally {
    await tool.end();
  }
}

const shown = (run: Timed | undefined): string =>
  run === undefined ? '–' : String(Number(run.milliseconds.toPrecision(3)));

/** How much longer ours takes, if both found the same. */
function ratio(here: Timed | undefined, there: Timed | undefined): string {
  if (here === undefined || there === undefined) return '–';
  if (compare(there.output, here.output).deviation > usualTolerance) return 'other results';
  return (here.milliseconds / there.milliseconds).toPrecision(2);
}

const torch = torchTool();
console.log('| eval | function | input | ours, ms | PyTorch, ms | ours / PyTorch |');
console.log('|---|---|---|--:|--:|--:|');
for (const [name, { functions }] of Object.entries(evaluations)) {
  if (options.only !== undefined && !options.only.includes(name)) continue;
  for (const of of Object.keys(functions))
    for (const { description, input } of timedInputs(name, of)) {
      const here = await timed(ours, name, of, input);
      const there = torch === undefined ? undefined : await timed(torch, name, of, input);
      console.log(
        `| ${name} | ${of} | ${description} | ${shown(here)} | ${shown(there)} | ${ratio(here, there)} |`,
      );
    }
}
