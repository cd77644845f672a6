/**
 * `npm run bench`: this library beside PyTorch and the JavaScript peers on W1 to W10, in one interleaved run. Prints a table
 * of figures, ratios and targets, and writes results.json and ratios.svg. Ends with 1 if results differ from the peers'. `npm run bench -- --help` lists the options.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engines } from './engines.ts';
import { agreementsOf } from './harness/agreement.ts';
import { chartOf } from './harness/chart.ts';
import { chosenBy, ourContestants, peerContestants, peerNames, type Tools } from './harness/contestants.ts';
import { rowsOf } from './harness/judgement.ts';
import { help, type Options, optionsOf } from './harness/options.ts';
import {
  build,
  findModels,
  findNode24,
  findPython,
  installPeers,
  machineNow,
  notice,
} from './harness/prepare.ts';
import { reportOf } from './harness/report.ts';
import type { Results } from './harness/results.ts';
import { runRounds } from './harness/rounds.ts';

async function measure(options: Options): Promise<Results> {
  const { short, rounds, seconds, works } = options;
  const isEngine = chosenBy(
    options.engines,
    engines.map(({ name }) => name),
  );
  const isPeer = chosenBy(options.peers, peerNames);
  const names = peerNames.filter(isPeer);
  const needsNode24 = engines.some(({ name, nodes }) => isEngine(name) && nodes.includes('24')) && !short;
  if (needsNode24 || names.some((name) => !name.startsWith('torch'))) installPeers();
  build();
  const python = names.some((name) => /^(torch|ort)/.test(name)) ? findPython(options.python) : undefined;
  const node24 = findNode24();
  const tools: Tools = {
    nodes: { this: process.execPath, '24': node24 },
    python,
    models: names.some((name) => name.startsWith('ort')) && (await findModels(python)),
  };
  if (node24 === undefined && (needsNode24 || names.some((name) => name.endsWith('N24'))))
    notice('there is no Node 24 for this system: what runs on it is left out');
  const contestants = [
    ...ourContestants(tools, short).filter(({ engine }) => isEngine(engine!.name)),
    ...peerContestants(tools, short).filter(({ id }) => isPeer(id)),
  ];
  const results: Results = {
    when: new Date().toISOString(),
    machine: machineNow(node24),
    settings: { rounds, seconds, short },
    contestants: contestants.map(({ id, side, engine }) => ({ id, side, ...(engine && { engine }) })),
    samples: [],
    ceilings: [],
    calibration: [],
    versions: {},
  };
  mkdirSync(options.out, { recursive: true });
  const save = (): void => {
    const summary = { rows: rowsOf(results), agreements: agreementsOf(results) };
    writeFileSync(
      join(options.out, 'results.json'),
      `${JSON.stringify({ ...results, summary }, undefined, 1)}\n`,
    );
  };
  await runRounds({ contestants, works, rounds, seconds, firstSteps: short ? 1 : 3, tools }, results, save);
  return results;
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) {
    console.log(help);
    return;
  }
  const results =
    options.from === undefined
      ? await measure(options)
      : (JSON.parse(readFileSync(options.from, 'utf8')) as Results);
  console.log(reportOf(results, options.markdown));
  if (agreementsOf(results).some(({ agrees }) => agrees === false)) process.exitCode = 1;
  const picture = join(options.out, 'ratios.svg');
  const chart = chartOf(results);
  // Not that of an earlier run.
  if (chart === undefined) rmSync(picture, { force: true });
  else {
    mkdirSync(options.out, { recursive: true });
    writeFileSync(picture, `${chart}\n`);
  }
  notice(`what was measured is in ${options.out}`);
}

try {
  await main();
} catch (error) {
  // Whoever mistypes an option wants a sentence, not a stack.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
