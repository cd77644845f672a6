/**
 * One process of this library, which works and prints as the peers do: a JSON line for each work.
 *
 *   node --conditions=source --import tsx test/benchmarks/ours.ts --engine interpreter --work W1,W2 --seconds 1
 *   … ours.ts --one first-step          one training step of W2, for the time of the whole process (W9)
 *   … ours.ts --one chain --n 1000      W10
 *
 * `npm run bench` runs it built, by plain `node`, beside the built packages.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { emit, runAll, time, train } from '#common';
import { engines } from './engines.ts';
import { runChain } from './works/chain.ts';
import { convolutionalStep } from './works/convolutional.ts';
import { type RepeatedWork, repeated, type TrainingWork, trainings } from './works/index.ts';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'interpreter' },
    threads: { type: 'string', default: '1' },
    work: { type: 'string' },
    seconds: { type: 'string', default: '1.5' },
    one: { type: 'string' },
    n: { type: 'string', default: '1000' },
  },
});

const entry = engines.find(({ name }) => name === options.engine);
if (entry === undefined)
  throw new Error(
    `there is no engine '${options.engine}': there is ${engines.map(({ name }) => name).join(', ')}`,
  );
const threads = Number(options.threads);
const seconds = Number(options.seconds);
const engine = await entry.make(threads);
const meta = { peer: `cotangent-${entry.name}`, version: versionOfPackage(), threads };

const timeTraining = ({ build, inner = 1 }: TrainingWork): Promise<object> =>
  train(build(engine), { seconds, inner });

async function timeRepeated({ build, flop, fewSamples = false }: RepeatedWork): Promise<object> {
  const { step, check } = build(engine);
  const timing = await time(step, { seconds, ...(fewSamples && { minSamples: 2, minWarm: 1 }) });
  const rates =
    flop === undefined ? {} : { gflops: flop / timing.ms / 1e6, gflopsBest: flop / timing.min / 1e6 };
  return { ...timing, ...rates, check: await check() };
}

if (options.one === 'first-step') emit({ ...meta, work: 'W9', loss: await convolutionalStep(engine)() });
else if (options.one === 'chain')
  emit({ ...meta, work: 'W10', ...(await runChain(engine, Number(options.n))) });
else if (options.one !== undefined) throw new Error(`--one is first-step or chain, not ${options.one}`);
else {
  const works = Object.fromEntries([
    ...Object.entries(trainings).map(([name, work]) => [name, () => timeTraining(work)] as const),
    ...Object.entries(repeated).map(([name, work]) => [name, () => timeRepeated(work)] as const),
  ]);
  await runAll(meta, works, options.work);
}
// Threads of an engine would keep the process alive.
process.exit(0);

function versionOfPackage(): string {
  // The entry of the package is one folder deep, in sources as when built.
  const manifest = new URL('../package.json', import.meta.resolve('cotangent'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return version;
}
