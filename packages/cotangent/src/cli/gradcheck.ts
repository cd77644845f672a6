/** `cotangent gradcheck model.ts`: checks the derivatives of what a module exports. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Checkable,
  formatReport,
  type GradcheckOptions,
  type GradcheckReport,
  gradcheck,
  type PointValue,
} from '@cotangent/gradcheck';
import { type AnyTensor, CotangentError, isTensor, show } from '@cotangent/graph';
import { reasonOf } from './reason.ts';
import type { Terminal } from './terminal.ts';

const bad = (sentence: string): CotangentError => new CotangentError('BAD_ARGUMENT', sentence);

interface Wanted {
  readonly path: string;
  readonly json: boolean;
  readonly options: GradcheckOptions;
}

export async function gradcheckCommand(args: readonly string[], { print }: Terminal): Promise<number> {
  const wanted = wantedBy(args);
  const report = await reportOn(wanted).catch((error: unknown) => {
    throw error instanceof CotangentError ? error : bad(`cannot run '${wanted.path}': ${reasonOf(error)}`);
  });
  print(wanted.json ? JSON.stringify(report, writable) : formatReport(report));
  return report.passed ? 0 : 1;
}

async function reportOn({ path, options }: Wanted): Promise<GradcheckReport> {
  const exported = await load(path);
  return gradcheck(checkedIn(exported, path), pointIn(exported, path), {
    ...optionsIn(exported, path),
    ...options,
  });
}

/** JSON has no NaN and no infinities: they are written as texts. */
const writable = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

function wantedBy(args: readonly string[]): Wanted {
  const { values, positionals } = parsed(args);
  const [path] = positionals;
  if (path === undefined || positionals.length > 1)
    throw bad(`gradcheck takes one module, as in: cotangent gradcheck model.ts`);
  const number = (name: 'seed' | 'order'): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (!/^-?\d+$/.test(text)) throw bad(`--${name} is a whole number, not ${show(text)}`);
    return Number(text);
  };
  const [seed, order] = [number('seed'), number('order')];
  return {
    path,
    json: values.json === true,
    options: {
      ...(seed === undefined ? {} : { seed }),
      // Other numbers are refused by gradcheck, with a sentence.
      ...(order === undefined ? {} : { order: order as 1 | 2 }),
      ...(values.wrt === undefined ? {} : { wrt: values.wrt.split(',').map((name) => name.trim()) }),
    },
  };
}

const flags = {
  seed: { type: 'string' },
  wrt: { type: 'string' },
  order: { type: 'string' },
  json: { type: 'boolean' },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: flags });
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string };
    const unknown = /'([^']+)'/.exec(message)?.[1];
    throw code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown !== undefined
      ? bad(
          `gradcheck has no option '${unknown}': there is ${Object.keys(flags)
            .map((name) => `--${name}`)
            .join(', ')}`,
        )
      : bad(message);
  }
}

type Exports = Readonly<Record<string, unknown>>;

/** Runs the module. TypeScript needs a loader where Node does not strip types by itself. */
async function load(path: string): Promise<Exports> {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw bad(`there is no file '${path}'`);
  if (!found.isFile()) throw bad(`'${path}' is a folder: gradcheck takes a module, a .ts or .js file`);
  const strips = (process.features as { readonly typescript?: unknown }).typescript;
  if (/\.[mc]?ts$/.test(file) && !strips) (await import('tsx/esm/api')).register();
  const module = (await import(pathToFileURL(file).href)) as Exports;
  // A default export may hold everything.
  return typeof module.default === 'object' && module.default !== null && !isTensor(module.default)
    ? { ...(module.default as Exports), ...module }
    : module;
}

/** What to check, by the name under which the module exports it. */
function checkedIn(exported: Exports, path: string): Checkable {
  const { loss, outputs, trainer, program } = exported;
  const given = Object.entries({ loss, outputs, trainer, program }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1)
    throw bad(
      given.length === 0
        ? `'${path}' exports nothing to check: export loss (a scalar), outputs, trainer or program; it exports ${Object.keys(exported).join(', ') || 'nothing'}`
        : `'${path}' exports ${given.map(([name]) => name).join(' and ')}: export one of them`,
    );
  if (loss === undefined) return given[0]![1] as Checkable;
  if (!isTensor(loss)) throw bad(`the loss of '${path}' is ${show(loss)}, not a tensor`);
  const { shape } = loss as AnyTensor;
  if (shape.length > 0)
    throw new CotangentError(
      'NOT_SCALAR',
      `the loss of '${path}' is [${shape.join(', ')}] and no scalar: reduce it with .mean() or .sum(), or export it as outputs`,
    );
  return loss;
}

function pointIn({ point = {} }: Exports, path: string): Readonly<Record<string, PointValue>> {
  if (typeof point === 'object' && point !== null) return point as Readonly<Record<string, PointValue>>;
  throw bad(
    `the point of '${path}' is ${show(point)}, not a record of values by the names of inputs and variables`,
  );
}

function optionsIn({ options = {} }: Exports, path: string): GradcheckOptions {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
  throw bad(`the options of '${path}' are ${show(options)}, not a record such as { seed: 1 }`);
}
