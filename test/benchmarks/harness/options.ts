/** What the command takes. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type WorkId, workIds, worksNamed } from './figures.ts';

export interface Options {
  /** Fewer rounds, works and peers: two minutes. */
  readonly short: boolean;
  readonly rounds: number;
  /** How long each work is sampled in each round. */
  readonly seconds: number;
  readonly works: readonly WorkId[];
  /** Parts of names; undefined: all. */
  readonly engines: readonly string[] | undefined;
  readonly peers: readonly string[] | undefined;
  readonly python: string | undefined;
  /** The folder of results.json and ratios.svg. */
  readonly out: string;
  readonly markdown: boolean;
  /** Results of an earlier run, to be reported again. */
  readonly from: string | undefined;
}

export const help = `npm run bench -- [options]

  --short            one round, fewer works and peers: two minutes
  --only W2,W3       these works alone; W5 means all of W5
  --engines a,b      engines of this library whose names begin so; none
  --peers a,b        peers whose names begin so, such as torch,jax-js; none
  --rounds 3         how often everybody is measured; medians are of rounds
  --seconds 1        how long each work is sampled in a round
  --out runs/bench   where results.json and ratios.svg go
  --python python3   a Python with torch; by default the first on the PATH that has it
  --markdown         print tables of Markdown
  --from FILE        report the results of an earlier run again`;

/** What takes long with everybody is left out of a short run. */
const notShort: readonly WorkId[] = ['W5_256', 'W5_1024', 'W10_1000', 'W10_1000000'];

/** @throws a sentence for what it does not understand */
export function optionsOf(commandLine: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      help: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      engines: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string', default: join('runs', 'bench') },
      python: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      from: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { short, only } = values;
  const everything = short ? workIds.filter((work) => !notShort.includes(work)) : workIds;
  return {
    short,
    rounds: wholeNumber('rounds', values.rounds ?? (short ? '1' : '3')),
    seconds: above0('seconds', values.seconds ?? (short ? '0.2' : '1')),
    works: only === undefined ? everything : worksNamed(only.split(',')),
    engines: values.engines?.split(','),
    peers: values.peers?.split(','),
    python: values.python,
    out: values.out,
    markdown: values.markdown,
    from: values.from,
  };
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} is a number above 0, not ${text}`);
  return value;
}

function wholeNumber(name: string, text: string): number {
  const value = above0(name, text);
  if (!Number.isInteger(value)) throw new Error(`--${name} is a whole number, not ${text}`);
  return value;
}
