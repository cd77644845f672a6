/** Commands by name. A command gives its numbers of --json that are NaN or infinite are texts: "NaN", "Infinity", "-Infinity"
exit code: 0 all is well, 1 a check has failed, 2 it could not be done. */
import { CotangentError } from '@cotangent/graph';
import { gradcheckCommand } from './gradcheck.ts';
import { reasonOf } from './reason.ts';
import type { Terminal } from './terminal.ts';

const commands: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>>> = {
  gradcheck: gradcheckCommand,
};

const usage = `cotangent gradcheck <module> [--seed <number>] [--wrt <names>] [--order 1|2] [--json]

checks the derivatives of what a module (.ts, .js) exports:
  loss     a scalar, or: outputs, tensors of any shape; or: trainer; or: program
  point    values of inputs by name, and of variables by path
  options  options of gradcheck, such as { seed: 1 }

numbers of --json that are NaN or infinite are texts: "NaN", "Infinity", "-Infinity"
exit code: 0 all derivatives are right, 1 one is not, 2 the check could not be made`;

export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || args.includes('--help') || args.includes('-h')) {
    terminal.print(usage);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    terminal.complain(
      `there is no command '${name}': there is ${Object.keys(commands).join(', ')}\n\n${usage}`,
    );
    return 2;
  }
  try {
    return await command(rest, terminal);
  } catch (error) {
    terminal.complain(error instanceof CotangentError ? error.message : reasonOf(error));
    return 2;
  }
}
